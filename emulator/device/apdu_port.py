"""The raw APDU port: length-prefixed frames over TCP, as Speculos serves them (speculos mcu/apdu.py).

Frame: 4 bytes big endian, then so many bytes of APDU. Answer: the length without the status word, then data and
status word. One outstanding APDU: a further frame in the same packet is lost, as it is in the real one.
"""

from __future__ import annotations

import asyncio
import logging

from emulator.device.hub import Hub

MAX_FRAME = 64 * 1024
_PREFIX = 4
_STATUS_WORD = 2

log = logging.getLogger(__name__)


class FrameTooLong(ValueError):
    """A client announced a frame longer than any APDU could be."""


class FrameReader:
    """Collects bytes until frames are complete. Pure."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def mid_frame(self) -> bool:
        """Whether a part of a frame is waiting for its rest."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """All packets that are complete now, empty ones included.

        :raises FrameTooLong: the length says more than 64 KiB
        """
        self._buffer += data
        packets = []
        while len(self._buffer) >= _PREFIX:
            end = _PREFIX + int.from_bytes(self._buffer[:_PREFIX], "big")
            if end > MAX_FRAME:
                raise FrameTooLong(f"a frame of {end - _PREFIX} bytes; an APDU has at most 260")
            if len(self._buffer) < end:
                break
            packets.append(bytes(self._buffer[_PREFIX:end]))
            del self._buffer[:end]
        return packets


def answer_frame(payload: bytes) -> bytes:
    """Frame of an answer; the length does not count the status word."""
    return (len(payload) - _STATUS_WORD).to_bytes(_PREFIX, "big") + payload


class ApduConnection(asyncio.Protocol):
    """One TCP client."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Become the receiver of all answers."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._hub.attach(self)

    def data_received(self, data: bytes) -> None:
        """Hand the first complete packet to the app; later ones of the same read are lost."""
        try:
            packets = self._reader.feed(data)
        except FrameTooLong as error:
            log.warning("apdu port: closed a connection: %s", error)
            self.close()
            return
        if self._reader.mid_frame:
            self._hub.stall(self)
        else:
            self._hub.resume(self)
        if packets:
            self._hub.submit(packets[0])

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; a prompt it caused stays."""
        self._hub.detach(self)

    def send_answer(self, payload: bytes) -> None:
        """Send an answer frame, if the client is still there."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer_frame(payload))

    def close(self) -> None:
        """Close after what was written."""
        if self._transport is not None:
            self._transport.close()
