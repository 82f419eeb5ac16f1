"""One machine of the crash tests: starts the program on a home, disturbed or not, and looks at what lies on its disk.

Looking is done on a copy: opening a database mends it, and the next start has to meet what the crash left.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import select
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chain.model import Sighting
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.model import CellKey
from ledger_recovery.recover.scan import Answer
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from tests.support.crash.disk import preloaded
from tests.support.crash.orders import Disturbance, Ended, Request
from tests.support.crash.world import Home, Order

WAIT_SECONDS = 60.0


class Machine:
    """The warm process and its children. `library`: the faulty disk, None for the real one."""

    def __init__(self, library: Path | None) -> None:
        self.disk = library
        command = [sys.executable, "-m", "tests.support.crash.zygote"]
        root = Path(__file__).parents[3]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=preloaded(library), cwd=root
        )
        self._answer()

    def start(self, home: Home, order: Order, disturbance: Disturbance | None = None) -> int:
        """Run the program to its end; its exit code, negative the number of the signal that killed it."""
        self.begin(home, order, disturbance)
        return self.wait()

    def begin(self, home: Home, order: Order, disturbance: Disturbance | None = None) -> None:
        """Start the program; `wait` for it before the next one."""
        home.ending.unlink(missing_ok=True)
        home.notes.unlink(missing_ok=True)
        if self._process.stdin is None:
            raise RuntimeError("the warm process has no input")
        pickle.dump(Request(home.root, order, disturbance), self._process.stdin)
        self._process.stdin.flush()

    def wait(self) -> int:
        return self._answer()

    def close(self) -> None:
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _answer(self) -> int:
        if self._process.stdout is None:
            raise RuntimeError("the warm process has no output")
        return int(pickle.load(self._process.stdout))  # noqa: S301  # from our own child


def ended(home: Home) -> Ended:
    """How the last child ended; it was not killed."""
    told = pickle.loads(home.ending.read_bytes())  # noqa: S301  # from our own child
    assert isinstance(told, Ended)
    assert not told.defect, told.defect
    return told


def notes(home: Home) -> list[object]:
    """What the last child noted, in order."""
    items: list[object] = []
    if home.notes.exists():
        with home.notes.open("rb") as file:
            while True:
                try:
                    items.append(pickle.load(file))  # noqa: S301  # from our own child
                except EOFError:
                    break
    return items


@dataclass(frozen=True)
class Found:
    """What lies on the disk. `runs`: whole, newest first; `problems`: of both integrity checks."""

    runs: tuple[RunRecord, ...] = ()
    wallet: WalletSnapshot | None = None
    problems: tuple[str, ...] = ()

    @property
    def run(self) -> RunRecord | None:
        return self.runs[0] if self.runs else None

    @property
    def unfinished(self) -> bool:
        return self.run is not None and not self.run.ending

    @property
    def approved(self) -> frozenset[IdentityRef]:
        """Indices that need no approval any more."""
        return frozenset(i.identity for i in self.run.indices if i.keys is not None) if self.run else frozenset()

    @property
    def answers(self) -> dict[CellKey, Answer]:
        """What a node has answered in the newest run, either way."""
        found: dict[CellKey, Answer] = {}
        for index in self.run.indices if self.run else ():
            found |= index.evidence.by_address | index.evidence.direct
        return {key: answer for key, answer in found.items() if isinstance(answer, Sighting)}


def look(home: Home) -> Found:
    """Everything of a home, read from a copy; the home itself stays as it is."""
    with copied(home) as copy:
        runs, problems = _journal(copy.settings.journal)
        found = _wallet(copy.settings.wallet)
        return Found(runs, found.wallet, (*problems, *found.problems))


def _journal(path: Path) -> tuple[tuple[RunRecord, ...], tuple[str, ...]]:
    if not path.exists():
        return (), ()
    with Journal(path) as journal:
        runs = tuple(journal.load(r.run_id) for r in journal.runs())
    with closing(sqlite3.connect(path)) as db:
        told = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    return runs, tuple(line for line in told if line != "ok")


def _wallet(path: Path) -> Found:
    if not path.exists():
        return Found()
    content = hashlib.sha256()
    for file in (path, path.with_name(path.name + "-wal")):
        content.update(file.read_bytes() if file.exists() else b"")
    if content.digest() not in _seen:
        with WalletStore.open(path) as store:
            _seen[content.digest()] = Found(wallet=store.snapshot(), problems=store.integrity_check())
    return _seen[content.digest()]


_seen: dict[bytes, Found] = {}
"""Wallet files looked at before: most starts leave the same ones."""


@contextmanager
def copied(home: Home) -> Iterator[Home]:
    """A copy of a home that may be opened, cut and broken."""
    copy = Home(home.root.with_name(home.root.name + ".copy"))
    if home.root.exists():
        shutil.copytree(home.root, copy.root)
    try:
        yield copy
    finally:
        shutil.rmtree(copy.root, ignore_errors=True)


@dataclass
class Paused:
    """A program under way. `code`: its exit code, once the block has ended."""

    process: int
    code: int | None = None


@contextmanager
def paused(machine: Machine, home: Home, order: Order) -> Iterator[Paused]:
    """The program is under way and waits before an approval; when the block ends it goes on, to its end."""
    handles = {}
    for name in ("reached", "go"):
        os.mkfifo(home.pipe(name))
        handles[name] = os.open(home.pipe(name), os.O_RDWR | os.O_NONBLOCK)  # never waits for the other side
    machine.begin(home, order)
    try:
        ready, _, _ = select.select([handles["reached"]], [], [], WAIT_SECONDS)
        assert ready, "the program did not come to its pause"
        under_way = Paused(int(os.read(handles["reached"], 20)))
        try:
            yield under_way
        finally:
            os.write(handles["go"], b"go")
            under_way.code = machine.wait()
    finally:
        for handle in handles.values():
            os.close(handle)
