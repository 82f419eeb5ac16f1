"""Names of the apps that can be started, e.g. `concordium-5.1.3`, `dashboard`, `ethereum`, `bitcoin`.

Concordium 4.1.2 and 5.1.3 and Ethereum 1.23.0-dev are measured. Another Concordium version may be named to test
version gates: majors up to 4 behave as 4.1.2, later ones as 5.1.3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator.apps.concordium4 import Concordium4
from emulator.apps.concordium5 import Concordium5
from emulator.apps.contract import App
from emulator.apps.dashboard import Dashboard
from emulator.apps.ethereum import ETHEREUM, ETHEREUM_CLASSIC, EthereumApp
from emulator.apps.keys import Seed
from emulator.apps.other import OtherApp

DASHBOARD = "dashboard"
DEFAULT_APP = "concordium-5.1.3"
_ETHEREUM = {"ethereum": ETHEREUM, "ethereum-classic": ETHEREUM_CLASSIC}
_OTHER = {"bitcoin": ("Bitcoin", "2.4.6", 0xE1)}
_CONCORDIUM = re.compile(r"concordium-([0-9]{1,3})\.[0-9]{1,3}\.[0-9]{1,3}")
KNOWN_APPS = ("concordium-5.1.3", "concordium-4.1.2", DASHBOARD, *_ETHEREUM, *_OTHER)


class UnknownApp(ValueError):
    """No app of this name can be emulated."""


def check_app(name: str) -> str:
    """The catalogue name of an app that can be started.

    :param name: a catalogue name, or the name on the device, e.g. `Ethereum Classic` (of Concordium the newest)
    :raises UnknownApp: it can not
    """
    if name in KNOWN_APPS or _CONCORDIUM.fullmatch(name):
        return name
    for known in KNOWN_APPS:
        if display_name(known) == name:
            return known
    raise UnknownApp(f"unknown app {name!r}; choose one of {', '.join(KNOWN_APPS)}, or concordium-MAJOR.MINOR.PATCH")


def display_name(name: str) -> str:
    """The name that a person and the dashboard use, e.g. `Concordium` for `concordium-5.1.3`."""
    if name in _ETHEREUM:
        return _ETHEREUM[name].name
    return _OTHER[name][0] if name in _OTHER else name.partition("-")[0].capitalize()


def with_installed(installed: Sequence[str], app: str) -> tuple[str, ...]:
    """The installed apps after this one was put in place of another version of it; the dashboard needs no place."""
    if app == DASHBOARD or app in installed:
        return tuple(installed)
    return (app, *(name for name in installed if display_name(name) != display_name(app)))


def start_app(name: str, seed: Seed, installed: Sequence[str]) -> App:
    """A fresh instance of the named app.

    :param installed: display names that the dashboard offers
    :raises UnknownApp: no such app
    """
    name = check_app(name)
    if name == DASHBOARD:
        return Dashboard(installed)
    if name in _ETHEREUM:
        return EthereumApp(seed, _ETHEREUM[name])
    if name in _OTHER:
        return OtherApp(*_OTHER[name])
    version = name.partition("-")[2]
    major = int(version.partition(".")[0])
    return Concordium4(seed, version) if major <= 4 else Concordium5(seed, version)
