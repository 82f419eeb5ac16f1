"""[pure] How patient the client is with a node, as data; tests give a patience of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A request takes at most `total` with all its tries, each try at most `per_try`.

    Pauses double from `pause` up to `longest_pause`; a node's Retry-After is obeyed up to `longest_wait`.
    """

    per_try: float = 10.0
    total: float = 45.0
    tries: int = 5
    pause: float = 0.25
    longest_pause: float = 4.0
    longest_wait: float = 20.0
    sleep: Callable[[float], Awaitable[None]] | None = None
