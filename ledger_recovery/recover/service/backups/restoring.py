"""Restore a backup: first a plan that a person can read, then all of it in one transaction, or nothing.

The plan is made again under the wallet's lock before anything is written. Afterwards the Box gets the keys of the DIDs
back, and this machine saves under the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.backup.content import BackupContent, VaultRows, counts
from ledger_recovery.backup.keys import OwnerKeys, owner_keys
from ledger_recovery.errors import DamagedFile, LedgerRecoveryError, RolledBack, StorageError
from ledger_recovery.files.content import WalletContent
from ledger_recovery.files.merge import ImportPlan, plan_import
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.flushing import FULL_DEADLINE, step
from ledger_recovery.recover.service.backups.handing_over import HandedOver, hand_over, take_up
from ledger_recovery.recover.service.backups.machine import reading_state
from ledger_recovery.recover.service.backups.merging import MergedPart, merge_dids, merge_peers, merge_vault
from ledger_recovery.recover.service.backups.opening import Opened, open_backup
from ledger_recovery.recover.service.backups.results import RestorePlan, RestoreResult
from ledger_recovery.recover.service.backups.uploading import held
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files.opened import from_content
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import Taken
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.vault_codec import check_header


@dataclass(frozen=True, slots=True)
class _Merge:
    """All of a backup, decided against one state of the wallet."""

    rows: ImportPlan
    dids: MergedPart
    peers: MergedPart
    vault: MergedPart

    @property
    def changes(self) -> Sequence[Change]:
        return (*self.rows.changes, *self.vault.changes, *self.dids.changes, *self.peers.changes)


async def plan_restore(
    settings: Settings,
    secret: SecretBytes,
    *,
    generation: int | None = None,
    file: Path | None = None,
    deps: BackupDeps | None = None,
) -> RestorePlan:
    """What `restore` would do; writes nothing, and makes no wallet.

    :param generation: None for the newest of the Box.
    :param file: a bundle or a copy, instead of the Box.
    :raises NoSuchBackup: the words are fine, and the Box has no backup of theirs.
    :raises DamagedFile: the backup is damaged. :raises NotSignedByOwner: it is forged.
    :raises OtherBackup: it belongs to other words, or is another generation than asked for.
    :raises OtherNetwork: it belongs to another network than the wallet.
    :raises InputError: no Box is paired and no file was given.
    :raises BoxError: the Box does not answer.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state), owner_keys(secret) as keys:
        seen = None if store is None else store.backups().seen(keys.backup_id)
        opened = await open_backup(settings, state, seen, keys, deps, generation=generation, file=file)
        return _plan(settings, opened, None if store is None else store.backups().take())[0]


async def restore(
    settings: Settings,
    secret: SecretBytes,
    *,
    generation: int | None = None,
    file: Path | None = None,
    accept_older: bool = False,
    deps: BackupDeps | None = None,
) -> RestoreResult:
    """Merge a backup into the wallet, which is made if there is none; doing it again changes nothing.

    :param accept_older: take a backup although this machine has seen a newer one.
    :raises RolledBack: it is older than what was seen, and `accept_older` was not given.
    :raises WalletBusy: another program works on the wallet.
    :raises LedgerRecoveryError: as `plan_restore`; the wallet is as before.
    """
    deps = deps or real_backup_deps()
    with owner_keys(secret) as keys:
        with reading_state(settings) as (found, state):
            seen = None if found is None else found.backups().seen(keys.backup_id)
            opened = await open_backup(settings, state, seen, keys, deps, generation=generation, file=file)
        if opened.rolled_back is not None and not accept_older:
            raise RolledBack(
                opened.rolled_back, "if it is what you want, say so: ledger-recovery backup restore --accept-older"
            )
        _plan(settings, opened, None)  # what cannot be restored at all makes no wallet
        with WalletStore.open_or_create(settings.wallet) as store:
            with store.exclusive():
                plan, merge = _plan(settings, opened, store.backups().take())
                applied = store.apply(merge.changes)
            return await _go_on(settings, store, deps, keys, opened, plan, applied)


async def _go_on(
    settings: Settings,
    store: WalletStore,
    deps: BackupDeps,
    keys: OwnerKeys,
    opened: Opened,
    plan: RestorePlan,
    applied: int,
) -> RestoreResult:
    """What follows when the wallet has it all: link this machine, give the Box its DID keys, save what was merged."""
    problem = opened.part_problem
    linked, handed = False, HandedOver((), ())
    store.backups().saw(keys.backup_id, opened.seen)
    try:
        linked = await take_up(settings, store, deps, keys)
        if linked and problem is None:
            handed = await hand_over(settings, store, deps, keys, opened)
    except LedgerRecoveryError as error:
        problem = problem or (error.sentence if opened.bundle.content.dids or not linked else None)
    told = await step(settings, store, deps, deadline=FULL_DEADLINE, at_once=True, merged=opened.seen)
    return RestoreResult(plan, applied, linked, handed.restored, handed.known, problem, told)


def _plan(settings: Settings, opened: Opened, taken: Taken | None) -> tuple[RestorePlan, _Merge]:
    content, header = opened.bundle.content, opened.bundle.header
    merge = _merged(content, taken)
    plan = RestorePlan(
        source=opened.source,
        generation=header.generation,
        created=header.created,
        digest=opened.bundle.digest,
        holds=counts(content),
        decisions=merge.rows.decisions,
        conflicts=merge.rows.conflicts,
        dids=merge.dids.decisions,
        peers=merge.peers.decisions,
        vault_note=merge.vault.note,
        did_problem=opened.part_problem,
        rolled_back=opened.rolled_back is not None,
        warnings=(*_warnings(settings, content), *((opened.rolled_back,) if opened.rolled_back else ())),
        nothing_new=not merge.changes,
    )
    return plan, merge


def _merged(content: BackupContent, taken: Taken | None) -> _Merge:
    if content.vault is not None:
        _check_vault(content.vault)
    here = BackupContent(WalletContent(WalletSnapshot())) if taken is None else held(taken)
    return _Merge(
        plan_import(here.wallet.snapshot, from_content(content.wallet)),
        merge_dids(here.dids, content.dids),
        merge_peers(here.peers, content.peers),
        merge_vault(here.vault, content.vault),
    )


def _check_vault(vault: VaultRows) -> None:
    """A vault that this program could not open must not get into a wallet.

    :raises DamagedFile: its header is damaged, or of a newer program.
    """
    try:
        check_header(vault.header)
    except StorageError as error:
        raise DamagedFile(f"the backup's vault cannot be used here: {error.sentence}", error.hint) from error


def _warnings(settings: Settings, content: BackupContent) -> tuple[str, ...]:
    network = content.settings.get("network")
    if network is None or network == settings.network:
        return ()
    return (f"the backup was made with --network {network}, and this program is set to {settings.network}",)
