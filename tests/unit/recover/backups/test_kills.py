"""Killed at every request of a longer flow, before it or after it took effect: run again, it comes to the same end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.secret import SecretBytes
from tests.support.memory_box import MemoryBox
from tests.unit.recover.backups.machines import Machine, new_machine


class Killed(BaseException):
    """The process ends here."""


class CountDown:
    """Kills at the n-th step."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.killed = False

    def __call__(self, _step: str) -> None:
        if self.left == 0:
            self.killed = True
            raise Killed
        self.left -= 1


async def _killed_at(box: MemoryBox, steps: int, flow: Callable[[], Awaitable[object]]) -> bool:
    """Whether the flow got as far as that step."""
    box.trip = count = CountDown(steps)
    try:
        await flow()
    except Killed:
        pass
    finally:
        box.trip = lambda _: None
    return count.killed


@pytest.mark.parametrize("steps", [0, 5, 8])
async def test_a_restore_killed_anywhere_is_finished_by_another(
    tmp_path: Path, machine: Machine, box: MemoryBox, empty_wallet: Path, steps: int
) -> None:
    machine.change(1)
    secret = await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    await machine.flush()
    other = new_machine(tmp_path / "other", box, empty_wallet)
    await other.pair()
    other.change(2)
    killed = await _killed_at(box, steps, lambda: other.restore(secret))
    assert killed, "the flow became shorter: nothing was killed"
    result = await other.restore(secret)
    assert (result.linked, result.did_problem, result.status.kind) == (True, None, BackupKind.SAVED)
    assert other.entries() == {"entry 1", "entry 2"}
    assert result.dids_known == (row.did,)
    assert (await backups.drill(other.settings, secret, deps=other.deps)).equal


@pytest.mark.parametrize("steps", [1, 3])
async def test_enabling_killed_anywhere_is_all_or_nothing(machine: Machine, box: MemoryBox, steps: int) -> None:
    machine.change(1)
    await machine.pair()
    with backups.prepare_enable(machine.settings, deps=machine.deps) as new:
        secret = SecretBytes(new.secret.reveal())
        await _killed_at(box, steps, lambda: backups.enable(machine.settings, new, deps=machine.deps))
    if machine.state().link is None:
        assert all(kept.generations == [] for kept in box.backups.values())
        return
    assert (await machine.flush()).kind is BackupKind.SAVED
    assert (await backups.drill(machine.settings, secret, deps=machine.deps)).equal


@pytest.mark.parametrize("steps", [4, 8, 10])
async def test_a_rotation_killed_anywhere_loses_no_backup(machine: Machine, box: MemoryBox, steps: int) -> None:
    machine.change(1)
    old = await machine.enable()
    await backups.did_create(machine.settings, "me", deps=machine.deps)
    await machine.flush()
    with backups.prepare_rotate(machine.settings, deps=machine.deps) as new:
        fresh = SecretBytes(new.secret.reveal())
        killed = await _killed_at(
            box, steps, lambda: backups.rotate(machine.settings, old, new, keep_days=None, deps=machine.deps)
        )
    assert killed
    with owner_keys(old) as before, owner_keys(fresh) as after:
        link = machine.state().link
        assert link is not None
        switched = link.backup_id == after.backup_id
        secret = fresh if switched else old
        if not switched or machine.state().saved is None:
            assert before.backup_id in box.backups, "the old backup went before the new one was there"
    assert (await machine.flush()).kind is BackupKind.SAVED
    assert (await backups.drill(machine.settings, secret, deps=machine.deps)).equal
    if switched:
        result = await backups.finish_rotation(machine.settings, old, keep_days=None, deps=machine.deps)
        assert result.old_removed
        assert len(box.backups) == 1


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_a_reset_killed_anywhere_is_finished_by_another(machine: Machine, box: MemoryBox, steps: int) -> None:
    secret = await machine.enable()

    async def reset() -> object:
        return await backups.factory_reset(machine.settings, secret, on_box=True, deps=machine.deps)

    await _killed_at(box, steps, reset)
    await reset()
    assert (box.backups, machine.keyring.kept) == ({}, {})
    assert not machine.settings.wallet.exists()
