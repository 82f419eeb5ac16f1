"""[pure] A finished run as the command line shows it: statement, accounts, placeholders, unknown cells, what next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chain.concordium.account import CredentialStatus
from chain.model import Point
from ledger_recovery.cli import views
from ledger_recovery.cli.recording import Recording
from ledger_recovery.cli.sentences import counted
from ledger_recovery.cli.terminal import printable
from ledger_recovery.derive.address import encode_address
from ledger_recovery.recover.events import Event, Json, RunEnded, cell_json
from ledger_recovery.recover.model import IndexOutcome
from ledger_recovery.recover.result import DeviceFacts, RunResult
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    CredentialRow,
    IdentityRow,
    KeyStatus,
    WalletSnapshot,
)


class Recorder(Recording[RunResult]):
    """Of a Concordium run."""

    def on(self, event: Event) -> None:
        if isinstance(event, RunEnded):
            self.end(event.result, event.statement, event.report_path)
        else:
            self.hear(event)


def known_after(snapshot: WalletSnapshot, changes: Iterable[object]) -> WalletSnapshot:
    """The snapshot with the changes' additions and refreshed facts: what a dry run would have left behind.

    :param changes: of ledger_recovery.wallet.changes, told apart by the rows and facts that they carry.
    """
    identities = {r.key: r for r in snapshot.identities}
    accounts = {r.address: r for r in snapshot.accounts}
    credentials = {r.cred_id: r for r in snapshot.credentials}
    for change in changes:
        match change:
            case object(row=IdentityRow() as identity):
                identities.setdefault(identity.key, identity)
            case object(row=AccountRow() as account):
                accounts.setdefault(account.address, account)
            case object(row=CredentialRow() as credential):
                credentials.setdefault(credential.cred_id, credential)
            case object(address=str() as address, facts=AccountFacts() as facts) if address in accounts:
                accounts[address] = replace(accounts[address], facts=facts)
            case object(cred_id=str() as known, removed=bool() as removed, key_status=KeyStatus() as status) if (
                known in credentials
            ):
                credentials[known] = replace(credentials[known], removed=removed, key_status=status)
            case _:
                continue
    return replace(
        snapshot,
        identities=tuple(identities.values()),
        accounts=tuple(accounts.values()),
        credentials=tuple(credentials.values()),
    )


def of_this_run(snapshot: WalletSnapshot, result: RunResult) -> WalletSnapshot:
    """Only the accounts on which this run found an active credential, and the identities that it found used."""
    fingerprint = "" if result.device is None else result.device.fingerprint
    used = {(o.identity.provider, o.identity.index) for o in result.outcomes if o.used}
    return replace(
        snapshot,
        identities=tuple(
            r for r in snapshot.identities if r.key.fingerprint == fingerprint and (r.key.provider, r.key.index) in used
        ),
        accounts=tuple(r for r in snapshot.accounts if r.address in _owned(result)),
    )


def run_text(record: Recorder, found: WalletSnapshot, width: int) -> str:
    """What the person reads at the end. `found`: of_this_run."""
    result = record.result
    if result is None:
        return ""
    parts = [printable(record.statement)]
    if found.accounts:
        parts.append(views.account_table(views.accounts(found), width))
    if found.identities:
        parts.append(views.identity_table(found, width))
    parts.append("\n".join(_closing_lines(record, result)))
    return "\n\n".join(p for p in parts if p)


def run_json(record: Recorder, found: WalletSnapshot) -> Json:
    result = record.result
    if result is None:
        return None
    return {
        "run_id": result.run_id,
        "kind": record.kind,
        "ending": result.ending.value,
        "statement": record.statement,
        "report": record.report_path,
        "network": result.network,
        "block": None if result.point is None else _block(result.point),
        "device": None if result.device is None else device_json(result.device),
        "applied": result.applied,
        "accounts": [views.account_json(v) for v in views.accounts(found)],
        "identities": [views.identity_row_json(r, found) for r in found.identities],
        "indices": [_index(o) for o in result.outcomes],
        "unknown_cells": [cell_json(c) for c in result.unknown_cells],
        "disagreements": [cell_json(c) for c in result.disagreeing_cells],
        "next_identity": views.next_identity_json(result.next_identity),
        "changes": list(record.planned),
        "conflicts": list(record.conflicts),
        "warnings": list(result.warnings),
    }


def _closing_lines(record: Recorder, result: RunResult) -> list[str]:
    lines = [views.next_identity_text(result.next_identity)]
    lines += [f"warning: {printable(w)}" for w in result.warnings]
    lines += [f"conflict: {printable(c)}" for c in record.conflicts]
    unknown = len(result.unknown_cells)
    if unknown:
        lines.append(f"{counted(unknown, 'cell')} unknown; ask only these again with: ledger-recovery retry")
    if not result.applied and record.planned:
        lines += ["the wallet was not changed; a run without --dry-run would:", *(f"  {p}" for p in record.planned)]
    if record.report_path:
        lines.append(f"report: {record.report_path}")
    return [line for line in lines if line]


def _owned(result: RunResult) -> frozenset[str]:
    sightings = (c.sighting for o in result.outcomes for c in o.deployed)
    return frozenset(
        encode_address(s.account.address) for s in sightings if s is not None and s.status is CredentialStatus.ACTIVE
    )


def _block(point: Point) -> Json:
    return {
        "hash": point.block_hash.hex(),
        "height": point.height,
        "slot_time": point.slot_time.isoformat(),
        "age_seconds": point.age_seconds,
        "genesis": point.genesis_hash.hex(),
        "nodes": list(point.sources),
    }


def device_json(facts: DeviceFacts) -> Json:
    return {
        "model": facts.model,
        "app": facts.app,
        "app_version": facts.app_version,
        "wire_format": facts.wire_format,
        "transport": facts.transport,
        "emulated": facts.emulated,
        "fingerprint": facts.fingerprint,
    }


def _index(outcome: IndexOutcome) -> Json:
    return {
        "identity": outcome.identity.index,
        "provider": outcome.identity.provider,
        "status": outcome.status.value,
        "deployed": len(outcome.deployed),
        "unknown": len(outcome.unknown),
        "asked": len(outcome.cells),
        "empty": outcome.empty,
    }
