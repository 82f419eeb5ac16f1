"""[pure] The grid of cells of one identity index: one row a key scheme, one letter a credential counter.

D deployed, A absent, ? unknown, . not asked. The letter is always there; a renderer may add a colour, never rely on it.
Counters past the first columns are summed up in words, so that a row stays on one line however far a search went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import CellState
from ledger_recovery.recover.policy import COUNTER_WINDOW

NOT_ASKED = "."
NAMED_AT_MOST = 6
"""How many counters past the columns are named one by one before only their number is told."""

States = Mapping[int, CellState]


@dataclass(frozen=True, slots=True)
class Row:
    """`label`: identity and scheme. `letters`: one a counter from 0. `rest`: the counters past them, in words."""

    label: str
    letters: str
    rest: str

    def __str__(self) -> str:
        return f"{self.label}  {grouped(self.letters)}  {self.rest}".rstrip()


def rows(identity: IdentityRef, states: Mapping[KeyScheme, States], columns: int = COUNTER_WINDOW) -> tuple[Row, ...]:
    """The rows of one identity index: at most `columns` counters, at least the 25 that every search asks."""
    width = _drawn(states, columns)
    return tuple(
        Row(
            label(identity, scheme),
            "".join(letter(states.get(scheme, {}).get(n)) for n in range(width)),
            rest(states.get(scheme, {}), width),
        )
        for scheme in identity.schemes
    )


def label(identity: IdentityRef, scheme: KeyScheme) -> str:
    """ "ID #3 v1": what the device shows, and the key generation version."""
    return f"{identity!s:<8} v{scheme.keygen_version}"


def letter(state: CellState | None) -> str:
    return NOT_ASKED if state is None else state.letter


def rest(states: States, width: int) -> str:
    """What is known of the counters from `width` on: deployed and unknown ones by number, absent ones counted."""
    parts = [
        _named(CellState.DEPLOYED, states, width),
        _named(CellState.UNKNOWN, states, width),
    ]
    absent = sum(1 for n, s in states.items() if n >= width and s is CellState.ABSENT)
    parts.append(f"{absent} more A" if absent else "")
    return ", ".join(p for p in parts if p)


def grouped(letters: str, size: int = 5) -> str:
    """Letters in groups of five, so that a counter can be read off."""
    return " ".join(letters[i : i + size] for i in range(0, len(letters), size))


def columns_for(width: int) -> int:
    """How many counters fit on a line of `width` characters, in steps of 25, never fewer than 25."""
    fits = (width - 30) * 5 // 6
    return max(1, fits // COUNTER_WINDOW) * COUNTER_WINDOW


def spans(numbers: Iterable[int]) -> str:
    """Numbers as ranges: 0, 2, 3, 4 -> "0, 2-4"."""
    found: list[tuple[int, int]] = []
    for n in sorted(set(numbers)):
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def _drawn(states: Mapping[KeyScheme, States], columns: int) -> int:
    """How many counters to draw: all that were asked, in steps of 25, as far as the line goes."""
    highest = max((n for one in states.values() for n in one), default=0)
    return max(COUNTER_WINDOW, min(columns, (highest // COUNTER_WINDOW + 1) * COUNTER_WINDOW))


def _named(state: CellState, states: States, width: int) -> str:
    numbers = [n for n, s in states.items() if n >= width and s is state]
    if not numbers:
        return ""
    if len(numbers) > NAMED_AT_MOST:
        return f"{len(numbers)} more {state.letter}"
    return f"{state.letter} at {spans(numbers)}"
