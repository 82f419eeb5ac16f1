"""[pure] The picture of an identity's counters: D deployed, A absent, ? unknown, . not asked; 32 to a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ledger_recovery.derive.schemes import MAX_COUNTER
from ledger_recovery.recover.report.model import SchemeOutcome

LEGEND = "D deployed   A absent   ? unknown   . not asked"

_ROW = 32
_GROUP = 8
_LETTERS = {"deployed": "D", "absent": "A", "unknown": "?"}


def grid(outcome: SchemeOutcome) -> list[str]:
    """Rows as `0-31    DAAAAAAA AAAAAAAA …`; rows in a sequence that hold one and the same letter become one line."""
    letters = "".join(_cells(outcome))
    rows = [(start, letters[start : start + _ROW]) for start in range(0, len(letters), _ROW)]
    lines = []
    for uniform, group in groupby(rows, key=lambda row: row[1][0] if len(set(row[1])) == 1 else row[0]):
        starts = [start for start, _ in group]
        last = min(starts[-1] + _ROW - 1, MAX_COUNTER)
        label = f"{starts[0]}-{last}"
        if isinstance(uniform, str):
            lines.append(f"{label:<8}{uniform} (all {last - starts[0] + 1})")
        else:
            row = letters[starts[0] : last + 1]
            lines.append(f"{label:<8}" + " ".join(row[i : i + _GROUP] for i in range(0, len(row), _GROUP)))
    return lines


def _cells(outcome: SchemeOutcome) -> Iterator[str]:
    states = {
        counter: stretch["state"]
        for stretch in outcome["counters"]
        for counter in range(stretch["from"], stretch["to"] + 1)
    }
    for counter in range(MAX_COUNTER + 1):
        yield _LETTERS[states[counter]] if counter in states else "."
