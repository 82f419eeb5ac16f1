"""Two computers under one set of words, and kills at every step: nothing is overwritten unseen or stays unsaved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger_recovery.backup.bundle import open_bundle
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.protocol_replies import Generation
from ledger_recovery.errors import BoxError, RolledBack
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.backups.outbox import Outbox
from ledger_recovery.recover.service.backups.uploading import LOST
from ledger_recovery.secret import SecretBytes
from tests.support.memory_box import MemoryBox
from tests.unit.recover.backups.machines import Machine

STEPS = ("head:before", "put:before", "put:after")


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("changed_after", [False, True])
async def test_a_kill_at_any_step_leaves_a_backup_that_catches_up(
    machine: Machine, box: MemoryBox, step: str, changed_after: bool
) -> None:
    secret = await machine.enable()
    machine.change(1)
    box.trip = _kill_at(step)
    with pytest.raises(Killed):
        await machine.flush()
    box.trip = lambda _: None
    if changed_after:
        machine.change(2)
    assert backups.status(machine.settings, machine.deps).kind is BackupKind.PENDING
    assert (await machine.flush()).kind is BackupKind.SAVED
    assert _newest_names(box, secret) == machine.entries()
    uploads = 1 if not changed_after or step != "put:after" else 2
    assert len(_kept(box)) == 1 + uploads, "the same upload was stored twice"


async def test_a_lost_answer_is_sent_again_under_the_same_key(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.change(1)
    box.trip = _fail_at("put:before")
    await machine.flush()
    outbox = Outbox(machine.settings.state_dir, _key_ref(machine))
    first = outbox.get()
    assert first is not None
    machine.later(60)
    await machine.flush()
    assert outbox.get() == first
    box.trip = lambda _: None
    machine.later(60)
    assert (await machine.flush()).kind is BackupKind.SAVED
    assert outbox.get() is None
    (kept,) = box.backups.values()
    assert kept.idempotency[first.idempotency_key].digest == first.digest


async def test_own_upload_is_recognised_when_its_copy_is_lost_too(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.change(1)
    box.trip = _kill_at("put:after")
    with pytest.raises(Killed):
        await machine.flush()
    box.trip = lambda _: None
    Outbox(machine.settings.state_dir, _key_ref(machine)).clear()
    assert (await machine.flush()).kind is BackupKind.SAVED


async def test_two_machines_never_overwrite_each_other_and_merge(
    machine: Machine, second: Machine, box: MemoryBox
) -> None:
    machine.change(1)
    secret = await machine.enable()
    await second.pair()
    await second.restore(secret)
    assert second.entries() == {"entry 1"}
    second.change(2)
    assert (await second.flush()).kind is BackupKind.SAVED
    machine.change(3)
    before = len(_kept(box))
    told = await machine.flush()
    assert told.kind is BackupKind.CONFLICT
    assert "another computer saved generation" in told.sentence
    assert "backup restore" in told.sentence
    assert len(_kept(box)) == before
    machine.later(7200)
    assert (await machine.flush()).kind is BackupKind.CONFLICT, "waiting resolves nothing"
    result = await machine.restore(secret)
    assert result.status.kind is BackupKind.SAVED
    assert machine.entries() == {"entry 1", "entry 2", "entry 3"}
    assert _newest_names(box, secret) == {"entry 1", "entry 2", "entry 3"}


async def test_an_upload_that_comes_between_look_and_put_is_a_conflict_too(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    machine.change(1)
    (kept,) = box.backups.values()

    def sneak_in(step: str) -> None:
        if step == "put:before":
            one, data, part = kept.generations[-1]
            kept.generations.append((replace(one, generation=2, digest="ab" * 32), data, part))

    box.trip = sneak_in
    told = await machine.flush()
    assert told.kind is BackupKind.CONFLICT
    assert [one.generation for one, _, _ in kept.generations] == [1, 2]


async def test_joining_with_words_asks_for_the_merge_first(machine: Machine, second: Machine, box: MemoryBox) -> None:
    machine.change(1)
    secret = await machine.enable()
    await second.pair()
    second.change(2)
    result = await backups.enable_with_words(second.settings, secret, deps=second.deps)
    assert result.merge_first == 1
    assert result.status.kind is BackupKind.CONFLICT
    assert len(_kept(box)) == 1
    restored = await second.restore(secret)
    assert (restored.linked, restored.status.kind) == (True, BackupKind.SAVED)
    assert _newest_names(box, secret) == {"entry 1", "entry 2"}


async def test_a_box_that_lost_everything_gets_it_again(machine: Machine, box: MemoryBox) -> None:
    secret = await machine.enable()
    box.backups.clear()
    machine.change(1)
    told = await machine.flush()
    assert told.kind is BackupKind.SAVED
    assert LOST in told.notes
    assert _newest_names(box, secret) == {"entry 1"}
    assert [one.generation for one, _, _ in _kept(box)] == [2], "numbers go on"


async def test_an_old_state_of_the_box_is_refused_until_it_is_wanted(machine: Machine, box: MemoryBox) -> None:
    secret = await machine.enable()
    machine.change(1)
    await machine.flush()
    (kept,) = box.backups.values()
    kept.generations.pop()
    plan = await backups.plan_restore(machine.settings, secret, deps=machine.deps)
    assert plan.rolled_back
    assert any("already seen" in warning for warning in plan.warnings)
    with pytest.raises(RolledBack):
        await machine.restore(secret)
    with pytest.raises(RolledBack):
        await backups.verify(machine.settings, deps=machine.deps)
    result = await machine.restore(secret, accept_older=True)
    assert result.status.kind is BackupKind.SAVED
    assert _newest_names(box, secret) == {"entry 1"}


async def test_another_machines_fork_under_a_known_number_is_a_conflict(
    machine: Machine, second: Machine, box: MemoryBox
) -> None:
    """The Box is put back to an older state, and another computer goes on from there."""
    secret = await machine.enable()
    (kept,) = box.backups.values()
    await second.pair()
    await second.restore(secret)
    await machine.restore(secret)
    assert [one.generation for one, _, _ in kept.generations] == [1, 2, 3]
    kept.generations.pop()
    second.change(2)
    assert (await second.flush()).kind is BackupKind.SAVED
    machine.change(3)
    assert (await machine.flush()).kind is BackupKind.CONFLICT
    with pytest.raises(RolledBack, match="another backup under the number 3"):
        await machine.restore(secret)
    assert (await machine.restore(secret, accept_older=True)).status.kind is BackupKind.SAVED
    assert _newest_names(box, secret) == {"entry 2", "entry 3"}


def _kill_at(step: str) -> Callable[[str], None]:
    def trip(at: str) -> None:
        if at == step:
            raise Killed

    return trip


def _fail_at(step: str) -> Callable[[str], None]:
    def trip(at: str) -> None:
        if at == step:
            raise BoxError("the Box went away", "try later")

    return trip


def _kept(box: MemoryBox) -> list[tuple[Generation, bytes, bytes]]:
    (kept,) = box.backups.values()
    return [*kept.generations]


def _newest_names(box: MemoryBox, secret: SecretBytes) -> set[str]:
    (kept,) = box.backups.values()
    with owner_keys(secret) as keys:
        content = open_bundle(kept.generations[-1][1], keys).content
    return {row.name for row in content.wallet.snapshot.address_book}


def _key_ref(machine: Machine) -> str:
    link = machine.state().link
    assert link is not None
    return link.key_ref
