"""[pure] What `status` shows: the runs of the journal, which can go on, and how much the wallet holds."""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.cli.evm.wallet_views import run_record_json, runs_text
from ledger_recovery.cli.sentences import counted
from ledger_recovery.cli.tables import Column, table
from ledger_recovery.cli.terminal import printable
from ledger_recovery.recover.events import Json
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.wallet.model import WalletSnapshot

SHOWN = 10
"""Runs in the table; `--json` has all."""
_COLUMNS = (
    *(Column("run"), Column("began (UTC)"), Column("network"), Column("state"), Column("identities")),
    Column("unknown cells", right=True),
)


def status_text(
    runs: Sequence[RunRecord], wallet: WalletSnapshot, where: str, width: int, evm: Sequence[EvmRunRecord] = ()
) -> str:
    """`runs`, `evm`: newest first. `where`: the wallet file."""
    first = f"wallet {printable(where)}: {holdings(wallet)}"
    if not runs and not evm:
        return f"{first}\nno run yet; begin with: ledger-recovery recover"
    parts = [first, _concordium_runs(runs, width) if runs else "", runs_text(evm, SHOWN, width)]
    return "\n\n".join(part for part in parts if part)


def _concordium_runs(runs: Sequence[RunRecord], width: int) -> str:
    parts = [table(_COLUMNS, [_cells(r) for r in runs[:SHOWN]], width)]
    newest = runs[0]
    if newest.statement:
        parts.append(f"last run: {printable(newest.statement, 2000)}")
    unfinished = next((r for r in runs if not r.ending), None)
    open_cells = next((r for r in runs if r.unknown), None)
    advice = []
    if unfinished is not None:
        advice.append(f"run {unfinished.run_id} is unfinished; continue with: ledger-recovery resume")
    if open_cells is not None:
        what = counted(open_cells.unknown, "cell")
        advice.append(f"run {open_cells.run_id} has {what} unknown; ask again with: ledger-recovery retry")
    parts.append("\n".join(advice))
    return "\n\n".join(p for p in parts if p)


def status_json(
    runs: Sequence[RunRecord],
    wallet: WalletSnapshot,
    where: str,
    resumable: str | None,
    retriable: str | None,
    evm: Sequence[EvmRunRecord] = (),
) -> Json:
    return {
        "wallet": where,
        "identities": len(wallet.identities),
        "accounts": len(wallet.accounts),
        "credentials": len(wallet.credentials),
        "resumable": resumable,
        "retriable": retriable,
        "runs": [_run_json(r) for r in runs],
        "evm_accounts": sum(not account.placeholder for account in wallet.evm.accounts),
        "evm_runs": [run_record_json(r) for r in evm],
    }


def holdings(wallet: WalletSnapshot) -> str:
    placeholders = sum(1 for i in wallet.identities if i.is_placeholder)
    identities = f"{len(wallet.identities)} identities" if len(wallet.identities) != 1 else "1 identity"
    reserved = f" ({counted(placeholders, 'placeholder')})" if placeholders else ""
    used = sum(not account.placeholder for account in wallet.evm.accounts)
    evm = f", {counted(used, 'EVM account')}" if used else ""
    return f"{counted(len(wallet.accounts), 'account')}, {identities}{reserved}{evm}"


def _cells(run: RunRecord) -> list[str]:
    identities = f"{run.approved} approved" + (f", {run.declined} declined" if run.declined else "")
    when, state = f"{run.started:%Y-%m-%d %H:%M}", run.ending or "unfinished"
    return [run.run_id, when, run.network, state, identities, str(run.unknown)]


def _run_json(run: RunRecord) -> Json:
    return {
        "run_id": run.run_id,
        "started": run.started.isoformat(),
        "network": run.network,
        "genesis": run.genesis,
        "fingerprint": run.fingerprint,
        "ending": run.ending,
        "approved": run.approved,
        "declined": run.declined,
        "unknown": run.unknown,
        "statement": run.statement,
    }
