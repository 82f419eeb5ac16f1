"""An event loop whose clock only moves when every task waits: an hour of time-outs costs no time, and none is guessed.

When nothing is ready the clock jumps to the next timer. When nothing is scheduled either, the program under test hangs
for good, and `Stuck` says so.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

from chain.concordium.timing import Timing

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


class Stuck(RuntimeError):
    """Every task waits for something that nobody will ever do."""


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for no timer: it moves the clock instead."""

    jump: Callable[[float], None]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Stuck("nothing is ready and no timer is set: the program under test hangs")
        if not ready and timeout:
            self.jump(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time` starts at 0 and counts virtual seconds. Threads take no time: their work is done at once, in this one."""

    def __init__(self) -> None:
        self._seconds = 0.0
        selector = _JumpingSelector()
        selector.jump = self._jump
        super().__init__(selector)

    def time(self) -> float:
        return self._seconds

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _jump(self, seconds: float) -> None:
        self._seconds += seconds


def run(scene: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function on a loop of its own, from second 0 on."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(scene())
    finally:
        loop.close()


def seconds() -> float:
    """What the running loop's clock shows."""
    return asyncio.get_running_loop().time()


def timing() -> Timing:
    """The chain client's clocks, waiting and chance on the running loop."""
    loop = asyncio.get_running_loop()
    return Timing(
        monotonic=loop.time,
        now=lambda: START + timedelta(seconds=loop.time()),
        sleep=asyncio.sleep,
        jitter=lambda: 0.5,
    )
