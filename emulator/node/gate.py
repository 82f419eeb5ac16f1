"""The address that clients see: a TCP front before the gRPC server, which can refuse, fall silent and reset.

It copies bytes and knows nothing of gRPC. It binds loopback only. Connections are numbered as they are opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from emulator.loopback import LOOPBACK, listen

_CHUNK_BYTES = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Connection:
    number: int
    client: asyncio.StreamWriter
    backend: asyncio.StreamWriter | None = None

    def reset(self) -> None:
        """Close at once, so that the client sees RST and not an orderly end."""
        for writer in (self.client, self.backend):
            if writer is not None:
                sock: socket.socket | None = writer.get_extra_info("socket")
                if sock is not None:
                    with contextlib.suppress(OSError):
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                writer.transport.abort()


class Gate:
    """Listens on one loopback port, as long as it is not told to refuse.

    :param muted: asked once per connection: whether it is to be left without any answer
    """

    def __init__(self, backend_port: int, muted: Callable[[int], bool]) -> None:
        self._backend_port = backend_port
        self._muted = muted
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._connections: dict[int, _Connection] = {}
        self._by_backend_port: dict[int, _Connection] = {}
        self.port = 0
        self.opened = 0

    @property
    def is_open(self) -> bool:
        """Whether clients can connect."""
        return self._listener is not None

    def open(self, port: int = 0) -> None:
        """Listen on `port` (0: any free one); PortTaken if it is in use."""
        listener = listen(port)
        self._listener = listener
        self.port = listener.getsockname()[1]
        self._accepting = asyncio.get_running_loop().create_task(self._accept(listener))

    def refuse(self) -> None:
        """Stop listening and reset what is open; `open(port)` undoes it."""
        if self._accepting is not None:
            self._accepting.cancel()
        if self._listener is not None:
            # The cancelled task would let go of the socket only after it is closed here.
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
        self._accepting = self._listener = None
        for connection in list(self._connections.values()):
            connection.reset()

    async def close(self) -> None:
        """Refuse, and wait until every connection has ended."""
        accepting = self._accepting
        self.refuse()
        tasks = [*self._serving, *([accepting] if accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def number_of(self, backend_port: int) -> int:
        """Number of the connection that reaches the gRPC server from this port, 0 if it is gone."""
        connection = self._by_backend_port.get(backend_port)
        return connection.number if connection else 0

    def reset(self, number: int) -> None:
        """Reset one connection."""
        if number in self._connections:
            self._connections[number].reset()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listener)
            task = loop.create_task(self._serve(client))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    async def _serve(self, client: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client)
        self.opened += 1
        connection = _Connection(self.opened, writer)
        self._connections[connection.number] = connection
        backend_port = 0
        try:
            if self._muted(connection.number):
                await _swallow(reader)
                return
            backend_reader, connection.backend = await asyncio.open_connection(LOOPBACK, self._backend_port)
            backend_port = connection.backend.get_extra_info("sockname")[1]
            self._by_backend_port[backend_port] = connection
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(_pump(reader, connection.backend))
                pumps.create_task(_pump(backend_reader, writer))
        finally:
            self._connections.pop(connection.number, None)
            self._by_backend_port.pop(backend_port, None)
            writer.transport.abort()
            if connection.backend is not None:
                connection.backend.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # A reset from either side ends the connection; there is nobody to report it to.
    with contextlib.suppress(ConnectionError, OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _swallow(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError, OSError):
        while await reader.read(_CHUNK_BYTES):
            pass
