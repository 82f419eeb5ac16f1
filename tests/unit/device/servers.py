"""Small real servers for the socket transports: each connection runs a script of sends, waits and closes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[[socket.socket], None]


@contextmanager
def server(*scripts: Script) -> Iterator[int]:
    """Serve one connection for each script on a free loopback port; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    problems: list[BaseException] = []

    def serve() -> None:
        for script in scripts:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # the test ended first
            with connection:
                try:
                    script(connection)
                except OSError:
                    pass  # the client went away, as some tests make it do
                except BaseException as error:
                    problems.append(error)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
    assert not problems, problems


def read_exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise ConnectionError("the client closed early")
        data += chunk
    return data


def until_closed(connection: socket.socket) -> None:
    """Say nothing until the client goes."""
    while connection.recv(1024):
        continue


def one_piece(connection: socket.socket) -> None:
    """Lets the client's next recv see what was sent so far before more is sent: no coalescing by Nagle."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
