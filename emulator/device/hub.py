"""Joins the machine with the ports: who gets an answer, who is told of new texts, what time does.

Answers go as in Speculos 0.27.1: to the newest TCP connection and to every waiting REST caller, whoever asked.
Runs on one event loop; methods are synchronous unless they wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

from emulator.device.machine import Drawn, Ended, Event, Machine, Replied, Replugged

TICK_SECONDS = 0.1
MAX_HISTORY = 20_000
MAX_BACKLOG = 1000
MAX_DELAY_SECONDS = 3600.0
_RAW_MARK = b"RAW!"
_TAG_BUTTON = 0x05
_TAG_FINGER = 0x0C
_TAG_TICKER = 0x0E
_FINGER_DOWN = 0x01

EventObject = dict[str, str | int | bool]


class DeviceGone(Exception):
    """The device ended, or was replugged, while somebody waited for it."""


class ApduReceiver(Protocol):
    """A TCP connection that can be sent answers."""

    def send_answer(self, payload: bytes) -> None:
        """Send data and status word in an answer frame."""

    def close(self) -> None:
        """Close after what was sent."""


class _Waiter:
    """A REST caller that waits for the next answer; the deadline counts ticks."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

    def finish(self, payload: bytes | None) -> None:
        if not self.answer.done():
            self.answer.set_result(payload)


class Hub:
    """One device and everybody who is connected to it."""

    def __init__(self, machine: Machine, on_drawn: Callable[[list[str]], None] | None = None) -> None:
        self.machine = machine
        self.paused = False
        self.ticks = 0
        self.history: deque[EventObject] = deque(maxlen=MAX_HISTORY)
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._on_drawn = on_drawn
        self._waiters: set[_Waiter] = set()
        self._streams: set[asyncio.Queue[EventObject | None]] = set()
        self._connections: set[ApduReceiver] = set()
        self._newest: ApduReceiver | None = None
        self._mid_frame: set[object] = set()
        self._backlog: deque[Callable[[], list[Event]]] = deque(maxlen=MAX_BACKLOG)
        self._spread(machine.start())

    # Inputs

    def submit(self, packet: bytes) -> None:
        """An APDU for the app, or an internal event of Speculos (`RAW!`, tag, data)."""
        if packet.startswith(_RAW_MARK) and len(packet) > len(_RAW_MARK):
            self._raw(packet[4], packet[5:])
        else:
            self._stimulate(lambda: self.machine.receive(packet))

    def press(self, mask: int) -> None:
        """Buttons that are down now: 1 left, 2 right, 3 both, 0 none."""
        self._stimulate(lambda: self.machine.buttons(mask))

    def finger(self, x: int, y: int, down: bool) -> None:
        """A finger goes down or up."""
        self._stimulate(lambda: self.machine.finger(x, y, down))

    def tick(self) -> None:
        """0.1 s passes for the device and for the deadlines of waiting callers."""
        self.ticks += 1
        self._spread(self.machine.tick())
        for waiter in list(self._waiters):
            if self.ticks >= waiter.deadline:
                waiter.finish(None)

    def control(self, change: Callable[[Machine], list[Event]]) -> None:
        """Change the machine from outside (lock, open an app, quit); never held up by a half frame."""
        self._spread(change(self.machine))

    def replace(self, machine: Machine) -> None:
        """Another device is plugged in."""
        self.machine = machine
        self._spread([Replugged(), *machine.start()])

    def _raw(self, tag: int, data: bytes) -> None:
        if tag == _TAG_BUTTON and data:
            self.press(data[0] >> 1)
        elif tag == _TAG_FINGER and len(data) >= 5:
            x, y = int.from_bytes(data[1:3], "big"), int.from_bytes(data[3:5], "big")
            self.finger(x, y, data[0] == _FINGER_DOWN)
        elif tag == _TAG_TICKER:
            self._stimulate(self.machine.tick)

    def _stimulate(self, stimulus: Callable[[], list[Event]]) -> None:
        if self._mid_frame:
            self._backlog.append(stimulus)
        else:
            self._spread(stimulus())

    def stall(self, who: object) -> None:
        """A client has sent part of a frame: Speculos' main loop stands still until it sends the rest."""
        self._mid_frame.add(who)

    def resume(self, who: object) -> None:
        """The frame is complete, or its sender gone."""
        self._mid_frame.discard(who)
        while self._backlog and not self._mid_frame:
            self._spread(self._backlog.popleft()())

    # Outputs

    def _spread(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Replied):
                self._answer(event.payload)
            elif isinstance(event, Drawn):
                self._announce(event)
            elif isinstance(event, Replugged):
                self._disconnect()
            elif isinstance(event, Ended) and not self.ended.done():
                self.ended.set_result(event.code)
                self._disconnect()
                for stream in self._streams:
                    stream.put_nowait(None)

    def _answer(self, payload: bytes) -> None:
        if self._newest is not None:
            self._newest.send_answer(payload)
        for waiter in self._waiters:
            waiter.finish(payload)

    def _announce(self, event: Drawn) -> None:
        for text in event.texts:
            self.history.append(text.event())
            for stream in self._streams:
                if stream.qsize() < MAX_HISTORY:
                    stream.put_nowait(text.event())
        if self._on_drawn is not None:
            self._on_drawn([text.text for text in event.texts])

    def _disconnect(self) -> None:
        """Cut all who wait and close all TCP connections, after what was already sent to them."""
        for waiter in self._waiters:
            waiter.finish(None)
        for connection in list(self._connections):
            connection.close()

    def attach(self, connection: ApduReceiver) -> None:
        """A TCP client connected; from now on it alone receives the answers."""
        self._connections.add(connection)
        self._newest = connection

    def detach(self, connection: ApduReceiver) -> None:
        """A TCP client is gone; older ones do not take its place."""
        self._connections.discard(connection)
        if self._newest is connection:
            self._newest = None
        self.resume(connection)

    # Waiting

    async def exchange(self, packet: bytes, tick_timeout: float) -> bytes:
        """Submit a packet and wait for the next answer the app gives to anybody.

        :param tick_timeout: ticks of 0.1 s
        :raises DeviceGone: no answer will come, or none came in time
        """
        if self.ended.done():
            raise DeviceGone
        waiter = _Waiter(self.ticks + tick_timeout)
        self._waiters.add(waiter)
        try:
            self.submit(packet)
            payload = await waiter.answer
        finally:
            self._waiters.discard(waiter)
        if payload is None:
            raise DeviceGone
        return payload

    async def wait(self, delay: float) -> None:
        """Let `delay` seconds pass for the device; at once, as ticks, while its time is paused.

        :raises DeviceGone: it ended meanwhile
        """
        delay = min(max(delay, 0.0), MAX_DELAY_SECONDS) if not math.isnan(delay) else 0.0
        if self.paused:
            for _ in range(round(delay / TICK_SECONDS)):
                self.tick()
        elif delay > 0:
            await asyncio.wait([self.ended], timeout=delay)
        if self.ended.done():
            raise DeviceGone

    def open_stream(self) -> asyncio.Queue[EventObject | None]:
        """A queue of new texts; None when the device ends."""
        stream: asyncio.Queue[EventObject | None] = asyncio.Queue()
        if self.ended.done():
            stream.put_nowait(None)
        self._streams.add(stream)
        return stream

    def close_stream(self, stream: asyncio.Queue[EventObject | None]) -> None:
        """Nobody reads this queue any more."""
        self._streams.discard(stream)

    async def run_clock(self) -> None:
        """Tick every 0.1 s until cancelled, unless paused."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(TICK_SECONDS)
                if not self.paused:
                    self.tick()
