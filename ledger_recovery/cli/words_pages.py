"""[pure] The pages of the screens for words: typing them, showing new ones, asking for some of them back."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

COUNT = 24
PROMISE = (
    "This program never asks for your Ledger's recovery words. "
    "These 24 words are those of your backup; they have nothing to do with the Ledger's."
)
FINAL = (
    "Write them on paper, in this order, and keep them off-line. Who has them can read your backups; without them "
    "nobody can, and nobody can bring them back."
)
_TYPING_KEYS = "Enter: next word, or done    Backspace: correct    Ctrl-U: start over    Ctrl-C: stop"
_SHOWING_KEYS = "Enter: I wrote them down    Ctrl-C: stop (nothing is changed)"
_ASKING_KEYS = "Enter: done    Ctrl-U: start over    Ctrl-C: stop (nothing is changed)"
_PROBLEMS_SHOWN = 3
_CELL = 14


class Problem(Protocol):
    """What a page tells of one problem."""

    @property
    def position(self) -> int | None: ...

    @property
    def typed(self) -> str: ...

    @property
    def sentence(self) -> str: ...

    @property
    def hint(self) -> str: ...

    @property
    def suggestions(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check finds in typed words. `complete`: nothing is left to type or to correct."""

    words: tuple[str, ...] = field(repr=False)
    problems: Sequence[Problem] = field(repr=False)
    complete: bool


def columns_of(words: Sequence[str], width: int, marked: Sequence[int | None] = ()) -> list[str]:
    """Numbered words, read down the columns; a `marked` position (from 1) gets a "!"."""
    across = max(1, min(4, width // _CELL))
    height = -(-COUNT // across)
    cells = [
        f"{'!' if n in marked else ' '}{n:2} {words[n - 1] if n <= len(words) else '·':<{_CELL - 5}}"
        for n in range(1, max(COUNT, len(words)) + 1)
    ]
    if len(words) > COUNT:
        height = -(-len(cells) // across)
    return [" ".join(cells[row::height]).rstrip() for row in range(height)]


def typing_page(
    title: str, words: Sequence[str], typed: str, problems: Sequence[Problem], said: str, size: tuple[int, int]
) -> list[str]:
    """What was typed so far. `typed`: the word under the cursor. `said`: what the last Enter came to, or ""."""
    width, _ = size
    told = [said] if said else []
    told += [text for text in map(problem_text, problems[:_PROBLEMS_SHOWN]) if text != said]
    if len(problems) > _PROBLEMS_SHOWN:
        told.append(f"… and {len(problems) - _PROBLEMS_SHOWN} more")
    return [
        *_head(title, width),
        *columns_of(words, width, [p.position for p in problems]),
        "",
        f"{len(words)} of {COUNT} words",
        f"> {typed}_",
        "",
        *(line for text in told for line in textwrap.wrap(text, width - 1)),
        "",
        *textwrap.wrap(_TYPING_KEYS, width - 1),
    ]


def problem_text(problem: Problem) -> str:
    """A problem with what may have been meant. Holds words: for the screen only."""
    text = problem.sentence
    if problem.suggestions:
        text += f"; perhaps: {', '.join(problem.suggestions)}"
    return f"{text}. {problem.hint}" if problem.hint else text


def showing_page(title: str, words: Sequence[str], said: str, size: tuple[int, int]) -> list[str]:
    """New words, to be written down. `said`: why they are shown again, or ""."""
    width, _ = size
    return [
        *_head(title, width),
        *columns_of(words, width),
        "",
        *textwrap.wrap(FINAL, width - 1),
        *(["", *textwrap.wrap(said, width - 1)] if said else []),
        "",
        *textwrap.wrap(_SHOWING_KEYS, width - 1),
    ]


def asking_page(title: str, position: int, number: int, of: int, typed: str, size: tuple[int, int]) -> list[str]:
    """One question of the check: which word stands at `position` (from 1)."""
    width, _ = size
    return [
        *_head(title, width),
        f"Check {number} of {of}: look at your paper.",
        "",
        f"Word {position}: {typed}_",
        "",
        *textwrap.wrap(_ASKING_KEYS, width - 1),
    ]


def _head(title: str, width: int) -> list[str]:
    return [title, *textwrap.wrap(PROMISE, width - 1), ""]
