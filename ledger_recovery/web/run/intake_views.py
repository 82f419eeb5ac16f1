"""Plans and results of the service as the page shows them, and what a page advises where a command would.

The service's hints name commands; a person who never opens a terminal is told the same thing as a page can do it.
"""

from __future__ import annotations

from typing import Final

from ledger_recovery.errors import BoxRefused, LedgerRecoveryError, NoSuchBackup, OtherBox, OtherNetwork, RolledBack
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.recover.service import backups, wallet_files
from ledger_recovery.web.model.state import FileView

MAX_LINES: Final = 20
LINKED: Final = "from now on this computer saves under these words, by itself"
NOT_LINKED: Final = "this computer does not save under these words"
_ANOTHER: Final = "connect to it again under “Another Box”"
_ADVICE: Final[tuple[tuple[type[LedgerRecoveryError], str], ...]] = (
    (RolledBack, "if it is what you want, tick “Restore the older backup”"),
    (NoSuchBackup, "check that these are the words of this Box's backup; if not, choose “Another Box”"),
    (OtherNetwork, "find the file of this network; for the other one, the guide is started with --network"),
    (OtherBox, f"if the Box was set up anew, {_ANOTHER}; otherwise somebody stands in between"),
)
_UNPROVEN: Final = "tick “It is of this wallet's network” if you know that it is"
_NOT_KNOWN: Final = f"check the clock of this computer; if it is right, {_ANOTHER}"


def advice(error: LedgerRecoveryError) -> str:
    """What to do about an error on the page."""
    if error.sentence == wallet_files.UNPROVEN_NETWORK:
        return _UNPROVEN
    if isinstance(error, BoxRefused) and error.box_code == "unauthorised":
        return _NOT_KNOWN
    return next((hint for kind, hint in _ADVICE if isinstance(error, kind)), error.hint)


def file_view(plan: wallet_files.FilePlan) -> FileView:
    """The plan of an import."""
    return FileView(
        kind=plan.kind,
        sentence=clean(plan.sentence),
        added=plan.added,
        merged=plan.merged,
        known=plan.known,
        left_out=plan.left_out,
        conflicts=tuple(clean(c.sentence) for c in plan.conflicts[:MAX_LINES]),
        notes=tuple(clean(n) for n in plan.notes[:MAX_LINES]),
        nothing_new=plan.nothing_new,
        needs_vault=plan.keys_to_vault,
        new_vault=plan.new_vault,
        network_unproven=plan.network_unproven,
    )


def backup_view(plan: backups.RestorePlan) -> FileView:
    """The plan of a restore."""
    told = (*plan.warnings, plan.vault_note, plan.did_problem or "")
    return FileView(
        kind="backup",
        sentence=clean(f"{plan.source}, generation {plan.generation} of {plan.created}: {backups.counted(plan.holds)}"),
        added=plan.added,
        merged=plan.merged,
        known=plan.known,
        left_out=plan.left_out,
        conflicts=tuple(clean(c.sentence) for c in plan.conflicts[:MAX_LINES]),
        notes=tuple(clean(note) for note in told if note)[:MAX_LINES],
        nothing_new=plan.nothing_new,
        older=plan.rolled_back,
    )


def restored_view(result: backups.RestoreResult) -> FileView:
    """What a restore came to: also whether this computer saves from now on, and what of the backup did not come."""
    plan, status = result.plan, result.status
    unsaved = status.sentence if result.linked and status.kind is not backups.BackupKind.SAVED else ""
    told = (LINKED if result.linked else NOT_LINKED, unsaved, result.did_problem or "", plan.vault_note)
    return FileView(
        kind="backup",
        sentence=backup_view(plan).sentence,
        added=plan.added,
        merged=plan.merged,
        known=plan.known,
        notes=tuple(clean(note) for note in told if note),
        nothing_new=plan.nothing_new,
        applied=result.applied,
    )
