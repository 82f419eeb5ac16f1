"""Switch backups on, off, or on for a second machine. The words exist only between `prepare_enable` and `enable`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.machine_keys import MachineRecord
from ledger_recovery.backup.protocol_replies import Joined
from ledger_recovery.backup.words import words_of
from ledger_recovery.errors import InputError
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort, real_backup_deps
from ledger_recovery.recover.service.backups.flushing import FULL_DEADLINE, step
from ledger_recovery.recover.service.backups.machine import (
    certified,
    need_box,
    need_link,
    open_box,
    place_of,
    reading_state,
)
from ledger_recovery.recover.service.backups.outbox import Outbox
from ledger_recovery.recover.service.backups.results import DisableResult, EnableResult
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupLink, BackupState
from ledger_recovery.wallet.store import WalletStore


class NewBackup:
    """A new secret, to be written down by the person; leaving the `with` wipes it.

    Nothing is switched on by it: a person who stops at the words has changed nothing.
    """

    __slots__ = ("secret",)

    def __init__(self, secret: SecretBytes) -> None:
        self.secret = secret

    @property
    def words(self) -> tuple[str, ...]:
        """The 24 words. Secret: for the screen (or the printed kit) only."""
        return words_of(self.secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.secret.wipe()

    def __repr__(self) -> str:
        return "NewBackup(hidden)"


def prepare_enable(settings: Settings, *, deps: BackupDeps | None = None) -> NewBackup:
    """Draw the secret of a new backup, after what can be checked before any word is shown.

    :raises InputError: no Box is paired, or backups are on already.
    """
    with reading_state(settings) as (_, state):
        need_box(state)
        _refuse_second(state)
    return NewBackup((deps or real_backup_deps()).new_secret())


async def enable(settings: Settings, new: NewBackup, *, deps: BackupDeps | None = None) -> EnableResult:
    """Switch backups on under new words, and make the first one.

    When the Box cannot be asked nothing is switched on; when the first upload fails it is tried again by itself.

    :raises InputError: no Box is paired, or backups are on already.
    :raises BoxError: the Box did not take the backup's certificate.
    :raises KeyringError: this machine's keys could not be kept.
    """
    return await _enable(settings, new.secret, deps or real_backup_deps(), join=False)


async def enable_with_words(settings: Settings, secret: SecretBytes, *, deps: BackupDeps | None = None) -> EnableResult:
    """Let this machine join a backup that the Box has: from now on both save under the same words.

    What is on the Box is not taken in here: `merge_first` says so, and nothing is overwritten until it was restored.

    :raises NoSuchBackup: the words are fine, and the Box has no backup of theirs.
    :raises LedgerRecoveryError: as `enable`.
    """
    return await _enable(settings, secret, deps or real_backup_deps(), join=True)


async def disable(settings: Settings, *, deps: BackupDeps | None = None) -> DisableResult:
    """Switch backups off: delete this machine's keys, see that they are gone, then forget the link.

    What is on the Box stays there; only the words open or delete it.

    :raises InputError: backups are off.
    :raises KeyringError: a key is still there; backups stay on.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state):
        link = need_link(state)
        keys = deps.keys(settings)
        place = place_of(keys, link.key_ref)
        keys.delete(link.key_ref)
        Outbox(settings.state_dir, link.key_ref).remove()
        if store is not None:
            store.backups().unlink()
    kept = None if state.saved is None else state.saved.generation
    stays = "nothing was saved on the Box" if kept is None else f"generation {kept} and those before it stay on the Box"
    return DisableResult(
        link.backup_id, place, kept, f"backups are off, and this computer's backup keys are deleted; {stays}"
    )


async def link_machine(
    settings: Settings, store: WalletStore, deps: BackupDeps, record: MachineRecord, backup_id: str
) -> str:
    """Keep the keys, then switch the wallet to them; where the keys are. Keys of a link before go last."""
    before = store.backups().state().link
    keys = deps.keys(settings)
    key_ref = deps.new_ref()
    place = keys.put(key_ref, record)
    store.backups().link(BackupLink(backup_id, key_ref, deps.timestamp()))
    if before is not None:
        Outbox(settings.state_dir, before.key_ref).remove()
        keys.delete(before.key_ref)
    return place.sentence


async def _enable(settings: Settings, secret: SecretBytes, deps: BackupDeps, *, join: bool) -> EnableResult:
    with reading_state(settings) as (store, state), owner_keys(secret) as keys:
        box = need_box(state)
        _refuse_second(state)
        if store is None:
            raise InputError("there is no wallet to back up", "give the right --wallet file")
        async with open_box(settings, deps, box) as client:
            with deps.keys(settings).get(box.key_ref) as own:
                record = certified(keys, own.device, deps.timestamp())
            with record:
                joined = await _enrol(client, record, join=join)
                place = await link_machine(settings, store, deps, record, keys.backup_id)
        seen = store.backups().seen(keys.backup_id)
        unmerged = joined.newest is not None and (seen is None or seen.digest != joined.newest.digest)
        told = await step(settings, store, deps, deadline=FULL_DEADLINE, at_once=True)
        return EnableResult(
            keys.backup_id, told, place, joined.newest.generation if joined.newest and unmerged else None
        )


async def _enrol(client: BoxPort, record: MachineRecord, *, join: bool) -> Joined:
    certificate = record.certificate
    if certificate is None:
        raise InputError("this machine has no certificate", "enable backups again")
    return await (client.join(certificate) if join else client.create(certificate))


def _refuse_second(state: BackupState) -> None:
    if state.link is not None:
        raise InputError(
            "backups are on already", "for new words use `ledger-recovery backup rotate`; to stop, `backup disable`"
        )
