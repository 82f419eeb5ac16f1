"""New words: a new backup ID and new keys; the old generations go only after the new ones hold everything.

Killed or cut off at any step, both backups are there: `finish_rotation` does what is left with the old words.
"""

from __future__ import annotations

from ledger_recovery.backup.keys import OwnerKeys, owner_keys
from ledger_recovery.errors import BackupConflict, InputError, LedgerRecoveryError, NoSuchBackup, OtherBackup
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort, real_backup_deps
from ledger_recovery.recover.service.backups.enabling import NewBackup, link_machine
from ledger_recovery.recover.service.backups.flushing import FULL_DEADLINE, step
from ledger_recovery.recover.service.backups.handing_over import give_keys
from ledger_recovery.recover.service.backups.machine import certified, need_box, need_link, open_box, reading_state
from ledger_recovery.recover.service.backups.opening import Opened, open_backup, reading_box
from ledger_recovery.recover.service.backups.results import BackupKind, RotateResult
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore

_FINISH = "run `ledger-recovery backup rotate --finish` with the OLD words"
_THEIRS = "another computer saved generation {generation} under the old words, and this one has not taken it in"
_MERGE = "run `ledger-recovery backup restore` with the OLD words to take it in"


def prepare_rotate(settings: Settings, *, deps: BackupDeps | None = None) -> NewBackup:
    """Draw the new secret, to be written down before anything is switched.

    :raises InputError: no Box is paired, or backups are off.
    """
    with reading_state(settings) as (_, state):
        need_box(state)
        need_link(state)
    return NewBackup((deps or real_backup_deps()).new_secret())


async def rotate(
    settings: Settings,
    old_secret: SecretBytes,
    new: NewBackup,
    *,
    keep_days: int | None,
    deps: BackupDeps | None = None,
) -> RotateResult:
    """Save under new words from now on, and delete what the old ones open, now or later.

    Somebody who has the old words can still open copies that were made before.

    :param keep_days: days that the Box keeps the old generations; None or 0 deletes them at once.
    :raises InputError: backups are off, or there is no wallet.
    :raises OtherBackup: the old words are not those of this wallet's backup.
    :raises BackupConflict: the Box has something under the old words that this machine has not taken in.
    :raises LedgerRecoveryError: nothing was switched.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state), owner_keys(old_secret) as old, owner_keys(new.secret) as fresh:
        link = need_link(state)
        if store is None or link.backup_id != old.backup_id:
            raise OtherBackup("these are not the words of this wallet's backup", "type the words that it has now")
        opened = await _up_to_date(settings, store, deps, old)
        await _switch(settings, store, deps, opened, old, fresh)
        return await _finish(settings, store, deps, old, keep_days)


async def finish_rotation(
    settings: Settings, old_secret: SecretBytes, *, keep_days: int | None, deps: BackupDeps | None = None
) -> RotateResult:
    """Delete (or mark) the generations of words that this wallet does not use any more, once the new ones are saved.

    :raises InputError: these are the words in use, or backups are off.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state), owner_keys(old_secret) as old:
        link = need_link(state)
        if store is None or link.backup_id == old.backup_id:
            raise InputError(
                "these are the words of the backups in use; nothing was deleted",
                "type the OLD words, or rotate first: ledger-recovery backup rotate",
            )
        return await _finish(settings, store, deps, old, keep_days)


async def _up_to_date(settings: Settings, store: WalletStore, deps: BackupDeps, old: OwnerKeys) -> Opened:
    """The newest generation under the old words, which this wallet must have taken in: it may be deleted soon.

    :raises InputError: what is pending cannot be saved. :raises BackupConflict: it is another computer's.
    """
    told = await step(settings, store, deps, deadline=FULL_DEADLINE, at_once=True)
    if told.kind is not BackupKind.SAVED:
        raise InputError(
            f"the backups under the old words are not up to date: {told.sentence}",
            "bring them up to date first: ledger-recovery backup now, or backup restore after a conflict",
        )
    state = store.backups().state()
    opened = await open_backup(settings, state, state.seen, old, deps)
    if opened.seen != state.seen:
        raise BackupConflict(_THEIRS.format(generation=opened.seen.generation), _MERGE)
    return opened


async def _switch(
    settings: Settings, store: WalletStore, deps: BackupDeps, opened: Opened, old: OwnerKeys, fresh: OwnerKeys
) -> None:
    """Certify this machine under the new words, give the Box the DID keys under the new ID, then link."""
    box = need_box(store.backups().state())
    async with open_box(settings, deps, box) as client:
        with deps.keys(settings).get(box.key_ref) as own:
            record = certified(fresh, own.device, deps.timestamp())
        with record:
            if record.certificate is not None:
                await client.create(record.certificate)
            if opened.bundle.content.dids:
                await give_keys(client, fresh.backup_id, opened, old)
            await link_machine(settings, store, deps, record, fresh.backup_id)


async def _finish(
    settings: Settings, store: WalletStore, deps: BackupDeps, old: OwnerKeys, keep_days: int | None
) -> RotateResult:
    told = await step(settings, store, deps, deadline=FULL_DEADLINE, at_once=True)
    state = store.backups().state()
    backup_id = need_link(state).backup_id
    if state.saved is None:
        return RotateResult(
            backup_id, told, False, None, f"the new backup is not saved yet, so the old one stays whole; {_FINISH}"
        )
    sentence, removed, after = await _remove_old(settings, store, deps, old, keep_days)
    return RotateResult(backup_id, told, removed, after, sentence)


async def _remove_old(
    settings: Settings, store: WalletStore, deps: BackupDeps, old: OwnerKeys, keep_days: int | None
) -> tuple[str, bool, str | None]:
    """What became of the old backup: a sentence, whether it is (to be) deleted, and when if later."""
    state, known = store.backups().state(), store.backups().seen(old.backup_id)
    try:
        async with reading_box(settings, state, old, deps) as (client, head):
            if head.newest is not None and (known is None or head.newest.digest != known.digest):
                return f"{_THEIRS.format(generation=head.newest.generation)}; {_MERGE}, then {_FINISH}", False, None
            after = await _delete_or_retire(client, old, keep_days)
    except NoSuchBackup:
        return "the Box has nothing under the old words any more", True, None
    except LedgerRecoveryError as error:
        return f"the old backups are still there: {error.sentence}; {_FINISH}", False, None
    gone = "are deleted" if after is None else f"will be deleted by the Box after {after}"
    return f"the new words hold everything; the backups under the old words {gone}", True, after


async def _delete_or_retire(client: BoxPort, old: OwnerKeys, keep_days: int | None) -> str | None:
    if keep_days:
        return (await client.retire(old.backup_id, keep_days, old)).delete_after
    await client.delete(old.backup_id, old)
    return None
