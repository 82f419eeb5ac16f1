"""From raw button masks and finger positions to what a person did: released buttons, taps, swipes, long touches.

Pure. Thresholds of Ledger's touch library: a long touch takes 1.5 s.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.device.screens import Swipe

HOLD_TICKS = 15
"""Ticks of 0.1 s until a long touch counts."""

SWIPE_DISTANCE = 10
"""Pixels a finger must move sideways to swipe."""

_ALL_BUTTONS = 3


@dataclass(frozen=True)
class Tapped:
    """A short touch."""

    point: tuple[int, int]


def count_buttons(held: int, mask: int) -> tuple[int, int | None]:
    """Add a button event to those held since the last release.

    :returns: buttons held now, and the buttons released if the mask is empty and there were any
    """
    mask &= _ALL_BUTTONS
    if mask:
        return held | mask, None
    return 0, held or None


class Fingers:
    """Follows one finger."""

    def __init__(self) -> None:
        self._start: tuple[int, int] | None = None
        self._ticks = 0

    def move(self, x: int, y: int, down: bool) -> Swipe | Tapped | None:
        """A finger goes down or up; going up may complete a gesture."""
        if down:
            self._start, self._ticks = (x, y), 0
            return None
        start, self._start = self._start, None
        if start is None or self._ticks >= HOLD_TICKS:
            return None
        across, along = x - start[0], y - start[1]
        if abs(across) >= SWIPE_DISTANCE and abs(across) > abs(along):
            return Swipe.LEFT if across < 0 else Swipe.RIGHT
        return Tapped(start)

    def tick(self) -> tuple[int, int] | None:
        """0.1 s passes; where the finger is, in the moment its touch becomes a long one."""
        if self._start is None:
            return None
        self._ticks += 1
        return self._start if self._ticks == HOLD_TICKS else None
