"""Two plain ways to talk to the emulated device in its own tests: the raw APDU port, and HTTP byte by byte."""

from __future__ import annotations

import socket
import struct
from types import TracebackType

from tests.support.device import EmulatedDevice

TIMEOUT = 20.0
END = ""
"""What `receive` gives at the end of the connection."""


class TcpClient:
    """One connection to the raw APDU port."""

    def __init__(self, device: EmulatedDevice) -> None:
        host, _, port = device.apdu.partition(":")
        self._socket = socket.create_connection((host, int(port)), TIMEOUT)

    def send(self, *apdus: str) -> None:
        """Send frames in one packet."""
        self.send_raw(b"".join(frame(apdu) for apdu in apdus))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def receive(self) -> str:
        """The next answer, in hex with its status word; empty at the end of the connection."""
        prefix = self._read(4)
        return self._read(int.from_bytes(prefix, "big") + 2).hex() if prefix else END

    def exchange(self, apdu: str) -> str:
        """Send and receive."""
        self.send(apdu)
        return self.receive()

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                chunk = self._socket.recv(count - len(data))
            except ConnectionResetError:
                return b""
            if not chunk:
                return b""
            data += chunk
        return data

    def __enter__(self) -> TcpClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()


def frame(apdu: str) -> bytes:
    """A request frame."""
    return struct.pack(">I", len(apdu) // 2) + bytes.fromhex(apdu)


def raw_http(device: EmulatedDevice, method: str, path: str, body: str = "", *headers: str) -> tuple[str, str]:
    """Head and body of all that the server sends on one HTTP/1.1 connection."""
    host = device.api.removeprefix("http://")
    lines = [f"{method} {path} HTTP/1.1", *headers, f"Content-Length: {len(body)}"]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.append(f"Host: {host}")
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), TIMEOUT) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode("ascii"))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = received.decode("latin-1").partition("\r\n\r\n")
    return head.lower(), rest
