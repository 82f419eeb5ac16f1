"""[pure] What a person is asked and told about the device, as an injected object.

The command line, the web pages and the tests each bring their own `Interaction`; the driver only calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Protocol

from ledger_recovery.errors import InputError


@unique
class DeviceState(StrEnum):
    """Where the device stands. The value is the stable code of the state."""

    NO_DEVICE = "no-device"
    NO_PERMISSION = "no-permission"
    BUSY = "device-busy"
    LOCKED = "locked"
    DASHBOARD = "dashboard"
    WRONG_APP = "wrong-app"
    APP_TOO_OLD = "app-too-old"
    APP_UNKNOWN = "app-unknown"
    READY = "ready"
    AWAITING_APPROVAL = "awaiting-approval"
    APP_EXITED = "app-exited"
    POISONED = "link-doubtful"


@dataclass(frozen=True, slots=True)
class Notice:
    """A state with the one sentence and the one action that a person needs; `action` is empty when none is needed."""

    state: DeviceState
    sentence: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One connected device. `path` is the device path; `fingerprint` 64 hex or "" when it could not be read now.

    `model`: nanos, nanox, nanosp, stax, flex, apex, emulator or unknown. `state` tells why app or fingerprint is "".
    """

    path: str
    model: str
    product_id: int | None
    app: str
    app_version: str
    fingerprint: str
    state: DeviceState
    emulated: bool


@dataclass(frozen=True, slots=True)
class ExpectedScreen:
    """The exact texts that the device must show for a request, page by page, and what to press.

    `pages`: the lines of each page. `check`: the one thing to compare ("ID #3"). `press`: one instruction a page.
    """

    title: str
    model: str
    pages: tuple[tuple[str, ...], ...]
    press: tuple[str, ...]
    check: str


class Interaction(Protocol):
    """All calls come from the event loop; `notice`, `expect` and `settled` return at once."""

    def notice(self, notice: Notice) -> None:
        """The device's state changed (each state is told once, not on every poll)."""
        ...

    def expect(self, screen: ExpectedScreen) -> None:
        """A request that needs approval is on its way; this is what the device must show."""
        ...

    def settled(self, approved: bool) -> None:
        """The request of the last `expect` is over: approved, or not (declined, cancelled, lost). Exactly one each."""
        ...

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        """Several devices are connected: the person picks one.

        :raises Cancelled: or none.
        """
        ...

    async def may_open_app(self, app: str) -> bool:
        """The device is on its dashboard: may the program ask it to open the app (the device asks again)?"""
        ...


class Silent:
    """An Interaction without a person: opens the app, tells nobody, and never chooses between devices."""

    def notice(self, notice: Notice) -> None:
        return None

    def expect(self, screen: ExpectedScreen) -> None:
        return None

    def settled(self, approved: bool) -> None:
        return None

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        if len(devices) != 1:
            paths = ", ".join(d.path for d in devices)
            raise InputError(
                f"{len(devices)} Ledgers are connected ({paths})", "name the one that is meant by its path"
            )
        return devices[0]

    async def may_open_app(self, app: str) -> bool:
        return True
