"""Another app than Concordium, so that host software can be tested with the wrong app open.

It answers name, version and quit as every app does and knows no other command; nothing else is emulated.
"""

from __future__ import annotations

from emulator.apps.contract import Home, MenuEntry, Outcome, StatusWord, refuse
from emulator.apps.os_commands import handle_os_command


class OtherApp:
    """An app of another coin.

    :param cla: its own class byte; under it, instructions are unknown (6D00), elsewhere the class is (6E00)
    """

    busy_status = None

    def __init__(self, name: str, version: str, cla: int) -> None:
        self.name = name
        self.version = version
        self._cla = cla

    @property
    def home(self) -> Home:
        """Ready, Version, Quit."""
        return Home(
            title=self.name,
            version=self.version,
            menu=(
                MenuEntry((self.name, "is ready")),
                MenuEntry(("Version", self.version)),
                MenuEntry(("Quit",), quits=True),
            ),
            tagline=("This app enables signing", "transactions on the", f"{self.name} network."),
        )

    def locked_status(self, apdu: bytes) -> StatusWord:
        """The operating system answers for a locked device."""
        return StatusWord.LOCKED_OS

    def sent(self, payload: bytes) -> None:
        """Nothing to note."""

    def handle(self, apdu: bytes) -> Outcome:
        """Operating system commands; every other command is refused."""
        outcome = handle_os_command(apdu, self.name, self.version)
        if outcome is not None:
            return outcome
        return refuse(StatusWord.UNKNOWN_INS if apdu[:1] == bytes([self._cla]) else StatusWord.UNKNOWN_CLA)
