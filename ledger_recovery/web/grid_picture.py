"""[pure] The grid of credential counters as SVG with its text twin: one row of 25 counters, one letter a cell.

D deployed, A absent, ? unknown, a dot: not asked yet. The letter is always there, colour only adds to it. Rows that
hold one and the same letter throughout are told in words, so that a deep search stays as small as a short one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger_recovery.derive.schemes import MAX_COUNTER

COLUMNS = 25
LETTERS = {"deployed": "D", "absent": "A", "unknown": "?"}
NOT_ASKED = "."
MEANING = {"D": "deployed", "A": "absent", "?": "unknown", NOT_ASKED: "not asked"}
_CLASS = {"D": "cell-d", "A": "cell-a", "?": "cell-u", NOT_ASKED: "cell-n"}
_STEP, _CELL, _LEFT = 14, 12.5, 48
_WIDTH = _LEFT + COLUMNS * _STEP


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive counters, both ends included, with one letter."""

    first: int
    last: int
    letter: str


@dataclass(frozen=True, slots=True)
class GridPicture:
    """`svg`: safe markup. `words`: the text twin, every counter named. `rest`: the rows that were not drawn."""

    svg: str
    words: str
    rest: str


def grid_picture(stretches: Iterable[Stretch]) -> GridPicture:
    """The counters 0 to 255 of one key scheme; counters that no stretch covers were not asked."""
    letters = _letters(stretches)
    rows = [(start, letters[start : start + COLUMNS]) for start in range(0, MAX_COUNTER + 1, COLUMNS)]
    drawn = [row for row in rows if row[0] == 0 or len(set(row[1])) > 1 or row[1][0] in "D?"]
    left_out = [row for row in rows if row not in drawn]
    height = len(drawn) * (_STEP + 3)
    body = "".join(_row(start, text, n * (_STEP + 3)) for n, (start, text) in enumerate(drawn))
    svg = (
        f'<svg class="cells" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'aria-hidden="true" focusable="false">{body}</svg>'
    )
    return GridPicture(svg, words(letters), _rest(left_out))


def words(letters: str) -> str:
    """Each letter with its counters, the telling ones first: "deployed 0 and 3; absent 1-2, 4-255"."""
    parts = []
    for letter in "D?A.":
        runs = _runs(letters, letter)
        if runs:
            parts.append(f"{MEANING[letter]} {_spans(runs)}")
    return "; ".join(parts)


def stretches_of(letters: str) -> tuple[Stretch, ...]:
    """A text of one letter a counter as stretches."""
    found = [Stretch(a, b, letter) for letter in MEANING for a, b in _runs(letters, letter)]
    return tuple(sorted(found, key=lambda s: s.first))


def _letters(stretches: Iterable[Stretch]) -> str:
    letters = [NOT_ASKED] * (MAX_COUNTER + 1)
    for s in stretches:
        known = s.letter if s.letter in MEANING else NOT_ASKED
        first, last = max(0, s.first), min(MAX_COUNTER, s.last)
        letters[first : last + 1] = [known] * max(0, last + 1 - first)
    return "".join(letters)


def _row(start: int, letters: str, y: int) -> str:
    last = start + len(letters) - 1
    label = f'<text class="cell-label" x="{_LEFT - 7}" y="{y + 10}" text-anchor="end">{start}–{last}</text>'
    return label + "".join(_cell(n, letter, y) for n, letter in enumerate(letters))


def _cell(column: int, letter: str, y: int) -> str:
    gap = column // 5 * 0.9
    x = _LEFT - 4 + column * (_STEP - 0.2) + gap
    shown = "·" if letter == NOT_ASKED else letter
    middle, css = x + _CELL / 2, _CLASS[letter]
    return (
        f'<rect class="cell {css}" x="{x:.1f}" y="{y + 0.5}" width="{_CELL}" height="{_CELL}" rx="2.5"/>'
        f'<text class="cell-letter {css}" x="{middle:.2f}" y="{y + 10}" text-anchor="middle">{shown}</text>'
    )


def _runs(letters: str, wanted: str) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n, letter in enumerate(letters):
        if letter != wanted:
            continue
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _spans(runs: Sequence[tuple[int, int]]) -> str:
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def _rest(rows: Sequence[tuple[int, str]]) -> str:
    """The rows that are all one letter, joined: "25–255 absent"."""
    joined: list[tuple[int, int, str]] = []
    for start, text in rows:
        last = start + len(text) - 1
        if joined and joined[-1][2] == text[0] and joined[-1][1] == start - 1:
            joined[-1] = (joined[-1][0], last, text[0])
        else:
            joined.append((start, last, text[0]))
    told = [f"{a}–{b} {MEANING[letter]}" for a, b, letter in joined if letter != NOT_ASKED]
    return ", ".join(told)
