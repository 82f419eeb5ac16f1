"""A warm process that forks one child for each start of a Box or of a client: `python -m tests.support.backups.warm`.

Everything is imported and was used once, so that a start costs milliseconds. Orders come in, answers go out, pickled.
A child is ended by SIGKILL at a chosen step.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from ledger_recovery.box import serve as serving
from ledger_recovery.box.app import create_app
from ledger_recovery.box.config import BoxConfig, BoxLimits
from ledger_recovery.recover.service.backups import BackupKind
from tests.support.backups.computer import Computer, new_computer
from tests.support.backups.orders import Kill, Order, StartBox, Started, Steps, WaitFor, Work
from tests.support.crash.disk import Disk
from tests.support.forks import exit_code, forked, orders, send
from tests.unit.box.boxes import bundle, running_box

HANGING_SECONDS = 120
"""A child that is still running then is ended by SIGALRM: a hang is a failure, never a stuck test."""

LIMITS = BoxLimits(requests_per_minute=100_000, requests_per_minute_and_address=100_000, generations_kept=4)


def main() -> None:
    """Warm up, then serve orders until the input ends."""
    with tempfile.TemporaryDirectory() as scratch:
        _warm_up(Path(scratch))
    gc.disable()  # a look through the shared memory would copy it into every short-lived child
    send(sys.stdout.buffer, os.getpid())
    for order in orders(sys.stdin.buffer):
        send(sys.stdout.buffer, _obey(order))


def _obey(order: Order) -> Started | int:
    if isinstance(order, WaitFor):
        if order.kill:
            os.kill(order.pid, signal.SIGKILL)
        return exit_code(order.pid)
    started = _forked(order)
    return started if isinstance(order, StartBox) else _obey(WaitFor(started.pid))


def _forked(order: StartBox | Work) -> Started:
    """A child that carries out the order, once it said its first line or died."""
    reading, writing = os.pipe()

    def obey() -> None:
        os.close(reading)
        signal.alarm(HANGING_SECONDS)
        _box(order, writing) if isinstance(order, StartBox) else _work(order)

    pid = forked(obey)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return Started(pid, pipe.readline().strip() if isinstance(order, StartBox) else "")


# --- children ---------------------------------------------------------------------------------------------------


def _box(order: StartBox, told: int) -> None:
    victim = Victim(order.kill, order.directory)
    if order.kill is not None and order.kill.from_start:
        victim.begin()

    def application(*args: Any, **named: Any) -> Any:
        return _begun_by_an_upload(create_app(*args, **named), victim)

    def ready(running: serving.Running) -> None:
        os.write(told, f"{running.offer.link}\n".encode())
        os.close(told)

    with patch.object(serving, "create_app", application):
        serving.serve(BoxConfig(order.directory, "Attic", port=order.port, limits=LIMITS), ready=ready)


def _begun_by_an_upload(app: Any, victim: Victim) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("method") == "PUT":
            victim.begin()
        await app(scope, receive, send)

    return application


def _work(order: Work) -> None:
    victim = Victim(order.kill, order.folder)
    victim.begin()
    computer = Computer(order.folder)
    for number in order.numbers:
        computer.change(number)
        told = asyncio.run(computer.flush())
        if told.kind is not BackupKind.SAVED:
            raise AssertionError(told.sentence)


class Victim:
    """This process, which dies at the chosen step, counted from `begin` on."""

    def __init__(self, kill: Kill | None, root: Path) -> None:
        self._kill = kill
        self._root = root
        self._begun = False
        self._steps = 0
        if kill is not None and kill.steps is Steps.CALLS:
            threading.setprofile(self._step)  # of threads that begin later

    def begin(self) -> None:
        """Count from now on; later calls change nothing."""
        if self._begun or self._kill is None:
            return
        self._begun = True
        if self._kill.steps is Steps.DISK:
            Disk().arm(self._root, self._kill.action, self._kill.at)
        else:
            sys.setprofile(self._step)

    def _step(self, frame: FrameType, what: str, argument: object) -> None:
        if not self._begun or self._kill is None:
            return
        if self._steps == self._kill.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._steps += 1


# --- the warm process itself ------------------------------------------------------------------------------------


def _warm_up(scratch: Path) -> None:
    """A whole small life: whatever is imported or built at its first use is in memory afterwards."""
    asyncio.run(_warm_up_box(scratch / "box without a socket"))
    started = _forked(StartBox(scratch / "box", 0))
    computer = new_computer(scratch / "computer")

    async def live() -> None:
        await computer.pair(started.said)
        secret = await computer.enable()
        computer.change(1)
        await computer.flush()
        await computer.on_box(secret)

    asyncio.run(live())
    _obey(WaitFor(started.pid, kill=True))


async def _warm_up_box(directory: Path) -> None:
    async with running_box(directory) as box:
        machine = await box.enabled()
        await machine.put(bundle())


if __name__ == "__main__":
    main()
