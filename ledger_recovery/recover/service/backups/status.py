"""How the backup stands, in one word and one sentence: read from the wallet, the Box is not asked."""

from __future__ import annotations

from dataclasses import replace

from ledger_recovery.errors import BackupConflict
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.machine import place_of
from ledger_recovery.recover.service.backups.results import BackupKind, BackupStatus
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.backup_model import BackupCounts, BackupState
from ledger_recovery.wallet.store import WalletStore

OFF = BackupStatus(BackupKind.OFF, "off: changes of this wallet are not backed up")
_MERGE = "run `ledger-recovery backup restore` with your words: it merges both, and backups go on"
_NO_BOX = "no Box is paired, so nothing can be saved; run `ledger-recovery box pair`"


def status(settings: Settings, deps: BackupDeps | None = None) -> BackupStatus:
    """Off, saved, pending, failing or in conflict. A wallet that is not there has backups off.

    :raises StorageError: the wallet cannot be read.
    """
    if not settings.wallet.exists():
        return OFF
    with WalletStore.open(settings.wallet) as store:
        state = store.backups().state()
    told = told_of(state)
    if state.link is None:
        return told
    return replace(told, key_place=place_of((deps or real_backup_deps()).keys(settings), state.link.key_ref))


def status_line(told: BackupStatus) -> str:
    """What stands after each command that changes the wallet."""
    return f"backup: {told.sentence}"


def told_of(state: BackupState, notes: tuple[str, ...] = ()) -> BackupStatus:
    """The state of a wallet in words; `key_place` is left open."""
    if state.link is None:
        return replace(OFF, box_name=None if state.box is None else state.box.name)
    kind, sentence = _kind(state)
    return BackupStatus(
        kind,
        sentence,
        box_name=None if state.box is None else state.box.name,
        saved=state.saved,
        pending=state.pending,
        failing=state.failing,
        notes=notes,
    )


def counted(holds: BackupCounts) -> str:
    """What a backup holds, in words: only what there is."""
    parts = [
        _count(holds.identities, "identity", "identities"),
        _count(holds.accounts, "account", "accounts"),
        _count(holds.evm_accounts, "EVM account", "EVM accounts"),
        _count(holds.addresses, "address book entry", "address book entries"),
        _count(holds.dids, "DID", "DIDs"),
        _count(holds.peers, "peer", "peers"),
        _count(holds.vault_items, "vault item", "vault items"),
    ]
    return ", ".join(part for part in parts if part) or "an empty wallet"


def _kind(state: BackupState) -> tuple[BackupKind, str]:
    failing, pending = state.failing, state.pending
    if failing is not None and failing.code == BackupConflict.code:
        return BackupKind.CONFLICT, f"conflict since {failing.since}: {failing.sentence}; {_MERGE}"
    if state.box is None:
        return BackupKind.FAILING, f"failing: {_NO_BOX}{_last(state)}"
    if failing is not None:
        again = f"next try {failing.next_try_at}" if failing.next_try_at else "the next change tries again"
        return BackupKind.FAILING, f"failing since {failing.since}: {failing.sentence}; {again}{_last(state)}"
    if pending is not None:
        changes = _count(pending.changes, "change", "changes") or "changes"
        return BackupKind.PENDING, f"pending since {pending.since}: {changes} ({pending.why}){_last(state)}"
    if state.saved is not None:
        saved = state.saved
        return BackupKind.SAVED, f"saved {saved.at}, generation {saved.generation}: {counted(saved.holds)}"
    return BackupKind.PENDING, "pending: nothing was saved yet"


def _last(state: BackupState) -> str:
    if state.saved is None:
        return "; nothing was saved yet"
    return f"; last saved {state.saved.at}, generation {state.saved.generation}"


def _count(number: int, one: str, many: str) -> str:
    return "" if not number else f"{number} {one if number == 1 else many}"
