"""[pure] One request and one answer of a Ledger: CLA INS P1 P2 Lc data, and data SW.

Lc is one byte and always present, there is no Le (app-concordium doc/APDU.md). Neither repr shows the payload: an
answer may hold an exported key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from ledger_recovery.errors import BadReply

HEADER_SIZE = 5
MAX_DATA = 255
MAX_RESPONSE = 260
"""Bytes of an answer with its status word; the I/O buffer of every Ledger app (ledger-secure-sdk os_io.h)."""

SW_OK = 0x9000


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """A request. `data`: 0 to 255 bytes.

    :raises ValueError: a byte out of range or too much data; a defect of the caller.
    """

    cla: int
    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        for name in ("cla", "ins", "p1", "p2"):
            value: int = getattr(self, name)
            if not 0 <= value <= 0xFF:
                raise ValueError(f"{name} is one byte, not {value}")
        if len(self.data) > MAX_DATA:
            raise ValueError(f"an APDU carries at most {MAX_DATA} bytes of data, not {len(self.data)}")

    def encode(self) -> bytes:
        """The bytes to send: header with Lc, then the data."""
        return bytes((self.cla, self.ins, self.p1, self.p2, len(self.data))) + self.data

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read a request back, for recorded conversations.

        :raises ValueError: shorter than a header, or Lc differs from the data that follow.
        """
        if len(raw) < HEADER_SIZE:
            raise ValueError(f"a request has at least {HEADER_SIZE} bytes, this one has {len(raw)}")
        if raw[4] != len(raw) - HEADER_SIZE:
            raise ValueError(f"the request announces {raw[4]} bytes of data and carries {len(raw) - HEADER_SIZE}")
        return cls(raw[0], raw[1], raw[2], raw[3], bytes(raw[HEADER_SIZE:]))


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """An answer: `data` (possibly secret) and the status word `sw` (2 bytes, big endian)."""

    data: bytes = field(repr=False)
    sw: int

    def encode(self) -> bytes:
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Split an answer.

        :raises BadReply: no room for a status word, or longer than any app can send.
        """
        if not 2 <= len(raw) <= MAX_RESPONSE:
            raise BadReply(
                f"the Ledger answered with {len(raw)} bytes; an answer has 2 to {MAX_RESPONSE}",
                "Try again; if it happens again, use another cable or USB port.",
            )
        return cls(bytes(raw[:-2]), int.from_bytes(raw[-2:], "big"))
