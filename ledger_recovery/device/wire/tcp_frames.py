"""[pure] Framing of Speculos' raw APDU port.

Out: u32 big-endian length, APDU. In: u32 big-endian length of the data *without* the status word, data, 2 bytes
status word. Source: speculos mcu/apdu.py.
"""

from __future__ import annotations

from ledger_recovery.device.wire.apdu import MAX_RESPONSE
from ledger_recovery.device.wire.need import NEED_DATA, NeedData
from ledger_recovery.errors import BadReply

LENGTH_SIZE = 4
SW_SIZE = 2
_HINT = "Check that the address is the APDU port of Speculos or of this program's emulator."


def frame_of(apdu: bytes) -> bytes:
    """The one block that carries a request; send it in one piece."""
    return len(apdu).to_bytes(LENGTH_SIZE, "big") + apdu


class TcpAssembler:
    """Collects the bytes of one answer. Use a new one for each question."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._done = False

    @property
    def received(self) -> int:
        """Bytes taken so far."""
        return len(self._buffer)

    def feed(self, chunk: bytes) -> bytes | NeedData:
        """Take bytes as they come; the answer (data and status word) once whole.

        :raises BadReply: a length no answer has, or bytes beyond the answer's end.
        """
        self._buffer += chunk
        if self._done:
            raise BadReply("the emulator sent bytes after the end of its answer", _HINT)
        if len(self._buffer) < LENGTH_SIZE:
            return NEED_DATA
        length = int.from_bytes(self._buffer[:LENGTH_SIZE], "big")
        if length > MAX_RESPONSE - SW_SIZE:
            raise BadReply(f"the emulator announced {length} bytes of data; at most {MAX_RESPONSE - 2} exist", _HINT)
        end = LENGTH_SIZE + length + SW_SIZE
        if len(self._buffer) < end:
            return NEED_DATA
        self._done = True
        if len(self._buffer) > end:
            raise BadReply(f"the emulator sent {len(self._buffer) - end} bytes beyond its answer", _HINT)
        return bytes(self._buffer[LENGTH_SIZE:end])
