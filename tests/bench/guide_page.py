"""A browser page as far as the guide notices: let in with the token, then a stream of which it notes the times."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE = 30.0
_ID = re.compile(rb"id: (\d+)\n")


class NeverShown(Exception):
    """A page did not get what it waits for."""


def first_page(base: str, token: str) -> str:
    """Enter as the page's script does; the HTML of the first step."""
    host, port, cookie = enter(base, token)
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/step", headers={"Cookie": cookie})
        return connection.getresponse().read().decode("utf-8")
    finally:
        connection.close()


def enter(base: str, token: str) -> tuple[str, int, str]:
    """Host, port and cookie. A bare server gives none."""
    host, port = base.removeprefix("http://").rstrip("/").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    try:
        connection.request("POST", "/enter", token, {"Origin": base.rstrip("/")})
        answer = connection.getresponse()
        answer.read()
        return host, int(port), (answer.getheader("Set-Cookie") or "").partition(";")[0]
    finally:
        connection.close()


@dataclass
class Follower:
    """`seen`: (version, clock) of each message of the stream, in order."""

    seen: list[tuple[int, float]] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def read(self, line: socket.socket) -> None:
        """Until the line ends."""
        rest = b""
        while data := line.recv(1 << 16):
            now = time.monotonic()
            rest += data
            found = list(_ID.finditer(rest))
            if found:
                rest = rest[found[-1].end() :]
                with self._news:
                    self.seen += [(int(one[1]), now) for one in found]
                    self._news.notify_all()

    def wait_for(self, version: int) -> None:
        """:raises NeverShown: it did not come."""
        with self._news:
            if not self._news.wait_for(lambda: bool(self.seen) and self.seen[-1][0] >= version, PATIENCE):
                raise NeverShown(f"version {version} never came; the last was {self.seen[-1:]}")


@contextmanager
def following(base: str, token: str) -> Iterator[Follower]:
    """A page that follows the state, in a thread of its own, until the block ends."""
    host, port, cookie = enter(base, token)
    line = socket.create_connection((host, port), timeout=None)
    line.sendall(f"GET /events HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    follower = Follower()
    thread = threading.Thread(target=_quietly, args=(follower, line), daemon=True)
    thread.start()
    try:
        yield follower
    finally:
        line.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
        line.close()


def _quietly(follower: Follower, line: socket.socket) -> None:
    try:
        follower.read(line)
    except OSError:
        return  # the block has ended


def delays(told: list[tuple[int, float]], seen: list[tuple[int, float]]) -> tuple[float, ...]:
    """Milliseconds from each event to the first message that holds it.

    :raises NeverShown: for an event there is none.
    """
    found, messages = [], iter(seen)
    version, at = next(messages, (-1, 0.0))
    for wanted, began in told:
        while version < wanted or at < began:
            version, at = next(messages, (-1, 0.0))
            if version < 0:
                raise NeverShown(f"no message holds version {wanted}")
        found.append((at - began) * 1000)
    return tuple(found)
