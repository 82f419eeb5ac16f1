"""[io] Which devices there are, and the transport that belongs to a device path.

The USB bus is searched; emulators and recordings are only ever used when a person names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ledger_recovery.device.transport.base import Found, Now, Transport
from ledger_recovery.device.transport.hid import Hid
from ledger_recovery.device.transport.hid_library import HidLibrary, ledgers, load_hid_library
from ledger_recovery.device.transport.paths import (
    HidPath,
    ReplayPath,
    RestPath,
    TcpPath,
    parse_device_path,
)
from ledger_recovery.device.transport.replay import Replay
from ledger_recovery.device.transport.speculos_rest import SpeculosRest
from ledger_recovery.device.transport.speculos_tcp import SpeculosTcp
from ledger_recovery.device.wire.models import EMULATOR, UNKNOWN


class Bus(Protocol):
    """Where devices come from. Called from the device thread only."""

    def usb_devices(self) -> tuple[Found, ...]:
        """Connected Ledgers.

        :raises HidLibraryMissing: they cannot be listed.
        """
        ...

    def transport(self, found: Found) -> Transport:
        """A new, closed transport for a device.

        :raises InputError: its path has no known form.
        """
        ...


class SystemBus:
    """The real USB bus, and whatever path a person names."""

    def __init__(self, now: Now, load: Callable[[], HidLibrary] = load_hid_library) -> None:
        self._now = now
        self._load = load
        self._library: HidLibrary | None = None
        self._recordings: dict[str, Replay] = {}

    def usb_devices(self) -> tuple[Found, ...]:
        return ledgers(self._hid())

    def transport(self, found: Found) -> Transport:
        path = parse_device_path(found.path)
        match path:
            case HidPath():
                return Hid(found, path, self._hid(), self._now)
            case TcpPath():
                return SpeculosTcp(path, self._now)
            case RestPath():
                return SpeculosRest(path, self._now)
            case ReplayPath():
                # one conversation for the whole run: a reconnect must not start it again
                return self._recordings.setdefault(found.path, Replay(path))

    def _hid(self) -> HidLibrary:
        if self._library is None:
            self._library = self._load()
        return self._library


def named(text: str) -> Found:
    """The device that a person named, before anything is known of it.

    :raises InputError: not a device path.
    """
    path = parse_device_path(text)
    if isinstance(path, HidPath):
        return Found(text, UNKNOWN, None, emulated=False)
    return Found(text, UNKNOWN if isinstance(path, ReplayPath) else EMULATOR, None, emulated=True)
