"""A warm process that starts the program again and again; runs as `python -m tests.support.crash.zygote`.

A start that is killed at a chosen step, or waits for the test, has a child of its own. All others, failing disks
included, follow each other in one child. Requests come in, exit codes go out, pickled.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from unittest.mock import patch

from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service import device_side
from tests.support.crash.disk import Disk
from tests.support.crash.orders import Disturbance, Ended, Request, Steps
from tests.support.crash.world import Home, Order, Program
from tests.support.forks import Successor, exit_code, forked, orders, send
from tests.support.remembered import remembered_ids
from tests.support.worded_once import worded_once

HANGING_SECONDS = 60
"""A child that is still running then is ended by SIGALRM: a hang is a failure, never a stuck test."""


def main() -> None:
    """Warm up with a whole run, then serve requests until the input ends."""
    with patch.object(device_side, "in_batches", remembered_ids), worded_once():
        with tempfile.TemporaryDirectory() as scratch:
            _result(Program(Home(Path(scratch) / "home"), Order("recover"), lambda item: None))
        gc.disable()  # a look through the shared memory would copy it into every short-lived child
        gc.freeze()
        send(sys.stdout.buffer, os.getpid())
        undisturbed = Successor(_child)
        for request in orders(sys.stdin.buffer):
            code = exit_code(forked(partial(_child, request))) if request.alone else undisturbed.code_of(request)
            send(sys.stdout.buffer, code)
        undisturbed.end()


def _child(request: Request) -> None:
    signal.alarm(HANGING_SECONDS)
    home = Home(request.root)
    steps = Counted(request.disturbance, home.root)
    with home.notes.open("ab", buffering=0) as notes:

        def note(item: object) -> None:
            notes.write(pickle.dumps(item))
            os.fsync(notes.fileno())

        program = Program(home, request.order, note, steps.event, lambda: _pause(home))
        ended = _run(program, steps)
    signal.alarm(0)
    unfinished = home.ending.with_suffix(".new")
    unfinished.write_bytes(pickle.dumps(ended))
    unfinished.replace(home.ending)


def _run(program: Program, steps: Counted) -> Ended:
    result: RunResult | None = None
    error: tuple[str, str, str] | None = None
    defect = ""
    steps.begin()
    try:
        result = _result(program)
    except LedgerRecoveryError as failure:
        error = (type(failure).__name__, failure.sentence, failure.hint)
    except BaseException:
        defect = traceback.format_exc()
    finally:
        steps.end()
    return Ended(result, error, defect, steps.count)


def _result(program: Program) -> RunResult:
    """Run the program on a loop of its own."""
    results: list[RunResult] = []

    async def run() -> None:
        # Not returned: `asyncio.run` would write the whole of it out when it gives the signal handler back.
        results.append(await program.run())

    asyncio.run(run())
    return results[0]


def _pause(home: Home) -> None:
    """Tell the test that this point is reached, and wait until it says to go on."""
    home.pipe("reached").write_bytes(b"%d" % os.getpid())
    with home.pipe("go").open("rb", buffering=0) as go:
        go.read(2)


class Counted:
    """Counts the steps of one child, and disturbs it at the chosen one."""

    def __init__(self, disturbance: Disturbance | None, root: Path) -> None:
        self._chosen = disturbance
        self._root = root
        self._disk = Disk() if Disk.present() else None
        self._steps = 0

    @property
    def count(self) -> int:
        counts_disk = self._chosen is not None and self._chosen.steps is Steps.DISK and self._disk is not None
        return self._disk.count if counts_disk and self._disk is not None else self._steps

    def event(self) -> None:
        if self._chosen is not None and self._chosen.steps is Steps.EVENTS:
            self._step(self._chosen.at)

    def begin(self) -> None:
        chosen = self._chosen
        if chosen is None:
            return
        if chosen.steps is Steps.CALLS:
            sys.setprofile(self._profiler(chosen.at))
        elif chosen.steps is Steps.DISK and self._disk is not None:
            self._disk.arm(self._root, chosen.action, chosen.at, chosen.error)

    def end(self) -> None:
        sys.setprofile(None)
        if self._disk is not None:
            self._disk.disarm()

    def _profiler(self, at: int) -> Callable[[FrameType, str, object], None]:
        def step(frame: FrameType, what: str, argument: object) -> None:
            self._step(at)

        return step

    def _step(self, at: int) -> None:
        if self._steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._steps += 1


if __name__ == "__main__":
    main()
