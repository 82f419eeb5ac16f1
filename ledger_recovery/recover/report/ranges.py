"""[pure] Numbers for people: spans of indices, counts with their noun."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_SPANS = 8


def plural(count: int, noun: str, many: str = "") -> str:
    """:param many: the noun's plural, if it is not made with "s"."""
    return f"{count} {noun}" if count == 1 else f"{count} {many or noun + 's'}"


def spans(numbers: Iterable[int]) -> str:
    """`0-3, 7, 9-12`; beyond eight spans the rest is counted, so that a sentence stays one."""
    runs = runs_of(numbers)
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:_MOST_SPANS])
    rest = sum(b - a + 1 for a, b in runs[_MOST_SPANS:])
    return f"{shown} and {rest} more" if rest else shown


def runs_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The numbers as sorted runs (first, last), each number once."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
