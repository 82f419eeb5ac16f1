"""What an emulated app is: it takes one APDU and gives an outcome; screens are described, never drawn.

Pure data. Drawing (per model), buttons, lock state and sockets belong to `emulator.device`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Protocol

MAX_APDU = 260
"""Size of the app's APDU buffer: 5 header bytes and 255 data bytes."""


@unique
class StatusWord(IntEnum):
    """Status words the emulated apps and the operating system answer with."""

    OK = 0x9000
    LOCKED_APP = 0x530C
    LOCKED_OS = 0x5515
    OPEN_REJECTED = 0x5501
    UNKNOWN_APP = 0x6807
    NO_APP_NAME = 0x670A
    BUSY = 0x6901
    REJECTED = 0x6985
    PATH_NOT_HARDENED = 0x6A12
    PATH_NOT_ALLOWED = 0x6A15
    INCORRECT_DATA = 0x6A80
    BAD_LENGTH = 0x6A87
    WRONG_P1_P2 = 0x6B00
    BAD_STATE = 0x6B01
    BAD_PATH = 0x6B02
    BAD_PARAMETER = 0x6B03
    FORBIDDEN_PATH = 0x6B07
    UNKNOWN_INS = 0x6D00
    UNKNOWN_CLA = 0x6E00

    @property
    def wire(self) -> bytes:
        """The two bytes, big endian."""
        return self.to_bytes(2, "big")


@dataclass(frozen=True)
class ExportView:
    """Review of a key export. `subject` is shown exactly so, a leading blank included."""

    purpose: str
    subject: str


@dataclass(frozen=True)
class PublicKeyView:
    """Review of a public key request: whose key is it."""

    subject: str


@dataclass(frozen=True)
class CompareView:
    """Shown after the answer of a confirmed public key request: the key in groups of 16 hex digits."""

    key_text: str


@dataclass(frozen=True)
class AddressView:
    """Review of an account address."""

    subject: str
    address: str


@dataclass(frozen=True)
class EvmAddressView:
    """Review of an EVM address (EIP-55, with 0x); the title is in lines, e.g. `Verify Polygon`, `address`."""

    title: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class StatusView:
    """What became of a review, in lines: shown for three seconds, then the home screen."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class OpenAppView:
    """The operating system asks whether the host may open an app."""

    app_name: str


ReviewView = ExportView | PublicKeyView | AddressView | EvmAddressView | OpenAppView
FollowUp = CompareView | StatusView


@dataclass(frozen=True)
class Answer:
    """An answer that leaves the app running.

    :param payload: data and status word; may hold a key, so it is not in the repr
    :param redraw: draw the home screen, or the given follow-up, after answering
    :param opens: name of the app that the operating system starts after answering
    """

    payload: bytes = field(repr=False)
    redraw: FollowUp | bool = False
    opens: str | None = None


@dataclass(frozen=True)
class Exit:
    """The app ends; `code` is the exit code of the Speculos process, `payload` a last answer if there is one."""

    code: int
    payload: bytes | None = None


@dataclass(frozen=True)
class Prompt:
    """The app waits for a person. `approve` computes the answer only when it is wanted.

    :param after_decline: shown before the home screen once the person has declined
    """

    view: ReviewView
    approve: Callable[[], Answer | Exit] = field(repr=False)
    declined: StatusWord = StatusWord.REJECTED
    after_decline: StatusView | None = None


@dataclass(frozen=True)
class Ignored:
    """Nothing happens and nothing is answered."""


Outcome = Answer | Prompt | Exit | Ignored


@dataclass(frozen=True)
class MenuEntry:
    """One step of the idle menu of a button model.

    :param enters: steps of a submenu opened by both buttons
    :param quits: both buttons end the app
    :param opens: both buttons start this app
    """

    texts: tuple[str, ...]
    enters: tuple[MenuEntry, ...] = ()
    quits: bool = False
    opens: str | None = None


@dataclass(frozen=True)
class Home:
    """The idle screen: menu steps on button models, title and tagline on touch models.

    :param loops: the last menu step leads to the first one
    """

    title: str
    version: str
    menu: tuple[MenuEntry, ...]
    tagline: tuple[str, ...] = ()
    developer: str = ""
    can_quit: bool = True
    loops: bool = True


class App(Protocol):
    """One running app."""

    @property
    def name(self) -> str:
        """Name as GET_APP_AND_VERSION reports it."""

    @property
    def version(self) -> str:
        """Version as GET_APP_AND_VERSION reports it."""

    @property
    def home(self) -> Home:
        """The idle screen."""

    def handle(self, apdu: bytes) -> Outcome:
        """Take one APDU of 1 to 260 bytes. Any bytes give an outcome, never an exception."""

    def locked_status(self, apdu: bytes) -> StatusWord:
        """The status word while the device is locked."""

    @property
    def busy_status(self) -> StatusWord | None:
        """The answer to a command that arrives while a person is asked; None if it is swallowed."""

    def sent(self, payload: bytes) -> None:
        """Note what was answered (an old app finds it again in its APDU buffer)."""


def ok(data: bytes = b"", *, redraw: FollowUp | bool = False, opens: str | None = None) -> Answer:
    """An answer with status word 9000."""
    return Answer(data + StatusWord.OK.wire, redraw, opens)


def refuse(status: StatusWord) -> Answer:
    """An answer of a status word only."""
    return Answer(status.wire)
