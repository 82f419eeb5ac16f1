"""[pure] The grid of counters or indices as SVG with its text twin: one row of 25 numbers, one letter a cell.

D deployed (or used), A absent (or unused), ? unknown, a dot: not asked yet. The letter is always there, colour only
adds to it. Rows that hold one and the same letter throughout are told in words, and so is what lies behind many rows:
a deep search stays as small as a short one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledger_recovery.derive.schemes import MAX_COUNTER

COLUMNS = 25
LETTERS = {"deployed": "D", "absent": "A", "unknown": "?"}
NOT_ASKED = "."
MEANING = {"D": "deployed", "A": "absent", "?": "unknown", NOT_ASKED: "not asked"}
USES = {"D": "used", "A": "unused", "?": "unknown", NOT_ASKED: "not asked"}
"""What the letters say of an EVM scheme's indices."""

MOST_ROWS = MAX_COUNTER // COLUMNS + 1
MOST_SPANS = 256
"""Of one letter, in words."""

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
    """`svg`: safe markup. `words`: the text twin, every number named. `rest`: the rows that were not drawn."""

    svg: str
    words: str
    rest: str


def grid_picture(
    stretches: Iterable[Stretch], width: int = MAX_COUNTER + 1, meaning: Mapping[str, str] = MEANING
) -> GridPicture:
    """The numbers 0 to `width` - 1 of one key scheme; those that no stretch covers were not asked.

    :param meaning: letter -> its word.
    """
    letters = _letters(stretches, width)
    rows = _rows(letters)
    drawn = _worth_drawing(rows)
    height = len(drawn) * (_STEP + 3)
    body = "".join(_row(start, text, n * (_STEP + 3)) for n, (start, text) in enumerate(drawn))
    svg = (
        f'<svg class="cells" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'aria-hidden="true" focusable="false">{body}</svg>'
    )
    return GridPicture(svg, words(letters, meaning), _rest([row for row in rows if row not in drawn], meaning))


def drawn_rows(stretches: Iterable[Stretch], width: int = MAX_COUNTER + 1) -> list[tuple[int, str]]:
    """The rows that the picture has: first number and letters."""
    return _worth_drawing(_rows(_letters(stretches, width)))


def words(letters: str, meaning: Mapping[str, str] = MEANING) -> str:
    """Each letter with its numbers, the telling ones first: "deployed 0, 3; absent 1–2, 4–255"."""
    parts = []
    for letter in "D?A.":
        runs = _runs(letters, letter)
        if runs:
            parts.append(f"{meaning[letter]} {_spans(runs)}")
    return "; ".join(parts)


def stretches_of(letters: str) -> tuple[Stretch, ...]:
    """A text of one letter a counter as stretches."""
    found = [Stretch(a, b, letter) for letter in MEANING for a, b in _runs(letters, letter)]
    return tuple(sorted(found, key=lambda s: s.first))


def _letters(stretches: Iterable[Stretch], width: int) -> str:
    letters = [NOT_ASKED] * width
    for s in stretches:
        known = s.letter if s.letter in MEANING else NOT_ASKED
        first, last = max(0, s.first), min(width - 1, s.last)
        letters[first : last + 1] = [known] * max(0, last + 1 - first)
    return "".join(letters)


def _rows(letters: str) -> list[tuple[int, str]]:
    return [(start, letters[start : start + COLUMNS]) for start in range(0, len(letters), COLUMNS)]


def _worth_drawing(rows: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    telling = [row for row in rows if row[0] == 0 or len(set(row[1])) > 1 or row[1][0] in "D?"]
    return telling[:MOST_ROWS]


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
    told = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs[:MOST_SPANS])
    more = sum(b - a + 1 for a, b in runs[MOST_SPANS:])
    return f"{told} and {more} more" if more else told


def _rest(rows: Sequence[tuple[int, str]], meaning: Mapping[str, str]) -> str:
    """The rows that are not drawn, joined: "25–255 absent"."""
    letters = {start + n: letter for start, text in rows for n, letter in enumerate(text)}
    # Numbers minus their rank are equal as long as they follow each other.
    numbered = ((letter, number - rank, number) for rank, (number, letter) in enumerate(letters.items()))
    told = []
    for (letter, _), run in groupby(numbered, key=lambda cell: cell[:2]):
        numbers = [number for _, _, number in run]
        if letter != NOT_ASKED:
            told.append(f"{_spans([(numbers[0], numbers[-1])])} {meaning[letter]}")
    more = f" and {len(told) - MOST_SPANS} more stretches" if len(told) > MOST_SPANS else ""
    return ", ".join(told[:MOST_SPANS]) + more
