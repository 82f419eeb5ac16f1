"""kill -9 of the Box at 200 random points while a client keeps changing: the old generation or the new one, always.

The points are random but the same in each run: before, within or after the n-th call that changes a file, or at the
n-th call or return of any function of the Box, from its start on or from the first upload on.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger_recovery.box import admin
from ledger_recovery.box.check import check
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.backups.flushing import step
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from tests.support.backups.computer import DEADLINE, Computer, bare_computer, entry, new_computer
from tests.support.backups.disk_of_box import OnDisk, on_disk
from tests.support.backups.orders import Kill, Steps
from tests.support.backups.warm_process import Warm, WarmBox
from tests.support.crash.disk import KILLING
from tests.unit.wallet.rows import address

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")

SEEDS = 10
KILLS_OF_A_SEED = 20
MOST_MORE = 30
"""Kills that follow while a seed has only hit one side of the commit: a busy machine moves the points a little."""

MOST_UPLOADS = 30
"""Of one life of a Box; every point is long passed by then."""

ONE_UPLOAD = {Steps.DISK: 18, Steps.CALLS: 6_000}
"""About so many steps has the first upload that a Box gets after its start; its upkeep may add some."""

ONE_START = {Steps.DISK: 30, Steps.CALLS: 8_000}
"""About so many steps has a start of the Box."""


@dataclass
class Tally:
    """How the Boxes died."""

    at_start: int = 0
    stored_unheard: int = 0
    not_stored: int = 0
    steps: set[Steps] = field(default_factory=set)

    @property
    def both_sides(self) -> bool:
        """Some died before the new generation was there, some after it."""
        return bool(self.not_stored and self.stored_unheard)


@dataclass
class Life:
    """A Box's directory and a client that has it open all the time. `saved`: what the client was told is saved."""

    warm: Warm
    directory: Path
    computer: Computer
    store: WalletStore
    secret: SecretBytes
    port: int
    chance: random.Random
    tally: Tally
    saved: OnDisk
    changes: int = 0

    def one_kill(self) -> None:
        """Start the Box, change and upload until it dies, and look at what lies there."""
        kill = self._kill()
        box = self.warm.box(self.directory, port=self.port, kill=kill)
        if box is None:
            self.tally.at_start += 1
            attempted = self.saved
        else:
            attempted = self._until_it_dies(box)
        self.tally.steps.add(kill.steps)
        self._assert_old_or_new(attempted)

    def _kill(self) -> Kill:
        steps = self.chance.choice([Steps.CALLS, *[Steps.DISK] * 3 * self.warm.has_disk])
        from_start = self.chance.random() < 0.15
        most = (ONE_START if from_start else ONE_UPLOAD)[steps]
        # Half of the points around the moment at which the new generation comes to be, near the end.
        least = 0 if from_start or self.chance.random() < 0.5 else most * 2 // 3
        return Kill(steps, self.chance.randrange(least, most), self.chance.choice(KILLING), from_start)

    def _until_it_dies(self, box: WarmBox) -> OnDisk:
        """What the upload would have stored under which it died."""
        for _ in range(MOST_UPLOADS):
            self.changes += 1
            with self.store.address_book() as book:
                book.add(address(self.changes), entry(self.changes))
            told = asyncio.run(
                step(self.computer.settings, self.store, self.computer.deps, deadline=DEADLINE, at_once=True)
            )
            attempted = frozenset(row.name for row in self.store.snapshot().address_book)
            if told.kind is not BackupKind.SAVED:
                assert told.kind is BackupKind.FAILING, told.sentence
                assert told.pending is not None
                assert box.died(), told.sentence
                return OnDisk(self.saved.generation + 1, "", attempted)
            assert told.saved is not None
            self.saved = OnDisk(told.saved.generation, told.saved.digest, attempted)
        raise AssertionError("the Box did not die")

    def _assert_old_or_new(self, attempted: OnDisk) -> None:
        """Everything that is kept opens, and the newest is what was saved or what was being saved."""
        newest = on_disk(self.directory, self.secret)[-1]
        if newest.digest == self.saved.digest:
            assert newest == self.saved
            self.tally.not_stored += attempted != self.saved
        else:
            assert (newest.generation, newest.entries) == (attempted.generation, attempted.entries)
            self.tally.stored_unheard += 1
            # The client will recognise it: nothing is uploaded twice.
            self.saved = newest


@contextmanager
def living(warm: Warm, folder: Path, seed: int, tally: Tally) -> Iterator[Life]:
    """A Box with a first backup, which was then killed, and the client."""
    box = warm.box(folder / "box")
    assert box is not None
    computer = new_computer(folder / "computer")

    async def enabled() -> SecretBytes:
        await computer.pair(box.link)
        return await computer.enable()

    secret = asyncio.run(enabled())
    box.kill()
    (first,) = on_disk(folder / "box", secret)
    with WalletStore.open(computer.settings.wallet) as store:
        chance = random.Random(seed)
        yield Life(warm, folder / "box", computer, store, secret, box.port, chance, tally, first)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_box_killed_anywhere_has_the_old_generation_or_the_new_one(warm: Warm, fast_path: Path, seed: int) -> None:
    tally = Tally()
    with living(warm, fast_path, seed, tally) as life:
        for _ in range(KILLS_OF_A_SEED):
            life.one_kill()
        for _ in range(MOST_MORE):
            if tally.both_sides and len(tally.steps) == 1 + warm.has_disk:
                break
            life.one_kill()
    assert tally.both_sides, "the points are all on one side of the commit"
    _assert_restores(warm, life)


def _assert_restores(warm: Warm, life: Life) -> None:
    """Nothing was lost on the way: started once more, the Box takes the rest, and a new computer gets all of it."""
    box = warm.box(life.directory, port=life.port)
    assert box is not None
    new = bare_computer(life.computer.folder.with_name("new"))

    async def restored() -> None:
        told = await life.computer.flush()
        assert told.kind is BackupKind.SAVED, told.sentence
        await new.pair(admin.offer(life.directory).link)
        result = await new.restore(life.secret)
        assert result.linked and result.status.kind is BackupKind.SAVED

    asyncio.run(restored())
    assert new.entries() == {entry(number) for number in range(1, life.changes + 1)}
    assert new.everything() == life.computer.everything()
    box.kill()
    assert check(life.directory, read_data=True).problems == ()
