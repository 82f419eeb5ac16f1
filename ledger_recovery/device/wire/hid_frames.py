"""[pure] USB HID framing: 64-byte reports of channel 0x0101, tag 0x05, a sequence number and, first, the length.

Wrapping and unwrapping are `ledgerblue.ledgerWrapper`'s; the assembler in front rejects what its unwrap lets through
or loops on (wrong length, short or long frames, excess). `ledgerblue.comm` is deliberately not used anywhere.
"""

from __future__ import annotations

from ledgerblue.ledgerWrapper import unwrapResponseAPDU, wrapCommandAPDU

from ledger_recovery.device.wire.apdu import MAX_RESPONSE
from ledger_recovery.device.wire.need import NEED_DATA, NeedData
from ledger_recovery.errors import BadReply

FRAME_SIZE = 64
CHANNEL = 0x0101
TAG = 0x05
FIRST_PAYLOAD = FRAME_SIZE - 7
NEXT_PAYLOAD = FRAME_SIZE - 5
_HINT = "Close other programs that use the Ledger, then try again."


def frames_of(apdu: bytes) -> tuple[bytes, ...]:
    """The reports that carry a request, each `FRAME_SIZE` bytes, padded with zeros."""
    stream = bytes(wrapCommandAPDU(CHANNEL, apdu, FRAME_SIZE))
    return tuple(stream[at : at + FRAME_SIZE] for at in range(0, len(stream), FRAME_SIZE))


class HidAssembler:
    """Collects the reports of one answer. Use a new one for each question.

    Padding after the announced length is ignored: nothing says that devices must send zeros there.
    """

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._missing = 0
        self._done = False

    def feed(self, frame: bytes) -> bytes | NeedData:
        """Take one report; the whole answer (data and status word) once its last report is here.

        :raises BadReply: anything but the next report of one well-formed answer.
        """
        if self._done:
            raise BadReply("the Ledger sent a report after the end of its answer", _HINT)
        if len(frame) != FRAME_SIZE:
            raise BadReply(f"the Ledger sent a report of {len(frame)} bytes instead of {FRAME_SIZE}", _HINT)
        self._check_header(frame)
        if not self._frames:
            self._missing = self._announced(frame) - FIRST_PAYLOAD
        else:
            self._missing -= NEXT_PAYLOAD
        self._frames.append(bytes(frame))
        if self._missing > 0:
            return NEED_DATA
        self._done = True
        return bytes(unwrapResponseAPDU(CHANNEL, b"".join(self._frames), FRAME_SIZE))

    def _check_header(self, frame: bytes) -> None:
        channel = int.from_bytes(frame[0:2], "big")
        sequence = int.from_bytes(frame[3:5], "big")
        if channel != CHANNEL:
            raise BadReply(f"the Ledger answered on channel 0x{channel:04X} instead of 0x{CHANNEL:04X}", _HINT)
        if frame[2] != TAG:
            raise BadReply(f"the Ledger sent a report with tag 0x{frame[2]:02X} instead of 0x{TAG:02X}", _HINT)
        if sequence != len(self._frames):
            raise BadReply(f"the Ledger sent report {sequence} where report {len(self._frames)} was due", _HINT)

    @staticmethod
    def _announced(frame: bytes) -> int:
        length = int.from_bytes(frame[5:7], "big")
        if not 2 <= length <= MAX_RESPONSE:
            raise BadReply(f"the Ledger announced an answer of {length} bytes (2 to {MAX_RESPONSE} exist)", _HINT)
        return length
