"""[pure] Commands that every Ledger answers, whatever is open: which app, open one, close it.

Sources: device-sdk-ts (B0 01, E0 D8, B0 A7); Ledger Live isDashboardName for the names that the dashboard gives itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.device.apps.question import Patience, Question, nothing
from ledger_recovery.device.wire.apdu import CommandApdu
from ledger_recovery.device.wire.status import ANY_APP, DASHBOARD, Meaning
from ledger_recovery.errors import BadReply

CLA_SYSTEM = 0xB0
INS_APP_AND_VERSION = 0x01
INS_CLOSE_APP = 0xA7
CLA_DASHBOARD = 0xE0
INS_OPEN_APP = 0xD8

LAYOUT_VERSION = 1
MAX_NAME = 64
DASHBOARD_NAMES = frozenset({DASHBOARD, "OLOS"})
_HINT = "Unplug the Ledger, plug it in again and unlock it."


@dataclass(frozen=True, slots=True)
class OpenApp:
    """What is open on a device. On the dashboard the version is that of the operating system."""

    name: str
    version: str
    flags: bytes = b""

    @property
    def is_dashboard(self) -> bool:
        return self.name in DASHBOARD_NAMES

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def app_and_version() -> Question[OpenApp]:
    """Which app is open: the first question on every link, its answer cannot be mistaken for a key."""
    command = CommandApdu(CLA_SYSTEM, INS_APP_AND_VERSION)
    return Question("name the open app", ANY_APP, command, parse_app_and_version, Patience.SYSTEM)


def open_app(name: str) -> Question[None]:
    """Open an installed app from the dashboard; the device asks its owner first.

    :raises ValueError: not a plain app name.
    """
    if not 1 <= len(name) <= MAX_NAME or not name.isascii() or not name.isprintable():
        raise ValueError(f"{name!r} is not the name of an app")
    command = CommandApdu(CLA_DASHBOARD, INS_OPEN_APP, data=name.encode("ascii"))
    advice = {
        Meaning.NOT_INSTALLED: f"Install the {name} app with Ledger Wallet (Ledger Live), then try again.",
        Meaning.UNKNOWN_COMMAND: f"Open the {name} app on the Ledger.",
    }
    return Question(f"open the {name} app", DASHBOARD, command, nothing, Patience.PERSON, advice)


def close_app() -> Question[None]:
    """Leave the open app for the dashboard."""
    command = CommandApdu(CLA_SYSTEM, INS_CLOSE_APP)
    return Question("close the open app", ANY_APP, command, nothing, Patience.SYSTEM)


def encode_app_and_version(app: OpenApp) -> bytes:
    """The answer data that `parse_app_and_version` reads; for recordings and tests."""
    name, version = app.name.encode("ascii"), app.version.encode("ascii")
    return bytes((LAYOUT_VERSION, len(name))) + name + bytes((len(version),)) + version + _flags_field(app.flags)


def _flags_field(flags: bytes) -> bytes:
    return bytes((len(flags),)) + flags if flags else b""


def parse_app_and_version(data: bytes) -> OpenApp:
    """Read 01, name, version and optional flags, each behind a length byte; nothing may follow.

    :raises BadReply: any other layout.
    """
    if not data or data[0] != LAYOUT_VERSION:
        raise BadReply("the Ledger's answer about the open app has an unknown layout", _HINT)
    name, rest = _field(data[1:])
    version, rest = _field(rest)
    flags, rest = _field(rest) if rest else (b"", b"")
    if rest:
        raise BadReply(f"{len(rest)} bytes follow the Ledger's answer about the open app", _HINT)
    return OpenApp(_text(name, "name"), _text(version, "version"), flags)


def _field(data: bytes) -> tuple[bytes, bytes]:
    if not data or len(data) < 1 + data[0]:
        raise BadReply("the Ledger's answer about the open app ends too early", _HINT)
    return data[1 : 1 + data[0]], data[1 + data[0] :]


def _text(raw: bytes, what: str) -> str:
    """Printable ASCII; some operating systems count a closing NUL in ("OLOS" followed by NUL)."""
    text = raw.removesuffix(b"\x00").decode("ascii", "replace")
    if not 1 <= len(text) <= MAX_NAME or not text.isascii() or not text.isprintable():
        raise BadReply(f"the Ledger's answer about the open app has no readable {what}", _HINT)
    return text
