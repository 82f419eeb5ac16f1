"""The sheets for the person who helps: plain language, one a step, shipped inside the program as TOML files.

What is another text in an EVM search stands in a table `evm` of the file. A sheet never tells to ask for recovery
words, PIN or passwords; a test reads every file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ledger_recovery.web.model.state import Family


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the person says, and what to answer."""

    says: str
    do: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`goal`: what this step is for. `ask`: questions to read aloud. `good`: what a good answer sounds like."""

    goal: str
    ask: tuple[str, ...]
    good: tuple[str, ...]
    trouble: tuple[Trouble, ...]
    next: str


@cache
def sheet_of(name: str, family: Family = Family.CONCORDIUM) -> Sheet:
    """The sheet of a step, by `Step.sheet`.

    :raises KeyError: there is no such sheet, or a part of it is missing.
    """
    file = resources.files("ledger_recovery.web").joinpath("sheets", f"{name}.toml")
    if not name.replace("-", "").isalpha() or not file.is_file():
        raise KeyError(name)
    table: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    table |= table.get(family.value, {})
    return Sheet(
        goal=table["goal"],
        ask=tuple(table["ask"]),
        good=tuple(table["good"]),
        trouble=tuple(Trouble(t["says"], t["do"]) for t in table.get("trouble", ())),
        next=table["next"],
    )
