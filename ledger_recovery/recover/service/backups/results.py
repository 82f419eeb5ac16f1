"""What the backup functions answer: frozen facts and sentences, nothing secret. Commands and pages show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path

from ledger_recovery.files.merge import Conflict, Decision, Outcome, OutcomeCounts
from ledger_recovery.recover.service.wallet_files.looking import Missing
from ledger_recovery.wallet.backup_model import BackupCounts, BoxPairing, Failing, Pending, Saved


@unique
class BackupKind(StrEnum):
    """CONFLICT: another machine saved a newer generation; nothing is overwritten until the two are merged."""

    OFF = "off"
    SAVED = "saved"
    PENDING = "pending"
    FAILING = "failing"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """`kind` with its one sentence. `key_place`: where this machine's keys are, None while backups are off.

    `saved`: the newest generation that this machine uploaded. `notes`: what a person should know besides.
    """

    kind: BackupKind
    sentence: str
    box_name: str | None = None
    saved: Saved | None = None
    pending: Pending | None = None
    failing: Failing | None = None
    key_place: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnableResult:
    """`merge_first`: the generation on the Box that this machine has not taken in yet; restore it to go on."""

    backup_id: str
    status: BackupStatus
    key_place: str
    merge_first: int | None = None


@dataclass(frozen=True, slots=True)
class UnpairResult:
    """`told_box`: the Box forgot this machine too; else `notes` say why not."""

    pairing: BoxPairing
    told_box: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedGeneration:
    """`digest`: SHA-256 hex of the bundle file. `created`: by the machine that made it; `stored_at`: by the Box."""

    generation: int
    digest: str
    size: int
    created: str
    stored_at: str
    newest: bool


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """A bundle that the Box gave back and whose digest, order and signatures fit. `size`: bytes.

    `dids`: identifiers whose keys the Box's part holds. `pending`: changes here that it does not hold yet.
    """

    box_name: str
    generation: int
    created: str
    digest: str
    size: int
    own_upload: bool
    dids: tuple[str, ...]
    pending: Pending | None
    sentence: str


@dataclass(frozen=True, slots=True)
class DrillResult:
    """What the words opened, against the live wallet. `backup_lacks`: of the wallet; `wallet_lacks`: of the backup.

    `dids_missing`, `peers_missing`: names the backup lacks; `extra_dids`, `extra_peers`: names the wallet lacks.
    `problems`: what could not be restored, with the reason. `conflicts`: what the two tell differently.
    """

    generation: int
    created: str
    digest: str
    holds: BackupCounts
    backup_lacks: Missing
    wallet_lacks: Missing
    dids_missing: tuple[str, ...]
    extra_dids: tuple[str, ...]
    peers_missing: tuple[str, ...]
    extra_peers: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Nothing is on one side only, nothing could not be restored."""
        names = (self.dids_missing, self.extra_dids, self.peers_missing, self.extra_peers, self.problems)
        return self.backup_lacks.nothing and self.wallet_lacks.nothing and not any(names)


@dataclass(frozen=True, slots=True)
class ContactDecision:
    """One DID or peer of a backup. `kept_as`: the name it gets here, which differs when its own is taken."""

    kind: str
    name: str
    did: str
    outcome: Outcome
    kept_as: str
    reason: str


@dataclass(frozen=True, slots=True)
class RestorePlan(OutcomeCounts):
    """What a restore would do; nothing was changed for it. `source`: the Box's name or the file's.

    `generation`, `created`, `digest`: of the bundle. `rolled_back`: it is older than what this machine has seen, so
    that it is taken only when asked for. `vault_note`: what happens to the vault of the backup, "" without one.
    `did_problem`: why the Box's keys of the DIDs cannot be given back, None when they can.
    """

    source: str
    generation: int
    created: str
    digest: str
    holds: BackupCounts
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]
    dids: tuple[ContactDecision, ...]
    peers: tuple[ContactDecision, ...]
    vault_note: str
    did_problem: str | None
    rolled_back: bool
    warnings: tuple[str, ...]
    nothing_new: bool

    def outcomes(self) -> Iterator[Outcome]:
        yield from (decision.outcome for decision in self.decisions)
        yield from (decision.outcome for decision in (*self.dids, *self.peers))


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """`applied`: rows that differ now. `linked`: this machine saves under these words from now on.

    `dids_restored`, `dids_known`: DIDs whose keys the Box took, or had. `did_problem`: why some were not handed over.
    """

    plan: RestorePlan
    applied: int
    linked: bool
    dids_restored: tuple[str, ...]
    dids_known: tuple[str, ...]
    did_problem: str | None
    status: BackupStatus


@dataclass(frozen=True, slots=True)
class DisableResult:
    """`kept_on_box`: the newest generation that stays on the Box, None when none was saved."""

    backup_id: str
    keys_were: str
    kept_on_box: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RotateResult:
    """`old_removed`: the old generations are deleted, or (`delete_after`, ISO time) marked to be.

    When they are not, `sentence` says why and what to do.
    """

    backup_id: str
    status: BackupStatus
    old_removed: bool
    delete_after: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ResetPlan:
    """What a factory reset erases, in words. `here`: on this machine; `on_box`: only with the words; `stays`: not."""

    here: tuple[str, ...]
    on_box: tuple[str, ...]
    stays: tuple[str, ...]
    status: BackupStatus


@dataclass(frozen=True, slots=True)
class ResetResult:
    """`erased`: files that are gone. `keys_deleted`: places that were read back and found empty."""

    erased: tuple[Path, ...]
    keys_deleted: tuple[str, ...]
    box_deleted: bool
    notes: tuple[str, ...]
