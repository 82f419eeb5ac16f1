"""[io] One stream connection to an emulator, read in slices so that cancel and deadline are seen.

Shared by the TCP and the REST transport; knows nothing of framing.
"""

from __future__ import annotations

import select
import socket

from ledger_recovery.device.transport.base import Wait
from ledger_recovery.errors import NoDevice, Unplugged

READ_SIZE = 4096


class Stream:
    """A connected socket; `sent` tells whether a question is under way."""

    def __init__(self, host: str, port: int, *, path: str, connect_seconds: float, slice_seconds: float) -> None:
        self._path = path
        self._slice = slice_seconds
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_seconds)
        except OSError as error:
            raise NoDevice(
                f"nothing answers at {path} ({error.strerror or type(error).__name__})",
                "Start the emulator, or check host and port.",
            ) from None
        # One APDU is one small write; without this it waits for the peer's delayed acknowledgement (44 ms measured).
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(slice_seconds)

    def waiting(self) -> bool:
        """Whether bytes, or the end of the connection, can be read right now."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        return bool(readable)

    def send(self, data: bytes) -> None:
        """Send in one call.

        :raises Unplugged: the other side is gone.
        """
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._gone(error) from None

    def receive(self, wait: Wait) -> bytes:
        """The next bytes; empty at the end of the connection.

        :raises Unplugged, LinkDoubtful, Cancelled, BadReply: as `Transport.exchange`.
        """
        while True:
            wait.check()
            try:
                return self._socket.recv(READ_SIZE)
            except TimeoutError:
                continue
            except OSError as error:
                raise self._gone(error) from None

    def close(self) -> None:
        self._socket.close()

    def _gone(self, error: OSError) -> Unplugged:
        reason = error.strerror or type(error).__name__
        return Unplugged(f"the connection to {self._path} broke ({reason})", "Start the emulator again.")
