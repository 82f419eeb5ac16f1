"""[pure] Device paths: where a device is, as a person types it and as it is printed back.

hid:  hid:/dev/hidraw3  tcp:HOST:PORT  http://HOST:PORT  replay:FILE
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger_recovery.errors import InputError

FORMS = "hid:, hid:NODE, tcp:HOST:PORT, http://HOST:PORT or replay:FILE"
MAX_PATH_LENGTH = 4096
_HOST_PORT = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]{2,45})\]|(?P<host>[A-Za-z0-9._-]{1,253})):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class HidPath:
    """A USB device: the node that hidapi names, or "" for whichever is connected."""

    node: str = ""

    def __str__(self) -> str:
        return f"hid:{self.node}"


@dataclass(frozen=True, slots=True)
class TcpPath:
    """Speculos' raw APDU port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"tcp:{_join(self.host, self.port)}"


@dataclass(frozen=True, slots=True)
class RestPath:
    """Speculos' REST API."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"http://{_join(self.host, self.port)}"


@dataclass(frozen=True, slots=True)
class ReplayPath:
    """A recorded conversation."""

    file: str

    def __str__(self) -> str:
        return f"replay:{self.file}"


DevicePath = HidPath | TcpPath | RestPath | ReplayPath


def parse_device_path(text: str) -> DevicePath:
    """Read a device path.

    :raises InputError: not one of `FORMS`; says what is wrong with it.
    """
    shown = text if len(text) <= 80 else text[:77] + "..."
    if len(text) > MAX_PATH_LENGTH or not text.isprintable():
        raise InputError(f"the device path {shown!r} is too long or not printable", f"Use {FORMS}.")
    scheme, colon, rest = text.partition(":")
    match scheme if colon else "":
        case "hid":
            return HidPath(rest)
        case "tcp":
            return TcpPath(*_host_and_port(shown, rest))
        case "http":
            if not rest.startswith("//"):
                raise InputError(f"the device path {shown!r} lacks // after http:", "Write http://HOST:PORT.")
            return RestPath(*_host_and_port(shown, rest[2:].removesuffix("/")))
        case "replay":
            if not rest:
                raise InputError(f"the device path {shown!r} names no file", "Write replay:FILE.")
            return ReplayPath(rest)
        case _:
            raise InputError(f"the device path {shown!r} has none of the known forms", f"Use {FORMS}.")


def _host_and_port(shown: str, text: str) -> tuple[str, int]:
    match = _HOST_PORT.fullmatch(text)
    if match is None:
        raise InputError(f"the device path {shown!r} does not end in HOST:PORT", "For example tcp:127.0.0.1:9999.")
    port = int(match["port"])
    if not 1 <= port <= 65535:
        raise InputError(f"the device path {shown!r} has the port {port}", "Ports run from 1 to 65535.")
    return match["v6"] or match["host"], port


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
