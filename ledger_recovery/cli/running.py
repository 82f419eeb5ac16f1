"""Run a coroutine of the service to its end; Ctrl-C and SIGTERM stop it in order, and a second Ctrl-C at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import TypeVar

from ledger_recovery.cli.command import KEPT
from ledger_recovery.errors import Cancelled

T = TypeVar("T")


def run_to_end(work: Coroutine[object, object, T], *, kept: str = KEPT) -> T:
    """The result of `work`.

    :raises Cancelled: the person stopped it; `kept` is the hint.
    """
    results: list[T] = []

    async def keep() -> None:
        # Not returned: asyncio.run looks up its own signal handler at the end, for which CPython writes out the
        # finished task with its result (signal._int_to_enum), and that of a run has thousands of cells.
        results.append(await _stoppable(work))

    try:
        asyncio.run(keep())
        return results[0]
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Cancelled("stopped before the end", kept) from None


async def _stoppable(work: Coroutine[object, object, T]) -> T:
    """`work`, cancelled by SIGTERM as asyncio itself cancels it by Ctrl-C; children and locks are left in order."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    try:
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
    except (NotImplementedError, RuntimeError, ValueError):
        return await work  # Windows, or not the main thread: SIGTERM keeps its default
    try:
        return await work
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
