"""Take over a backup of the original Identity Box: its identities as DIDs, its address book as peers.

The paired Box gets the keys before the wallet names them, so that no backup ever names a key that is nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.backup.did_document import document_to_text
from ledger_recovery.backup.did_keys import did_keys_to_json
from ledger_recovery.backup.idbox.folder import read_source
from ledger_recovery.backup.idbox.opening import open_idbox
from ledger_recovery.backup.idbox.rows import IdboxRows, to_rows
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.errors import InputError
from ledger_recovery.files.merge import Outcome
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.machine import need_box, need_link, open_box, reading_state
from ledger_recovery.recover.service.backups.merging import MergedPart, merge_dids, merge_peers
from ledger_recovery.recover.service.backups.results import ContactDecision
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore


@dataclass(frozen=True, slots=True)
class IdboxPlan:
    """`left_out`: own DIDs without a name key, which cannot move. `needs_box`: others can, and a Box must hold them."""

    dids: tuple[ContactDecision, ...]
    peers: tuple[ContactDecision, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    needs_box: bool

    @property
    def nothing_new(self) -> bool:
        return not any(decision.outcome is Outcome.ADDED for decision in (*self.dids, *self.peers))


@dataclass(frozen=True, slots=True)
class IdboxResult:
    """`applied`: rows that are new. `dids_restored`, `dids_known`: DIDs whose keys the Box took, or had."""

    plan: IdboxPlan
    applied: int
    dids_restored: tuple[str, ...]
    dids_known: tuple[str, ...]


def plan_idbox(
    settings: Settings,
    words_text: str,
    path: Path,
    box_password: SecretBytes | None = None,
    *,
    deps: BackupDeps | None = None,
) -> IdboxPlan:
    """What `import_idbox` would do; changes nothing.

    :param words_text: the 24 words as typed; their checksum is SHA-512, so that other tools call them wrong.
    :param path: the folder of the Box, the bundle alone, or the app's request as JSON.
    :param box_password: IDBOX_BACKUP_PASSWORD of the Box; without it the DIDs stay out.
    :raises LedgerRecoveryError: as `backup.idbox.opening.open_idbox`, each trouble with its own sentence.
    """
    with _rows(words_text, path, box_password, deps or real_backup_deps()) as rows:
        return _planned(settings, rows)[0]


async def import_idbox(
    settings: Settings,
    words_text: str,
    path: Path,
    box_password: SecretBytes | None = None,
    *,
    peers_only: bool = False,
    deps: BackupDeps | None = None,
) -> IdboxResult:
    """Import what `plan_idbox` tells; doing it again changes nothing.

    :param peers_only: leave the own DIDs out, for a wallet without a Box.
    :raises InputError: there are DIDs to take over, and no Box is paired or backups are off.
    :raises BoxError: the Box did not take the keys; the wallet is as before.
    """
    deps = deps or real_backup_deps()
    with _rows(words_text, path, box_password, deps) as rows:
        plan = _planned(settings, rows)[0]
        if plan.needs_box and not peers_only:
            restored, known = await _hand_over(settings, deps, rows)
        else:
            restored, known = (), ()
        with WalletStore.open_or_create(settings.wallet) as store, store.exclusive():
            plan, dids, peers = _planned(settings, rows)
            changes = peers.changes if peers_only else (*dids.changes, *peers.changes)
            return IdboxResult(plan, store.apply(changes), restored, known)


@contextmanager
def _rows(words_text: str, path: Path, box_password: SecretBytes | None, deps: BackupDeps) -> Iterator[IdboxRows]:
    with (
        open_idbox(words_text, read_source(path), box_password) as backup,
        to_rows(backup, deps.timestamp()) as rows,
    ):
        yield rows


def _planned(settings: Settings, rows: IdboxRows) -> tuple[IdboxPlan, MergedPart, MergedPart]:
    with reading_state(settings) as (store, _):
        taken = None if store is None else store.backups().take()
    dids = merge_dids(() if taken is None else taken.dids, rows.dids)
    peers = merge_peers(() if taken is None else taken.peers, rows.peers)
    plan = IdboxPlan(dids.decisions, peers.decisions, rows.left_out, rows.notes, needs_box=bool(rows.dids))
    return plan, dids, peers


async def _hand_over(settings: Settings, deps: BackupDeps, rows: IdboxRows) -> tuple[tuple[str, ...], tuple[str, ...]]:
    request = RestoreDids(
        tuple(did_keys_to_json(keys) for keys in rows.keys),
        tuple(json.loads(document_to_text(document)) for document in rows.documents),
    )
    with reading_state(settings) as (_, state):
        if state.box is None or state.link is None:
            raise InputError(
                "the keys of these DIDs need a Box to hold them, and this wallet has none that keeps its backups",
                "pair and enable first: ledger-recovery box pair, ledger-recovery backup enable; or import the peers "
                "only",
            )
        async with open_box(settings, deps, need_box(state)) as client:
            told = await client.restore_dids(need_link(state).backup_id, request)
    return told.restored, told.known
