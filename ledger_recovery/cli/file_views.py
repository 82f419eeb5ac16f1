"""Wallet files as the command line tells them: exports, plans, contents and comparisons, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger_recovery.cli.terminal import printable
from ledger_recovery.errors import ExitStatus

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.wallet_files import (
        Contents,
        ExportResult,
        FilePlan,
        ImportResult,
        Inspection,
        Missing,
        Verification,
    )

_SHOWN = 20
"""Items of one kind that a comparison lists; `--json` has them all."""


def export_text(result: ExportResult) -> str:
    held = f"{_count(result.identities, 'identity')}, {_count(result.accounts, 'account')}"
    keys = "; private keys are in it" if result.keys else ""
    lines = [
        f"saved and verified: {result.path} ({result.size:,} bytes)",
        f"{held}, {_count(result.addresses, 'address book entry')}{keys}",
        *(f"note: {printable(text)}" for text in result.warnings),
    ]
    return "\n".join(lines)


def export_json(result: ExportResult) -> dict[str, Json]:
    return {
        "file": str(result.path),
        "format": result.format.value,
        "size": result.size,
        "identities": result.identities,
        "accounts": result.accounts,
        "addresses": result.addresses,
        "weak": result.weak,
        "keys": result.keys,
        "warnings": list(result.warnings),
    }


def plan_text(plan: FilePlan) -> str:
    """Every decision, then what a person should know."""
    return "\n".join(
        [
            f"The file is {plan.sentence}.",
            *(f"  {printable(decision.describe())}" for decision in plan.decisions),
            *(f"warning: {printable(conflict.describe())}" for conflict in plan.conflicts),
            *(f"note: {printable(text)}" for text in plan.notes),
        ]
    )


def import_text(result: ImportResult, *, dry_run: bool) -> str:
    plan = result.plan
    counts = f"{plan.added} new, {plan.merged} completed, {plan.known} already there, {plan.left_out} left out"
    if plan.nothing_new:
        end = f"nothing new: the wallet holds all of it already ({counts})"
    elif dry_run:
        end = f"nothing was written (dry run): {counts}"
    else:
        end = f"imported: {counts}"
        if plan.kind in ("own", "desktop"):
            end += "\nfind what the file lacked with: ledger-recovery recover"
    if plan.keys_to_vault:
        end += (
            "\nprivate keys: kept in the vault, encrypted" if not dry_run else "\nprivate keys: would go to the vault"
        )
    return f"{plan_text(plan)}\n{end}"


def import_json(wallet: str, file: str, result: ImportResult, *, dry_run: bool) -> dict[str, Json]:
    plan = result.plan
    return {
        "wallet": wallet,
        "file": file,
        "kind": plan.kind,
        "sentence": plan.sentence,
        "dry_run": dry_run,
        "applied": result.applied,
        "nothing_new": plan.nothing_new,
        "network_unproven": plan.network_unproven,
        "keys_to_vault": plan.keys_to_vault,
        "decisions": [
            {"kind": str(d.kind), "subject": d.subject, "outcome": str(d.outcome), "reason": d.reason}
            for d in plan.decisions
        ],
        "conflicts": [
            {"code": c.code, "kind": str(c.kind), "subject": c.subject, "sentence": c.sentence} for c in plan.conflicts
        ],
        "notes": list(plan.notes),
    }


def inspection_text(found: Inspection) -> str:
    lines = [f"{found.path}: {found.sentence}", f"protection: {found.protection}"]
    if found.contents is None:
        lines.append("what is in it is told with its password")
    else:
        lines += _contents_lines(found.contents)
    return "\n".join(lines)


def inspection_json(found: Inspection) -> dict[str, Json]:
    return {
        "file": str(found.path),
        "sentence": found.sentence,
        "protection": found.protection,
        "contents": None if found.contents is None else contents_json(found.contents),
    }


def contents_json(held: Contents) -> dict[str, Json]:
    return {
        "kind": held.kind,
        "genesis": held.genesis_hash,
        "environment": held.environment,
        "made_at": held.made_at,
        "ledgers": list(held.ledgers),
        "identities": [{"place": place, "name": name} for place, name in held.identities],
        "accounts": [{"address": address, "name": name} for address, name in held.accounts],
        "credentials": held.credentials,
        "external_credentials": held.external_credentials,
        "addresses": held.addresses,
        "keys": held.keys,
        "notes": list(held.notes),
    }


def verification_text(found: Verification) -> str:
    lines = [
        f"the file is {found.sentence}; it decrypts",
        f"it holds {_count(len(found.contents.identities), 'identity')}, "
        f"{_count(len(found.contents.accounts), 'account')}, {_count(found.contents.addresses, 'address book entry')}",
        *(f"cannot be used: {printable(problem.describe())}" for problem in found.problems),
        *(f"warning: {printable(conflict.describe())}" for conflict in found.conflicts),
        *(f"note: {printable(text)}" for text in found.contents.notes),
    ]
    if not found.wallet:
        return "\n".join([*lines, "there is no wallet to compare it with"])
    lines += _missing_lines("this backup lacks", found.file_lacks)
    lines += _missing_lines("the wallet lacks", found.wallet_lacks)
    if found.file_lacks.nothing:
        lines.append("this backup lacks nothing of the wallet")
    return "\n".join(lines)


def verification_json(file: str, found: Verification) -> dict[str, Json]:
    return {
        "file": file,
        "sentence": found.sentence,
        "contents": contents_json(found.contents),
        "problems": [problem.describe() for problem in found.problems],
        "conflicts": [conflict.describe() for conflict in found.conflicts],
        "compared": found.wallet,
        "file_lacks": _missing_json(found.file_lacks),
        "wallet_lacks": _missing_json(found.wallet_lacks),
    }


def verdict(found: Verification) -> ExitStatus:
    """COMPLETE when every item can be used and nothing of the wallet is missing."""
    return ExitStatus.COMPLETE if found.file_lacks.nothing and not found.problems else ExitStatus.UNKNOWNS


def _contents_lines(held: Contents) -> list[str]:
    network = held.genesis_hash or held.environment or "not named"
    return [
        f"network: {printable(network)}",
        *([f"made at: {printable(held.made_at)}"] if held.made_at else []),
        f"private keys: {'present (not shown)' if held.keys else 'none'}",
        *(f"Ledger {fingerprint[:8]}…" for fingerprint in held.ledgers),
        *(f"identity {printable(place)}: {printable(name)}" for place, name in held.identities),
        *(f"account {printable(address)}: {printable(name)}" for address, name in held.accounts),
        f"{_count(held.credentials, 'credential')}, {_count(held.external_credentials, 'co-holder credential')}, "
        f"{_count(held.addresses, 'address book entry')}",
        *(f"note: {printable(text)}" for text in held.notes),
    ]


def _missing_lines(side: str, missing: Missing) -> list[str]:
    kinds = (
        ("identity", missing.identities),
        ("account", missing.accounts),
        ("credential", missing.credentials),
        ("address book entry", missing.addresses),
    )
    lines = []
    for kind, items in kinds:
        if items:
            lines.append(f"{side} {_count(len(items), kind)}:")
            lines += [f"  {printable(item)}" for item in _first(items)]
    return lines


def _first(items: tuple[str, ...]) -> Iterable[str]:
    yield from items[:_SHOWN]
    if len(items) > _SHOWN:
        yield f"… and {len(items) - _SHOWN} more"


def _missing_json(missing: Missing) -> dict[str, Json]:
    return {
        "identities": list(missing.identities),
        "accounts": list(missing.accounts),
        "credentials": list(missing.credentials),
        "addresses": list(missing.addresses),
    }


def _count(number: int, noun: str) -> str:
    """ "1 account", "2 accounts", "2 identities"."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"
