"""The ordinary life of a backup: enable, change, upload, restore elsewhere, disable; a Box that is away for a while."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from ledger_recovery.errors import BoxError, InputError, KeyringError, NoSuchBackup, NotWords
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.wallet_files import rename_address
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from tests.support.memory_box import MemoryBox
from tests.unit.recover.backups.machines import Machine
from tests.unit.wallet.rows import EVERYTHING, address


async def test_a_wallet_is_off_until_backups_are_enabled(machine: Machine, bare: Machine) -> None:
    assert backups.status(bare.settings, bare.deps).kind is BackupKind.OFF
    machine.change(1)
    told = await machine.flush()
    assert told.kind is BackupKind.OFF
    assert backups.status_line(told).startswith("backup: off")


async def test_enabling_saves_at_once_and_every_change_after_it(machine: Machine, box: MemoryBox) -> None:
    machine.change(1)
    await machine.enable()
    told = backups.status(machine.settings, machine.deps)
    assert (told.kind, told.saved and told.saved.generation) == (BackupKind.SAVED, 1)
    assert told.saved is not None
    assert told.saved.holds.addresses == 1
    assert "keyring" in str(told.key_place)
    machine.change(2)
    assert backups.status(machine.settings, machine.deps).kind is BackupKind.PENDING
    told = await machine.flush()
    assert told.saved is not None
    assert (told.kind, told.saved.generation) == (BackupKind.SAVED, 2)
    assert "generation 2: 2 address book entries" in backups.status_line(told)
    (kept,) = box.backups.values()
    assert [one.generation for one, _, _ in kept.generations] == [1, 2]


async def test_a_burst_of_changes_is_one_generation(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    for number in range(10):
        machine.change(number)
    await machine.flush()
    await machine.flush()
    (kept,) = box.backups.values()
    assert len(kept.generations) == 2


async def test_a_new_computer_gets_everything_back(machine: Machine, bare: Machine) -> None:
    with WalletStore.open(machine.settings.wallet) as store:
        store.apply(EVERYTHING)
    secret = await machine.enable()
    await bare.pair()
    plan = await backups.plan_restore(bare.settings, secret, deps=bare.deps)
    assert (plan.generation, plan.rolled_back, plan.nothing_new) == (1, False, False)
    assert bare.snapshot().accounts == ()
    result = await bare.restore(secret)
    assert result.linked
    assert bare.snapshot() == machine.snapshot()
    again = await bare.restore(secret)
    assert (again.applied, again.plan.nothing_new) == (0, True)
    assert again.status.kind is BackupKind.SAVED


async def test_a_box_that_is_away_is_told_and_made_up_for(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    box.trip = _away
    machine.change(1)
    told = await machine.flush()
    assert told.kind is BackupKind.FAILING
    assert told.failing is not None
    assert (told.failing.attempts, told.failing.next_try_at) == (1, "2026-11-22T10:00:05Z")
    machine.change(2)
    box.trip = lambda _: None
    asked = len(box.asked)
    assert (await machine.flush()).kind is BackupKind.FAILING, "a try before its time"
    assert len(box.asked) == asked
    machine.later(6)
    told = await machine.flush()
    assert (told.kind, told.failing) == (BackupKind.SAVED, None)
    assert told.saved is not None
    assert told.saved.holds.addresses == 2


async def test_waits_grow_to_an_hour_and_no_further(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.change(1)
    box.trip = _away
    waits = []
    for _ in range(13):
        before = machine.clock
        told = await machine.flush()
        assert told.failing is not None
        machine.clock = machine.clock.fromisoformat(told.failing.next_try_at)
        waits.append((machine.clock - before).total_seconds())
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600
    assert told.failing is not None
    assert (told.failing.attempts, told.failing.since) == (13, "2026-11-22T10:00:00Z")


async def test_a_clock_that_was_set_back_holds_nothing_up(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.change(1)
    box.trip = _away
    await machine.flush()
    box.trip = lambda _: None
    machine.later(-30 * 86400)
    assert (await machine.flush()).kind is BackupKind.SAVED


async def test_a_box_that_hangs_ends_with_the_deadline(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.change(1)
    box.hangs = True
    told = await backups.flush(machine.settings, deadline=0.01, deps=machine.deps)
    assert told.kind is BackupKind.FAILING
    assert "did not finish within 0.01 seconds" in told.sentence


async def test_disabling_deletes_the_keys_and_keeps_the_backups(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    link = machine.state().link
    assert link is not None
    result = await backups.disable(machine.settings, deps=machine.deps)
    assert result.kept_on_box == 1
    assert machine.state().link is None
    with pytest.raises(KeyringError):
        machine.deps.keys(machine.settings).get(link.key_ref)
    assert len(box.backups) == 1
    machine.change(7)
    assert (await machine.flush()).kind is BackupKind.OFF
    with pytest.raises(InputError, match="off"):
        await backups.disable(machine.settings, deps=machine.deps)


async def test_nothing_is_switched_on_when_the_box_does_not_answer(machine: Machine, box: MemoryBox) -> None:
    await machine.pair()
    with backups.prepare_enable(machine.settings, deps=machine.deps) as new:
        box.trip = _away
        with pytest.raises(BoxError):
            await backups.enable(machine.settings, new, deps=machine.deps)
    assert machine.state().link is None
    assert len(machine.keyring.kept) == 1, "only the pairing's key"


async def test_backups_are_enabled_once(machine: Machine) -> None:
    with pytest.raises(InputError, match="no Identity Box"):
        backups.prepare_enable(machine.settings, deps=machine.deps)
    await machine.enable()
    with pytest.raises(InputError, match="on already"):
        backups.prepare_enable(machine.settings, deps=machine.deps)


async def test_words_and_backups_are_told_apart(machine: Machine, bare: Machine) -> None:
    await machine.enable()
    await bare.pair()
    with pytest.raises(NotWords):
        backups.parse_words("not words at all")
    other = SecretBytes(bytes(range(32)))
    with pytest.raises(NoSuchBackup):
        await backups.plan_restore(bare.settings, other, deps=bare.deps)
    with pytest.raises(NoSuchBackup):
        await backups.enable_with_words(bare.settings, other, deps=bare.deps)


async def test_now_saves_though_nothing_changed(machine: Machine) -> None:
    await machine.enable()
    told = await backups.now(machine.settings, deps=machine.deps)
    assert told.saved is not None
    assert told.saved.generation == 2


async def test_watch_lets_a_burst_settle_and_tells_each_state_once(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.clock = datetime.now(UTC)  # the wallet's own clock says since when something is pending

    def looked() -> None:
        if len(machine.slept) <= 3:
            machine.change(len(machine.slept))
        if len(machine.slept) == 6:
            raise asyncio.CancelledError

    machine.on_sleep = looked
    told: list[BackupKind] = []
    with pytest.raises(asyncio.CancelledError):
        await backups.watch(machine.settings, lambda status: told.append(status.kind), deps=machine.deps)
    (kept,) = box.backups.values()
    assert [one.generation for one, _, _ in kept.generations] == [1, 2], "three changes, one upload"
    assert told == [BackupKind.SAVED, BackupKind.SAVED]


async def test_renaming_is_a_change_too(machine: Machine) -> None:
    await machine.enable()
    machine.change(1)
    await machine.flush()
    rename_address(machine.settings, address(1), "other name")
    assert backups.status(machine.settings, machine.deps).kind is BackupKind.PENDING


def _away(_step: str) -> None:
    raise BoxError("the Box does not answer", "try later")
