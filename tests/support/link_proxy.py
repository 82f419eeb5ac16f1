"""Stands between the driver and an emulated device's port and plays its answers as a test says: cut, late, damaged."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Play = Callable[[socket.socket, bytes], None]
"""Sends an answer (whole, with its framing) to the client, or something else in its place. Then, unless the connection
was closed, the next request is read."""

_RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"
_REQUEST_IN_JSON = re.compile(rb'"data": "([0-9a-f]{4})')
_HOST = re.compile(rb"Host: [^\r]*")
CONNECT_SECONDS = 10


def in_pieces(*ends: int) -> Play:
    """The answer in several segments, cut before these bytes."""

    def play(client: socket.socket, answer: bytes) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, end in zip((0, *ends), (*ends, len(answer)), strict=True):
            client.sendall(answer[start:end])

    return play


def byte_by_byte(client: socket.socket, answer: bytes) -> None:
    in_pieces(*range(1, len(answer)))(client, answer)


def edited(edit: Callable[[bytes], bytes]) -> Play:
    """Other bytes in the answer's place."""
    return lambda client, answer: client.sendall(edit(answer))


def stalls_after(size: int) -> Play:
    """The beginning of the answer, then nothing until the client goes."""

    def play(client: socket.socket, answer: bytes) -> None:
        client.sendall(answer[:size])
        while client.recv(1024):
            continue

    return play


def ends_after(size: int) -> Play:
    """The beginning of the answer, then the end of the connection."""

    def play(client: socket.socket, answer: bytes) -> None:
        client.sendall(answer[:size])
        client.shutdown(socket.SHUT_RDWR)

    return play


def resets_after(size: int) -> Play:
    """The beginning of the answer, then a reset."""

    def play(client: socket.socket, answer: bytes) -> None:
        client.sendall(answer[:size])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        client.close()

    return play


@dataclass
class Proxy:
    """A listening port. `plays`: {"e005:0": …} for the answer to the first request that begins with e005.

    `heads`: first two bytes of each request, in hex, in the order of their answers.
    """

    target: tuple[str, int]
    http: bool
    plays: Mapping[str, Play]
    heads: list[str] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)

    def serve(self, client: socket.socket) -> None:
        """One connection, until either side ends it."""
        with client, socket.create_connection(self.target, timeout=CONNECT_SECONDS) as device:
            try:
                while exchanged := self._exchange(client, device):
                    head, answer = exchanged
                    self._play(client, head, answer)
                    if self.http:
                        return
            except OSError:
                return  # the client went, or was made to
            except BaseException as error:
                self.problems.append(error)

    def _play(self, client: socket.socket, head: str, answer: bytes) -> None:
        number = Counter(self.heads)[head]
        self.heads.append(head)
        play = self.plays.get(f"{head}:{number}", socket.socket.sendall)
        play(client, answer)

    def _exchange(self, client: socket.socket, device: socket.socket) -> tuple[str, bytes] | None:
        request = _http_request(client) if self.http else _tcp_frame(client, beyond=0)
        if not request:
            return None
        host = f"Host: {self.target[0]}:{self.target[1]}".encode()
        device.sendall(_HOST.sub(host, request) if self.http else request)
        if not self.http:
            return request[4:6].hex(), _tcp_frame(device, beyond=2)
        found = _REQUEST_IN_JSON.search(request)
        return found[1].decode() if found else "screen", _until_end(device)


def _tcp_frame(source: socket.socket, *, beyond: int) -> bytes:
    """A length and so many bytes; an answer's length does not count its status word."""
    length = _exactly(source, 4)
    return length and length + _exactly(source, int.from_bytes(length, "big") + beyond)


def _http_request(source: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = source.recv(4096)
        if not chunk:
            return b""
        data += chunk
    length = re.search(rb"(?i)content-length: *([0-9]+)", data)
    missing = int(length[1]) - len(data.partition(b"\r\n\r\n")[2]) if length else 0
    return data + _exactly(source, missing)


def _until_end(source: socket.socket) -> bytes:
    return b"".join(iter(lambda: source.recv(4096), b""))


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = source.recv(size - len(data))
        if not chunk:
            return b""
        data += chunk
    return data


@contextmanager
def proxy(target: str, plays: Mapping[str, Play], *, http: bool = False) -> Iterator[tuple[Proxy, str]]:
    """Serve before a device.

    :param target: HOST:PORT
    :returns: the proxy, and HOST:PORT where it listens
    """
    host, _, port = target.rpartition(":")
    made = Proxy((host, int(port)), http, plays)
    listener = socket.create_server(("127.0.0.1", 0))
    clients: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):  # the test is over
            while True:
                client, _ = listener.accept()
                clients.append(client)
                threads.append(threading.Thread(target=made.serve, args=(client,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield made, f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(CONNECT_SECONDS)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(CONNECT_SECONDS)
    assert not made.problems, made.problems
