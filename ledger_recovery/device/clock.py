"""[io] Time as an injected object: deadlines are compared with `now`, and every wait can be cut short by an event."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """A clock that only goes forward."""

    def now(self) -> float:
        """Seconds since some fixed moment; called from any thread."""
        ...

    async def wait(self, seconds: float, event: asyncio.Event) -> bool:
        """Wait until the time is over (False) or the event is set (True)."""
        ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    async def wait(self, seconds: float, event: asyncio.Event) -> bool:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        return True
