"""A node whose account list costs the server nothing: what is measured against it is the client.

The stream GetAccountList is sent from bytes that were encoded before (HTTP/2 frames of 420 addresses, RFC 9113 and the
gRPC wire form); all other connections are passed on to a node double of the same world in this process. It knows no
more of HTTP/2 than grpc's client needs, and belongs in no test of behaviour.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.node.double import NodeDouble
from emulator.node.view import TRUE_VIEW
from emulator.world import bundled

HOST = "127.0.0.1"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
METHOD = b"GetAccountList"
ADDRESSES_A_FRAME = 420
DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
ACK = END_STREAM = 0x1
END_HEADERS = 0x4
INITIAL_WINDOW_SIZE = 4
DEFAULT_WINDOW = 65_535
_CHUNK = 65_536
_HEAD = struct.Struct(">HBBBI")


@dataclass(frozen=True, slots=True)
class Frame:
    """One HTTP/2 frame."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def encoded(self) -> bytes:
        size = len(self.payload)
        return _HEAD.pack(size >> 8, size & 0xFF, self.kind, self.flags, self.stream) + self.payload


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """The next frame of the client."""
    high, low, kind, flags, stream = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    return Frame(kind, flags, stream, await reader.readexactly(high << 8 | low))


def literal(name: bytes, value: bytes) -> bytes:
    """A header field without indexing or Huffman coding (RFC 7541, 6.2.2); both below 127 bytes."""
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value


def list_payloads(addresses: Sequence[bytes]) -> list[bytes]:
    """The payloads of the DATA frames: each address as message AccountAddress with gRPC's five bytes before it."""
    prefix = b"\x00" + (34).to_bytes(4, "big") + b"\x0a\x20"
    starts = range(0, len(addresses), ADDRESSES_A_FRAME)
    return [b"".join(prefix + address for address in addresses[at : at + ADDRESSES_A_FRAME]) for at in starts]


@dataclass
class Windows:
    """How many bytes the client still takes, on the connection and on its one stream."""

    connection: int = DEFAULT_WINDOW
    stream: int = DEFAULT_WINDOW
    initial: int = DEFAULT_WINDOW
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, size: int) -> None:
        """Wait until `size` bytes may be sent, and count them as sent."""
        while min(self.connection, self.stream) < size:
            self.moved.clear()
            await self.moved.wait()
        self.connection -= size
        self.stream -= size

    def grant(self, stream: int, size: int) -> None:
        if stream:
            self.stream += size
        else:
            self.connection += size
        self.moved.set()

    def open_stream(self) -> None:
        """A stream begins with the window that the client's settings gave."""
        self.stream = self.initial

    def settle(self, payload: bytes) -> None:
        """SETTINGS: only the initial window of streams matters here."""
        for at in range(0, len(payload), 6):
            name, value = struct.unpack_from(">HI", payload, at)
            if name == INITIAL_WINDOW_SIZE:
                self.stream += value - self.initial
                self.initial = value
        self.moved.set()


class ListServer:
    """Answers connections in front of a node double; one is of lists if its first request is."""

    def __init__(self, node: NodeDouble, payloads: Sequence[bytes]) -> None:
        self._node = node
        self._payloads = payloads

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until its end."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            # grpc asks nothing before it has the server's settings.
            writer.write(Frame(SETTINGS, 0, 0, b"").encoded)
            head = await reader.readexactly(len(PREFACE))
            early: list[Frame] = []
            while not early or early[-1].kind != HEADERS:
                early.append(await read_frame(reader))
            if METHOD in early[-1].payload:
                await ListConnection(reader, writer, self._payloads).serve(early)
            else:
                # The double sends settings of its own; what acknowledged ours is not for it.
                mine = next(f for f in early if f.kind == SETTINGS and f.flags & ACK)
                await self._pass_on(head + b"".join(f.encoded for f in early if f is not mine), reader, writer)
        writer.close()

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection(HOST, self._node.port)
        there.write(head)
        await asyncio.gather(_copy(reader, there), _copy(there_reader, writer))


class ListConnection:
    """One connection on which lists are asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payloads: Sequence[bytes]) -> None:
        self._reader = reader
        self._writer = writer
        self._payloads = payloads
        self._windows = Windows()
        self._sending: set[asyncio.Task[None]] = set()

    async def serve(self, early: Sequence[Frame]) -> None:
        """Answer until the client goes."""
        try:
            for frame in early:
                self._take(frame)
            while True:
                self._take(await read_frame(self._reader))
        finally:
            for task in self._sending:
                task.cancel()

    def _take(self, frame: Frame) -> None:
        if frame.kind == WINDOW_UPDATE:
            self._windows.grant(frame.stream, int.from_bytes(frame.payload, "big"))
        elif frame.kind in (SETTINGS, PING) and not frame.flags & ACK:
            if frame.kind == SETTINGS:
                self._windows.settle(frame.payload)
            payload = b"" if frame.kind == SETTINGS else frame.payload
            self._writer.write(Frame(frame.kind, ACK, 0, payload).encoded)
        elif frame.kind == HEADERS:
            self._windows.open_stream()
        elif frame.kind == DATA and frame.flags & END_STREAM:
            # The request ends with the 32 bytes of the block asked for.
            task = asyncio.create_task(self._send(frame.stream, frame.payload[-32:]))
            self._sending.add(task)

    async def _send(self, stream: int, block_hash: bytes) -> None:
        fields = (
            b"\x88" + literal(b"content-type", b"application/grpc") + literal(b"blockhash", block_hash.hex().encode())
        )
        self._writer.write(Frame(HEADERS, END_HEADERS, stream, fields).encoded)
        for payload in self._payloads:
            await self._windows.take(len(payload))
            self._writer.write(Frame(DATA, 0, stream, payload).encoded)
            await self._writer.drain()
        trailers = Frame(HEADERS, END_HEADERS | END_STREAM, stream, literal(b"grpc-status", b"0"))
        self._writer.write(trailers.encoded)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        target.write(chunk)
        await target.drain()
    target.close()


async def serve(count: int) -> None:
    """Serve `count` accounts until standard input ends; prints the address first."""
    async with NodeDouble(bundled.load("empty"), filler_accounts=count) as node:
        addresses = list(node.state.account_list(node.state.finalized_height(TRUE_VIEW), TRUE_VIEW))
        server = await asyncio.start_server(ListServer(node, list_payloads(addresses)).handle, HOST, 0)
        async with server:
            print(
                f"{HOST}:{server.sockets[0].getsockname()[1]} {node.world.network.genesis_hash.hex()} {len(addresses)}"
            )
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
