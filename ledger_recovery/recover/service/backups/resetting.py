"""Factory reset: what it would erase, in words, and the erasing, in an order that never leaves a key behind.

The Box first (only with the words), then this machine's keys, read back until they are seen to be gone, then files.
"""

from __future__ import annotations

from ledger_recovery.backup.content import counts
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.errors import InputError, LedgerRecoveryError, NoSuchBackup, OtherBackup
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.machine import open_box, place_of, reading_state
from ledger_recovery.recover.service.backups.opening import reading_box
from ledger_recovery.recover.service.backups.outbox import Outbox
from ledger_recovery.recover.service.backups.results import ResetPlan, ResetResult
from ledger_recovery.recover.service.backups.status import counted, told_of
from ledger_recovery.recover.service.backups.uploading import held
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupState
from ledger_recovery.wallet.erase import erase_wallet
from ledger_recovery.wallet.store import WalletStore


def reset_plan(settings: Settings) -> ResetPlan:
    """What a factory reset would erase; asks nobody, changes nothing.

    :raises StorageError: the wallet cannot be read.
    """
    with reading_state(settings) as (store, state):
        holds = None if store is None else counts(held(store.backups().take()))
    here = [f"the wallet {settings.wallet}: {counted(holds)}"] if holds is not None else []
    here += ["the journal of unfinished runs"] if settings.journal.exists() else []
    on_box: list[str] = []
    if state.box is not None:
        here.append(f'the pairing with the Box "{state.box.name}", and this computer\'s device key')
    if state.link is not None:
        here.append("this computer's backup keys")
        on_box.append(_on_box(state))
    stays = [f"reports in {settings.reports}", "your Ledger, and everything on it"]
    if state.link is not None:
        stays.append("copies of backups that you made yourself, and other computers that save under the same words")
    return ResetPlan(tuple(here), tuple(on_box), tuple(stays), told_of(state))


async def factory_reset(
    settings: Settings, secret: SecretBytes | None = None, *, on_box: bool, deps: BackupDeps | None = None
) -> ResetResult:
    """Erase the wallet, this machine's keys, and (with the words) its backups on the Box. A confirmation came before.

    A failure stops it where it is; what is left is erased when it is run again.

    :param on_box: delete every generation on the Box too, which needs the words.
    :raises InputError: the words are missing for it, or are those of another backup.
    :raises BoxError: the Box did not delete them: nothing was erased.
    :raises KeyringError: a key is still there: the wallet was not erased.
    :raises StorageError: some files remain; the sentence names them.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state):
        deleted = on_box and await _delete_on_box(settings, deps, state, secret)
        places = _end_link(settings, deps, store, state)
        left, notes = await _leave_box(settings, deps, store, state)
    erased = erase_wallet(settings.wallet)
    return ResetResult(erased, (*places, *left), deleted, notes)


async def _delete_on_box(settings: Settings, deps: BackupDeps, state: BackupState, secret: SecretBytes | None) -> bool:
    if state.link is None:
        return False
    if secret is None:
        raise InputError(
            "only the words can delete backups on the Box", "type them, or reset this computer alone without them"
        )
    with owner_keys(secret) as keys:
        if keys.backup_id != state.link.backup_id:
            raise OtherBackup("these are the words of another backup; nothing was erased", "type this wallet's words")
        try:
            async with reading_box(settings, state, keys, deps) as (client, _):
                await client.delete(keys.backup_id, keys)
        except NoSuchBackup:
            return False
    return True


def _end_link(settings: Settings, deps: BackupDeps, store: WalletStore | None, state: BackupState) -> tuple[str, ...]:
    """Delete the backup keys; only then does the wallet forget where they were."""
    if state.link is None:
        return ()
    place = _delete_key(settings, deps, state.link.key_ref)
    Outbox(settings.state_dir, state.link.key_ref).remove()
    if store is not None:
        store.backups().unlink()
    return (place,)


async def _leave_box(
    settings: Settings, deps: BackupDeps, store: WalletStore | None, state: BackupState
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Let the Box forget this machine, then delete the device key. A Box that is gone for ever stops nothing."""
    if state.box is None:
        return (), ()
    notes: tuple[str, ...] = ()
    try:
        async with open_box(settings, deps, state.box) as client:
            await client.unpair()
    except LedgerRecoveryError as error:
        notes = (
            f'"{state.box.name}" was not told: {error.sentence}; it lists this computer until it is revoked there',
        )
    place = _delete_key(settings, deps, state.box.key_ref)
    if store is not None:
        store.backups().unpair()
    return (place,), notes


def _delete_key(settings: Settings, deps: BackupDeps, key_ref: str) -> str:
    """Where the key was; it is seen to be gone."""
    keys = deps.keys(settings)
    place = place_of(keys, key_ref)
    keys.delete(key_ref)
    return place


def _on_box(state: BackupState) -> str:
    name = "the Box" if state.box is None else f'"{state.box.name}"'
    newest = "nothing was saved yet" if state.saved is None else f"newest is generation {state.saved.generation}"
    return f"every generation of this backup on {name} ({newest}), and the DID keys that it keeps"
