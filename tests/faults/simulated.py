"""A driver session without threads, sockets and passing time: what a test simulates happens at once and repeatably."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ledger_recovery.device.apps.concordium import concordium_profile
from ledger_recovery.device.connection import Connection
from ledger_recovery.device.interaction import Interaction, Silent
from ledger_recovery.device.means import Means
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.device.telling import Teller
from ledger_recovery.device.thread import CancelFlag, DeviceThread
from ledger_recovery.device.transport.base import Cancel, Found, Transport, check_patience, unasked

T = TypeVar("T")
MAX_STEPS = 100_000
EMULATED = Found("tcp:127.0.0.1:9999", "nanosp", None, emulated=True)


class InlineThread(DeviceThread):
    """Runs jobs where it is called."""

    def __init__(self) -> None:
        pass

    async def run(self, job: Callable[[], T], cancel: CancelFlag) -> T:
        return job()

    def close(self) -> None:
        pass

    def join(self, seconds: float) -> bool:
        return True


class SimulatedClock:
    """Time passes only by waiting."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def wait(self, seconds: float, event: asyncio.Event) -> bool:
        self.time += seconds
        return event.is_set()


class OneTransport:
    """A bus whose every path leads to what `make` makes."""

    def __init__(self, make: Callable[[], Transport]) -> None:
        self._make = make

    def usb_devices(self) -> tuple[Found, ...]:
        return ()

    def transport(self, found: Found) -> Transport:
        return self._make()


def session_over(
    make: Callable[[], Transport],
    clock: SimulatedClock,
    options: SessionOptions,
    interaction: Interaction | None = None,
) -> DeviceSession:
    """A session with the device that every transport of `make` leads to."""
    thread, told = InlineThread(), interaction or Silent()
    connection = Connection(EMULATED, OneTransport(make), clock, options, thread)
    means = Means(connection, told, Teller(told), clock, options, thread)
    return DeviceSession(concordium_profile(options.allow_format), means, "")


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing real to its end, without an event loop."""
    try:
        for _ in range(MAX_STEPS):
            coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    coroutine.close()
    raise AssertionError("the code under test waits for ever")


class SlowLedger:
    """A device that takes one request after the other and answers each when it likes.

    An answer goes to the handle that is open at that moment, whoever asked through it; with none open it is lost. While
    a prompt waits, a further command is queued or, as on API level 22, swallowed.

    `answer`: request -> raw answer. `delay`: request -> (seconds until the answer, whether a prompt waits meanwhile).
    """

    def __init__(
        self,
        clock: SimulatedClock,
        answer: Callable[[bytes], bytes],
        delay: Callable[[bytes], tuple[float, bool]],
        *,
        swallows: bool,
    ) -> None:
        self.clock = clock
        self.handle: LateTransport | None = None
        self.idle_at = 0.0
        self._prompt_until = 0.0
        self._answer = answer
        self._delay = delay
        self._swallows = swallows
        self._due: deque[tuple[float, bytes, bytes]] = deque()

    def take(self, request: bytes) -> None:
        if self._swallows and self.clock.time < self._prompt_until:
            return
        seconds, prompts = self._delay(request)
        self.idle_at = max(self.idle_at, self.clock.time) + seconds
        if prompts:
            self._prompt_until = self.idle_at
        self._due.append((self.idle_at, request, self._answer(request)))

    def deliver(self) -> None:
        """Hand out what is due by now."""
        while self._due and self._due[0][0] <= self.clock.time:
            _, request, raw = self._due.popleft()
            if self.handle is not None:
                self.handle.inbox.append((request, raw))

    def next_due(self) -> float:
        return self._due[0][0] if self._due else float("inf")


class LateTransport:
    """A handle of a `SlowLedger`. Time jumps to what happens next.

    `person`: called after each jump; does what is due and tells when the person acts next.
    `stale`: how often an answer to another request was taken for the answer to this one.
    """

    stale = 0

    def __init__(self, ledger: SlowLedger, person: Callable[[], float], *, lasting: bool) -> None:
        self.inbox: deque[tuple[bytes, bytes]] = deque()
        self._ledger = ledger
        self._person = person
        self._lasting = lasting

    @property
    def found(self) -> Found:
        return EMULATED

    @property
    def lasting(self) -> bool:
        return self._lasting

    def open(self) -> None:
        self._ledger.deliver()
        self._ledger.handle = self

    def close(self) -> None:
        if self._ledger.handle is self:
            self._ledger.handle = None

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        ledger, clock = self._ledger, self._ledger.clock
        ledger.deliver()
        if self.inbox:
            raise unasked()
        ledger.take(apdu)
        while True:
            acts = self._person()
            check_patience(clock.now, deadline, cancelled)
            clock.time = max(clock.time, min(ledger.next_due(), acts, float("inf") if deadline is None else deadline))
            ledger.deliver()
            if self.inbox:
                request, raw = self.inbox.popleft()
                LateTransport.stale += request != apdu
                return raw
