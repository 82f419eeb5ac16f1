"""[pure] Which generations of one backup may go.

The newest generation always stays, and so does the newest one whose bytes are known to be whole: a damaged newest
generation must not be all that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """One stored generation, as far as retention looks at it; `stored_at` in Unix seconds."""

    generation: int
    stored_at: int
    damaged: bool


def prunable(stored: Sequence[Kept], *, keep: int, days: int, now: int) -> tuple[int, ...]:
    """Numbers of the generations that may go.

    :param keep: how many of the newest stay at most; at least one does.
    :param days: older ones but the newest go too; 0 is never.
    """
    newest_first = sorted(stored, key=lambda k: k.generation, reverse=True)
    promised = {k.generation for k in newest_first[:1]}
    promised |= {k.generation for k in [k for k in newest_first if not k.damaged][:1]}
    staying = {
        k.generation for k in newest_first[: max(1, keep)] if not days or k.stored_at >= now - days * DAY
    } | promised
    return tuple(k.generation for k in newest_first if k.generation not in staying)
