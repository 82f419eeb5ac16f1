"""A Box that is away for a while, and two computers under the same words: nothing is lost, nothing is overwritten."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger_recovery.box import admin
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.secret import SecretBytes
from tests.support.backups.computer import Computer, bare_computer, new_computer
from tests.support.backups.disk_of_box import on_disk
from tests.support.backups.warm_process import Warm, WarmBox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork")


@dataclass
class Home:
    """A computer with backups switched on, and the Box as its own process."""

    warm: Warm
    folder: Path
    box: WarmBox
    computer: Computer
    secret: SecretBytes

    @property
    def directory(self) -> Path:
        return self.folder / "box"

    def start_again(self) -> None:
        box = self.warm.box(self.directory, port=self.box.port)
        assert box is not None
        self.box = box

    def generations(self) -> list[int]:
        return [one.generation for one in on_disk(self.directory, self.secret)]

    async def second(self) -> Computer:
        """Another computer, restored from the same words."""
        other = bare_computer(self.folder / "second")
        await other.pair(admin.offer(self.directory).link)
        assert (await other.restore(self.secret)).linked
        return other


@pytest.fixture
def home(warm: Warm, fast_path: Path) -> Iterator[Home]:
    box = warm.box(fast_path / "box")
    assert box is not None
    computer = new_computer(fast_path / "first")

    async def enabled() -> SecretBytes:
        await computer.pair(box.link)
        return await computer.enable()

    made = Home(warm, fast_path, box, computer, asyncio.run(enabled()))
    yield made
    made.box.kill()


async def test_what_changed_while_the_box_was_away_is_made_up_for_at_once(home: Home) -> None:
    home.box.kill()
    for number in (1, 2, 3):
        home.computer.change(number)
        told = await home.computer.flush()
        assert (told.kind, told.failing is not None) == (BackupKind.FAILING, True)
        assert "nothing answers at" in told.sentence
    state = home.computer.state()
    assert state.failing is not None and state.failing.attempts == 3
    assert state.pending is not None and state.pending.changes == 3
    home.start_again()
    assert home.generations() == [1]
    assert (await home.computer.flush()).kind is BackupKind.SAVED
    assert home.generations() == [1, 2], "one generation for all of it"
    assert (
        (await home.computer.on_box(home.secret)).entries
        == home.computer.entries()
        == {f"entry {n}" for n in (1, 2, 3)}
    )
    assert (home.computer.state().pending, home.computer.state().failing) == (None, None)


async def test_of_two_computers_the_later_one_is_told_and_merges(home: Home) -> None:
    home.computer.change(1)
    await home.computer.flush()
    second = await home.second()
    second.change(2)
    assert (await second.flush()).kind is BackupKind.SAVED
    theirs = on_disk(home.directory, home.secret)[-1]
    home.computer.change(3)
    told = await home.computer.flush()
    assert told.kind is BackupKind.CONFLICT
    assert f"another computer saved generation {theirs.generation}" in told.sentence
    assert "backup restore" in told.sentence
    assert (await home.computer.flush()).kind is BackupKind.CONFLICT, "time alone resolves nothing"
    assert on_disk(home.directory, home.secret)[-1] == theirs, "it was overwritten"
    result = await home.computer.restore(home.secret)
    assert result.status.kind is BackupKind.SAVED
    all_of_it = {"entry 1", "entry 2", "entry 3"}
    assert home.computer.entries() == (await home.computer.on_box(home.secret)).entries == all_of_it
    await second.restore(home.secret)
    assert second.entries() == all_of_it


async def test_two_computers_that_upload_at_the_same_moment_lose_nothing(home: Home) -> None:
    second = await home.second()
    await home.computer.restore(home.secret)
    await second.restore(home.secret)
    await home.computer.restore(home.secret)
    home.computer.change(1)
    second.change(2)
    told = await asyncio.gather(home.computer.flush(), second.flush())
    kinds = sorted(one.kind for one in told)
    assert BackupKind.CONFLICT in kinds and set(kinds) <= {BackupKind.CONFLICT, BackupKind.SAVED}
    for computer in (home.computer, second, home.computer):
        await computer.restore(home.secret)
    assert home.computer.entries() == {"entry 1", "entry 2"} == second.entries()
