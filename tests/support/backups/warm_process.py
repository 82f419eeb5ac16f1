"""The test's end of the warm process: Boxes and clients that start in milliseconds and die where they are told to."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ledger_recovery.recover.service import backups
from tests.support.backups.orders import Kill, Order, StartBox, Started, WaitFor, Work
from tests.support.crash.disk import preloaded

KILLED = -signal.SIGKILL


class Warm:
    """Use as `with`. `library`: the faulty disk, None where it cannot be built; then only `Steps.CALLS` works."""

    def __init__(self, library: Path | None) -> None:
        self.has_disk = library is not None
        self._boxes: set[int] = set()
        command = [sys.executable, "-m", "tests.support.backups.warm"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=preloaded(library),
            cwd=Path(__file__).parents[3],
        )
        self._answer()

    def box(self, directory: Path, *, port: int = 0, kill: Kill | None = None) -> WarmBox | None:
        """A Box that takes requests; None when it was killed before it did."""
        started = self._ask(StartBox(directory, port, kill))
        if not isinstance(started, Started):
            raise TypeError("the warm process gave a code for a start")
        self._boxes.add(started.pid)
        if not started.said:
            assert self.end(started.pid) == KILLED, "the Box did not start"
            return None
        return WarmBox(self, started.pid, started.said)

    def work(self, folder: Path, numbers: tuple[int, ...], kill: Kill | None = None) -> int:
        """A client makes these changes; its exit code."""
        return self._code(Work(folder, numbers, kill))

    def end(self, pid: int, *, kill: bool = False) -> int:
        """Wait for a Box; its exit code."""
        self._boxes.discard(pid)
        return self._code(WaitFor(pid, kill))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in tuple(self._boxes):
            self.end(pid, kill=True)
        self._process.communicate()

    def _code(self, order: Order) -> int:
        code = self._ask(order)
        if not isinstance(code, int):
            raise TypeError("the warm process gave no code")
        return code

    def _ask(self, order: Order) -> object:
        if self._process.stdin is None:
            raise RuntimeError("the warm process has no input")
        pickle.dump(order, self._process.stdin)
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> object:
        if self._process.stdout is None:
            raise RuntimeError("the warm process has no output")
        return pickle.load(self._process.stdout)  # noqa: S301  # from our own child


@dataclass(frozen=True)
class WarmBox:
    """A Box that runs. `link`: a pairing link of its own."""

    warm: Warm
    pid: int
    link: str

    @property
    def port(self) -> int:
        offer = backups.read_offer(self.link)
        assert isinstance(offer, backups.PairingOffer)
        return int(offer.url.rpartition(":")[2])

    def kill(self) -> None:
        """kill -9, at once."""
        self.warm.end(self.pid, kill=True)

    def died(self) -> bool:
        """Wait for its end: whether it was killed at the chosen step."""
        return self.warm.end(self.pid) == KILLED
