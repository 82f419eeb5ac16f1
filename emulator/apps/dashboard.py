"""The operating system's dashboard: what a physical device runs when no app is open.

Speculos has none, so nothing here is measured. Status words as device-sdk-ts documents them: E0 D8 opens an app
(6807 unknown app, 670A no name, 5501 refused by the person); every locked command is 5515.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.apps.contract import (
    Home,
    MenuEntry,
    OpenAppView,
    Outcome,
    Prompt,
    StatusWord,
    ok,
    refuse,
)
from emulator.apps.os_commands import OS_CLA, name_and_version

NAME = "BOLOS"
_CLA = 0xE0
_INS_OPEN_APP = 0xD8
_INS_NAME_AND_VERSION = 0x01


class Dashboard:
    """The dashboard with a list of installed apps."""

    name = NAME
    busy_status = None

    def __init__(self, installed: Sequence[str], version: str = "1.4.0") -> None:
        self.version = version
        self._installed = tuple(installed)

    @property
    def home(self) -> Home:
        """One step per installed app (both buttons open it), the settings last."""
        entries = tuple(MenuEntry((name,), opens=name) for name in self._installed)
        return Home(
            title="Dashboard",
            version=self.version,
            menu=(MenuEntry(("Dashboard", "is ready")), *entries),
            tagline=("Open an app on your", "computer or choose", "one here."),
            can_quit=False,
        )

    def locked_status(self, apdu: bytes) -> StatusWord:
        """Always the operating system's own word."""
        return StatusWord.LOCKED_OS

    def sent(self, payload: bytes) -> None:
        """Nothing to note."""

    def handle(self, apdu: bytes) -> Outcome:
        """Name and version, or open an app; anything else is an unknown command."""
        if len(apdu) < 4 or (len(apdu) > 4 and apdu[4] != len(apdu) - 5):
            return refuse(StatusWord.BAD_LENGTH)
        cla, ins = apdu[:2]
        if cla == OS_CLA and ins == _INS_NAME_AND_VERSION:
            return ok(name_and_version(self.name, self.version))
        if cla == _CLA and ins == _INS_OPEN_APP:
            return self._open(apdu[5:])
        return refuse(StatusWord.UNKNOWN_INS if cla in (_CLA, OS_CLA) else StatusWord.UNKNOWN_CLA)

    def _open(self, raw_name: bytes) -> Outcome:
        if not raw_name:
            return refuse(StatusWord.NO_APP_NAME)
        wanted = raw_name.decode("ascii", errors="replace")
        if wanted not in self._installed:
            return refuse(StatusWord.UNKNOWN_APP)
        return Prompt(OpenAppView(wanted), approve=lambda: ok(opens=wanted), declined=StatusWord.OPEN_REJECTED)
