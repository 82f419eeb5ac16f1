"""Backups as the command line tells them: state, generations, drills, plans and restores, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ledger_recovery.cli.contact_views import contact_json, contact_text
from ledger_recovery.cli.tables import Column, table
from ledger_recovery.cli.terminal import printable
from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.service.backups import counted

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.backups import (
        BackupCounts,
        BackupStatus,
        DrillResult,
        ListedGeneration,
        RestorePlan,
        RestoreResult,
        VerifyResult,
    )
    from ledger_recovery.recover.service.wallet_files import Missing

_SHOWN = 20
"""Items of one kind that a comparison lists; `--json` has them all."""

_COUNTS = ("identities", "accounts", "addresses", "dids", "peers", "vault_items", "evm_accounts")


# --- state ------------------------------------------------------------------------------------------------------


def status_text(status: BackupStatus) -> str:
    lines = [f"backups: {status.kind}", printable(status.sentence)]
    if status.box_name is not None:
        lines.append(f"Identity Box: {printable(status.box_name)}")
    if status.key_place is not None:
        lines.append(printable(status.key_place))
    return "\n".join([*lines, *(f"note: {printable(note)}" for note in status.notes)])


def status_json(status: BackupStatus) -> dict[str, Json]:
    """`backupStatus` of the schema."""
    saved, pending, failing = status.saved, status.pending, status.failing
    return {
        "kind": str(status.kind),
        "sentence": status.sentence,
        "box_name": status.box_name,
        "saved": None
        if saved is None
        else {
            "generation": saved.generation,
            "digest": saved.digest,
            "at": saved.at,
            "holds": counts_json(saved.holds),
        },
        "pending": None
        if pending is None
        else {"since": pending.since, "why": pending.why, "changes": pending.changes},
        "failing": None
        if failing is None
        else {
            "since": failing.since,
            "code": failing.code,
            "sentence": failing.sentence,
            "attempts": failing.attempts,
            "next_try_at": failing.next_try_at,
        },
        "key_place": status.key_place,
        "notes": list(status.notes),
    }


def status_exit(status: BackupStatus) -> ExitStatus:
    """BOX while something stands in the way of the backup; a pending one is no trouble yet."""
    return ExitStatus.BOX if str(status.kind) in ("failing", "conflict") else ExitStatus.COMPLETE


def counts_json(holds: BackupCounts) -> dict[str, Json]:
    return {field: int(getattr(holds, field)) for field in _COUNTS}


# --- what the Box has -------------------------------------------------------------------------------------------


def generations_text(found: Sequence[ListedGeneration], width: int) -> str:
    if not found:
        return "the Identity Box has no backup of these words"
    columns = (Column("generation", right=True), Column("made at"), Column("stored at"), Column("bytes", right=True))
    rows = [[f"{g.generation}{'*' if g.newest else ''}", g.created, g.stored_at, f"{g.size:,}"] for g in found]
    return f"{table(columns, rows, width)}\n* the newest"


def generation_json(found: ListedGeneration) -> dict[str, Json]:
    return {
        "generation": found.generation,
        "digest": found.digest,
        "size": found.size,
        "created": found.created,
        "stored_at": found.stored_at,
        "newest": found.newest,
    }


def verify_text(found: VerifyResult) -> str:
    lines = [
        printable(found.sentence),
        f"generation {found.generation} of {printable(found.created)}, {found.size:,} bytes, "
        f"made by {'this' if found.own_upload else 'another'} computer",
        f"SHA-256 {found.digest}",
    ]
    lines += [f"keys of {printable(did)}: there" for did in found.dids]
    if found.pending is not None:
        lines.append(f"not in it yet: {printable(found.pending.why)}, changed since {printable(found.pending.since)}")
    return "\n".join(lines)


def verify_json(found: VerifyResult) -> dict[str, Json]:
    pending = found.pending
    return {
        "box_name": found.box_name,
        "generation": found.generation,
        "created": found.created,
        "digest": found.digest,
        "size": found.size,
        "own_upload": found.own_upload,
        "dids": list(found.dids),
        "pending": None
        if pending is None
        else {"since": pending.since, "why": pending.why, "changes": pending.changes},
        "sentence": found.sentence,
    }


# --- drill ------------------------------------------------------------------------------------------------------


def drill_text(found: DrillResult) -> str:
    lines = [
        f"the words open generation {found.generation} of {printable(found.created)}: {counted(found.holds)}",
        *_lacks("this backup lacks", found.backup_lacks),
        *_named("this backup lacks the DID", found.dids_missing),
        *_named("this backup lacks the peer", found.peers_missing),
        *_lacks("the wallet lacks", found.wallet_lacks),
        *_named("the wallet lacks the DID", found.extra_dids),
        *_named("the wallet lacks the peer", found.extra_peers),
        *(f"could not be restored: {printable(text)}" for text in found.problems),
        *(f"warning: {printable(conflict.describe())}" for conflict in found.conflicts),
        *(f"warning: {printable(text)}" for text in found.warnings),
    ]
    end = "it equals the wallet" if found.equal else "it differs from the wallet as told above"
    return "\n".join([*lines, f"{end}; nothing was changed"])


def drill_json(found: DrillResult) -> dict[str, Json]:
    return {
        "generation": found.generation,
        "created": found.created,
        "digest": found.digest,
        "holds": counts_json(found.holds),
        "equal": found.equal,
        "backup_lacks": _lacks_json(found.backup_lacks, found.dids_missing, found.peers_missing),
        "wallet_lacks": _lacks_json(found.wallet_lacks, found.extra_dids, found.extra_peers),
        "problems": list(found.problems),
        "conflicts": [conflict.describe() for conflict in found.conflicts],
        "warnings": list(found.warnings),
    }


def drill_exit(found: DrillResult) -> ExitStatus:
    return ExitStatus.COMPLETE if found.equal else ExitStatus.UNKNOWNS


# --- restore ----------------------------------------------------------------------------------------------------


def plan_text(plan: RestorePlan) -> str:
    """Generation, date and contents first, then every decision, then what a person should know."""
    lines = [
        f"Backup: generation {plan.generation} of {printable(plan.created)}, from {printable(plan.source)}.",
        f"It holds {counted(plan.holds)}.",
        *(f"  {printable(decision.describe())}" for decision in plan.decisions),
        *(f"  {contact_text(decision)}" for decision in (*plan.dids, *plan.peers)),
        *(f"warning: {printable(conflict.describe())}" for conflict in plan.conflicts),
        *(f"warning: {printable(text)}" for text in plan.warnings),
    ]
    if plan.vault_note:
        lines.append(f"note: {printable(plan.vault_note)}")
    if plan.did_problem is not None:
        lines.append(f"warning: {printable(plan.did_problem)}")
    return "\n".join(lines)


def plan_json(plan: RestorePlan) -> dict[str, Json]:
    return {
        "source": plan.source,
        "generation": plan.generation,
        "created": plan.created,
        "digest": plan.digest,
        "holds": counts_json(plan.holds),
        "decisions": [
            {"kind": str(d.kind), "subject": d.subject, "outcome": str(d.outcome), "reason": d.reason}
            for d in plan.decisions
        ],
        "conflicts": [
            {"code": c.code, "kind": str(c.kind), "subject": c.subject, "sentence": c.sentence} for c in plan.conflicts
        ],
        "dids": [contact_json(decision) for decision in plan.dids],
        "peers": [contact_json(decision) for decision in plan.peers],
        "vault_note": plan.vault_note,
        "did_problem": plan.did_problem,
        "rolled_back": plan.rolled_back,
        "warnings": list(plan.warnings),
        "nothing_new": plan.nothing_new,
    }


def restore_text(plan: RestorePlan, result: RestoreResult | None, *, dry_run: bool) -> str:
    """`result` None: nothing was written (a dry run)."""
    counts = f"{plan.added} new, {plan.merged} completed, {plan.known} already there, {plan.left_out} left out"
    if result is None:
        return f"{plan_text(plan)}\nnothing was written{' (dry run)' if dry_run else ''}: {counts}"
    told = f"restored: {counts}" if result.applied else f"nothing new: the wallet holds all of it already ({counts})"
    lines = [plan_text(plan), told]
    if result.dids_restored:
        lines.append(f"the Identity Box took the keys of: {', '.join(map(printable, result.dids_restored))}")
    if result.did_problem is not None and result.did_problem != plan.did_problem:
        lines.append(f"warning: {printable(result.did_problem)}")
    if result.linked:
        lines.append("this computer makes backups under these words from now on")
    return "\n".join(lines)


def restore_json(wallet: str, plan: RestorePlan, result: RestoreResult | None, *, dry_run: bool) -> dict[str, Json]:
    return {
        "wallet": wallet,
        "dry_run": dry_run,
        "applied": 0 if result is None else result.applied,
        "linked": result is not None and result.linked,
        "dids_restored": [] if result is None else list(result.dids_restored),
        "dids_known": [] if result is None else list(result.dids_known),
        "did_problem": plan.did_problem if result is None else result.did_problem,
        "plan": plan_json(plan),
    }


def _lacks(side: str, missing: Missing) -> list[str]:
    kinds = (
        ("the identity", missing.identities),
        ("the account", missing.accounts),
        ("the credential", missing.credentials),
        ("the address book entry", missing.addresses),
    )
    return [line for kind, items in kinds for line in _named(f"{side} {kind}", items)]


def _named(what: str, names: Sequence[str]) -> Iterable[str]:
    yield from (f"{what} {printable(name)}" for name in names[:_SHOWN])
    if len(names) > _SHOWN:
        yield f"… and {len(names) - _SHOWN} more"


def _lacks_json(missing: Missing, dids: Sequence[str], peers: Sequence[str]) -> dict[str, Json]:
    return {
        "identities": list(missing.identities),
        "accounts": list(missing.accounts),
        "credentials": list(missing.credentials),
        "addresses": list(missing.addresses),
        "dids": list(dids),
        "peers": list(peers),
    }
