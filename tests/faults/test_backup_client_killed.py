"""kill -9 of a client at 100 random points of changes and uploads: no change without a later backup.

The points are random but the same in each run: before, within or after the n-th call that changes a file, or at the
n-th call or return of any function.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from tests.support.backups.computer import Computer, entry, new_computer
from tests.support.backups.disk_of_box import on_disk
from tests.support.backups.orders import Kill, Steps
from tests.support.backups.warm_process import KILLED, Warm
from tests.support.crash.disk import KILLING

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")

SEEDS = 5
KILLS_OF_A_SEED = 20
ONE_START = {Steps.DISK: 112, Steps.CALLS: 88_000}
"""About so many steps has a change with the upload after it."""


@dataclass
class Life:
    """A computer whose programs are killed, and its Box, which is well. `attempted`: changes that were begun."""

    warm: Warm
    box: Path
    computer: Computer
    secret: SecretBytes
    chance: random.Random
    attempted: int = 0
    queued: int = 0
    saved: int = 0

    def one_kill(self) -> None:
        """Start programs that make one change each until one is killed, and look at what it left."""
        for _ in range(10):
            self.attempted += 1
            code = self.warm.work(self.computer.folder, (self.attempted,), self._kill())
            self._assert_nothing_forgotten()
            if code == KILLED:
                return
            assert code == 0, "the program failed without being killed"
        raise AssertionError("nobody was killed")

    def _kill(self) -> Kill:
        steps = self.chance.choice([Steps.CALLS, *[Steps.DISK] * self.warm.has_disk])
        most = ONE_START[steps]
        # Half of the points in the last third, where the upload is on its way: no file changes then, so calls count.
        least = 0 if self.chance.random() < 0.5 else most * 2 // 3
        return Kill(steps, self.chance.randrange(least, most), self.chance.choice(KILLING))

    def _assert_nothing_forgotten(self) -> None:
        """What is in the wallet is in the newest backup, or it is queued."""
        held, pending = self._left()
        assert held <= {entry(number) for number in range(1, self.attempted + 1)}
        newest = on_disk(self.box, self.secret)[-1]
        assert newest.entries <= held, "a backup of a change that was rolled back"
        if pending:
            self.queued += newest.entries != held
        else:
            assert newest.entries == held, "a change that is in no backup, and none is queued"
            self.saved += 1

    def _left(self) -> tuple[frozenset[str], bool]:
        """From a copy: names in the address book, and whether a backup is queued."""
        copy = self.computer.copy(self.computer.folder.with_name("look"))
        try:
            with WalletStore.open(copy.settings.wallet) as store:
                names = frozenset(row.name for row in store.snapshot().address_book)
                return names, store.backups().state().pending is not None
        finally:
            shutil.rmtree(copy.folder)


@contextmanager
def living(warm: Warm, folder: Path, seed: int) -> Iterator[Life]:
    box = warm.box(folder / "box")
    assert box is not None
    computer = new_computer(folder / "computer")

    async def enabled() -> SecretBytes:
        await computer.pair(box.link)
        return await computer.enable()

    yield Life(warm, folder / "box", computer, asyncio.run(enabled()), random.Random(seed))
    box.kill()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_client_killed_anywhere_leaves_no_change_without_a_backup(warm: Warm, fast_path: Path, seed: int) -> None:
    with living(warm, fast_path, seed) as life:
        for _ in range(KILLS_OF_A_SEED):
            life.one_kill()
        told = asyncio.run(life.computer.flush())
        assert told.kind is BackupKind.SAVED, told.sentence
        held, pending = life.computer.entries(), life.computer.state().pending
        assert (on_disk(life.box, life.secret)[-1].entries, pending) == (held, None)
    outbox = life.computer.settings.state_dir / "backup-outbox"
    assert life.queued and life.saved, "the points are all on one side of the upload"
    assert [path.suffix for path in outbox.iterdir()] == [".lock"], "what was under way is still lying there"
