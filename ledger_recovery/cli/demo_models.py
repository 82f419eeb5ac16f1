"""Which Ledgers a demo can emulate. Light: the options of the commands are read from it before anything is imported."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class DemoModel(StrEnum):
    """As the emulator calls them (see `python -m emulator device --help`)."""

    NANO_S_PLUS = "nanosp"
    NANO_X = "nanox"
    STAX = "stax"
    FLEX = "flex"
