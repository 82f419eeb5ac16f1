"""[io] The one thread that touches a device, and the flag that ends what it waits for.

hidapi is not thread-safe, so one thread enumerates, opens, reads, writes and closes; the event loop never blocks. The
thread is a daemon: a driver stuck in a system call does not keep the program from ending.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ledger_recovery.errors import Cancelled

T = TypeVar("T")
Job = tuple[Callable[[], Any], "Future[Any]"]


class CancelFlag:
    """Ends one operation: seen by the device thread between two reads and by waits of the event loop.

    `set` is called from the event loop.
    """

    def __init__(self) -> None:
        self._for_thread = threading.Event()
        self.event = asyncio.Event()

    def set(self) -> None:
        self._for_thread.set()
        self.event.set()

    def is_set(self) -> bool:
        return self._for_thread.is_set()

    def check(self) -> None:
        """
        :raises Cancelled: the flag is set.
        """
        if self.is_set():
            raise Cancelled("cancelled", "Run the command again to go on.")


class DeviceThread:
    """Runs jobs one after the other in a thread of its own."""

    def __init__(self, name: str = "ledger-device") -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, job: Callable[[], T], cancel: CancelFlag) -> T:
        """Run a job and wait for its value or error.

        When the awaiting task itself is cancelled, `cancel` is set and the job's end is awaited first, so that
        nobody else meets a half-done exchange.
        """
        future: Future[T] = Future()
        self._jobs.put((job, future))
        done = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            cancel.set()
            await asyncio.wait([done])
            if not done.cancelled():
                done.exception()  # taken note of: the cancellation is what the caller sees
            raise

    def close(self) -> None:
        """End the thread after the jobs that are queued."""
        self._jobs.put(None)

    def join(self, seconds: float) -> bool:
        """Wait for the end of the thread; False when it is still busy."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, future = entry
            if not future.set_running_or_notify_cancel():
                continue
            try:
                value = job()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(value)
            del entry, job, future
