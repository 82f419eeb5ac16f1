"""[pure] Rows of cells as run-length coded letters, so that a long search stays small. "." is not asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

NOT_ASKED: Final = "."

Runs = tuple[tuple[str, int], ...]
"""Run-length coded letters of counters or indices 0, 1, …"""


def encoded(letters: Iterable[str]) -> Runs:
    """Letters as runs; the not-asked ones at the end are left out."""
    runs = [(letter, len(list(same))) for letter, same in groupby(letters)]
    if runs and runs[-1][0] == NOT_ASKED:
        runs.pop()
    return tuple(runs)


def letters_of(runs: Runs) -> str:
    return "".join(letter * count for letter, count in runs)


def with_letters(runs: Runs, letters: Mapping[int, str]) -> Runs:
    """The runs with the letters of some places replaced; places between that were never told of are not asked."""
    if not letters:
        return runs
    old = letters_of(runs)
    width = max(len(old), max(letters) + 1)
    return encoded(letters.get(n, old[n] if n < len(old) else NOT_ASKED) for n in range(width))
