"""[pure] Accounts of a file, by address (29 bytes) over the whole wallet, under whichever identity it has them."""

from __future__ import annotations

from ledger_recovery.files.checks import account_problem
from ledger_recovery.files.merge.draft import Draft, quoted
from ledger_recovery.files.merge.plan import Kind, Outcome
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.changes import AddAccount, MergeAccount
from ledger_recovery.wallet.joining import join_account
from ledger_recovery.wallet.model import AccountRow
from ledger_recovery.wallet.names import is_short_name


def merge_account(draft: Draft, row: AccountRow) -> None:
    problem = account_problem(row)
    if problem is None and row.identity not in draft.identities:
        problem = "its identity is neither in the file nor in the wallet, so no Ledger is known to control it"
    if problem is not None:
        draft.leave_out(Kind.ACCOUNT, row.address or f"{quoted(row.name)}", problem)
        return
    known = draft.account(row.address)
    if known is None:
        draft.accounts[canonical_key(row.address)] = row
        draft.decide(Kind.ACCOUNT, row.address, Outcome.ADDED, f"as {quoted(row.name)}", AddAccount(row))
        return
    joined = join_account(known, row)
    reason = _reason(known, row, joined)
    if joined == known:
        draft.decide(Kind.ACCOUNT, row.address, Outcome.KNOWN, reason)
        return
    draft.accounts[canonical_key(row.address)] = joined
    draft.decide(Kind.ACCOUNT, row.address, Outcome.MERGED, reason, MergeAccount(row))


def _reason(known: AccountRow, row: AccountRow, joined: AccountRow) -> str:
    parts = []
    if joined.status is not known.status:
        parts.append(f"{joined.status} replaces {known.status}")
    parts += _taken(known, joined)
    if joined.name != known.name:
        parts.append(f"name {quoted(joined.name)} replaces the machine-made {quoted(known.name)}")
    elif row.name != known.name:
        made = is_short_name(row.name, row.address)
        why = "the file's is machine-made" if made else f"it is not machine-made (the file has {quoted(row.name)})"
        parts.append(f"name {quoted(known.name)} kept, because {why}")
    if row.identity != known.identity:
        parts.append("stays under the identity that the wallet has it under")
    return "; ".join(parts) or "equal to yours"


def _taken(known: AccountRow, joined: AccountRow) -> list[str]:
    taken = []
    if joined.self_amounts != known.self_amounts or joined.incoming_amounts != known.incoming_amounts:
        taken.append("shielded amounts taken")
    if joined.deployment_transaction_id != known.deployment_transaction_id:
        taken.append("deployment transaction taken")
    if joined.transaction_filter != known.transaction_filter:
        taken.append("transaction filter taken")
    if joined.facts != known.facts:
        taken.append("newer facts of the chain taken")
    return taken
