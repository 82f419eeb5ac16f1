"""[pure] Credentials of a file, by credential ID: ours under their identity and counter, co-holders' on our accounts.

What the chain decides (removed or not, the index on the account) a file does not change: it is older than the chain,
and a recovery asks.
"""

from __future__ import annotations

from ledger_recovery.files.checks import credential_problem, external_problem
from ledger_recovery.files.merge.draft import Draft, slot_of
from ledger_recovery.files.merge.plan import Kind, Outcome
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.changes import (
    AddCredential,
    AddExternalCredential,
    MergeCredential,
    MergeExternalCredential,
)
from ledger_recovery.wallet.joining import join_credential, join_external, same_credential
from ledger_recovery.wallet.model import CredentialRow, ExternalCredentialRow

_KEPT = "the wallet's was kept. Compare both with the chain by running recover on this Ledger"


def merge_credential(draft: Draft, row: CredentialRow) -> None:
    subject = f"{row.cred_id[:8]}… (counter {row.counter})"
    problem = credential_problem(row)
    if problem is None and row.identity not in draft.identities:
        problem = "its identity is neither in the file nor in the wallet"
    if problem is not None:
        draft.leave_out(Kind.CREDENTIAL, subject, problem)
        return
    known = draft.credentials.get(row.cred_id)
    if known is None:
        _add(draft, row, subject)
        return
    problem = _elsewhere(known, row)
    if problem is not None:
        draft.tell("credential-elsewhere", Kind.CREDENTIAL, subject, f"{problem}; {_KEPT}")
        draft.leave_out(Kind.CREDENTIAL, subject, problem)
        return
    _tell_differing_state(draft, known, row, subject)
    joined = join_credential(known, row)
    if joined == known:
        draft.decide(Kind.CREDENTIAL, subject, Outcome.KNOWN, "the wallet has all that the file has of it")
        return
    draft.credentials[row.cred_id] = joined
    draft.decide(Kind.CREDENTIAL, subject, Outcome.MERGED, _reason(known, joined), MergeCredential(row))


def merge_external(draft: Draft, row: ExternalCredentialRow) -> None:
    subject = f"{row.cred_id[:8]}… of account {row.account_address}"
    problem = external_problem(row) or _external_problem(draft, row)
    if problem is not None:
        draft.leave_out(Kind.EXTERNAL_CREDENTIAL, subject, problem)
        return
    known = draft.external.get(row.cred_id)
    if known is None:
        draft.external[row.cred_id] = row
        change = AddExternalCredential(row)
        draft.decide(Kind.EXTERNAL_CREDENTIAL, subject, Outcome.ADDED, "new to this wallet", change)
        return
    if canonical_key(known.account_address) != canonical_key(row.account_address):
        problem = "the wallet has it on another account"
        draft.tell("external-elsewhere", Kind.EXTERNAL_CREDENTIAL, subject, f"{problem}; {_KEPT}")
        draft.leave_out(Kind.EXTERNAL_CREDENTIAL, subject, problem)
        return
    joined = join_external(known, row)
    if joined == known:
        kept = known.note != row.note and bool(row.note)
        reason = "your note kept" if kept else "equal to yours"
        draft.decide(Kind.EXTERNAL_CREDENTIAL, subject, Outcome.KNOWN, reason)
        return
    draft.external[row.cred_id] = joined
    reason = "note taken, because yours had none"
    draft.decide(Kind.EXTERNAL_CREDENTIAL, subject, Outcome.MERGED, reason, MergeExternalCredential(row))


def _add(draft: Draft, row: CredentialRow, subject: str) -> None:
    if slot_of(row) in draft.slots:
        problem = "the wallet holds another credential ID under this identity, key scheme and counter"
        sentence = f"{problem}, which one Ledger cannot produce; {_KEPT}"
        draft.tell("credential-slot", Kind.CREDENTIAL, subject, sentence)
        draft.leave_out(Kind.CREDENTIAL, subject, problem)
        return
    draft.credentials[row.cred_id] = row
    draft.slots[slot_of(row)] = row.cred_id
    reason = "removed from its account" if row.removed else f"of account {row.account_address}"
    draft.decide(Kind.CREDENTIAL, subject, Outcome.ADDED, reason, AddCredential(row))


def _elsewhere(known: CredentialRow, row: CredentialRow) -> str | None:
    if not same_credential(known, row):
        return "the wallet has it under another identity or counter"
    if canonical_key(known.account_address) != canonical_key(row.account_address):
        return "the wallet has it on another account"
    return None


def _tell_differing_state(draft: Draft, known: CredentialRow, row: CredentialRow, subject: str) -> None:
    if known.removed != row.removed:
        states = ("removed from its account", "active")
        yours, theirs = states if known.removed else reversed(states)
        sentence = f"the wallet has it as {yours} and the file as {theirs}; {_KEPT}"
        draft.tell("credential-state", Kind.CREDENTIAL, subject, sentence)


def _reason(known: CredentialRow, joined: CredentialRow) -> str:
    taken = []
    if joined.randomness != known.randomness:
        taken.append("randomness taken, because yours had none")
    if joined.policy != known.policy:
        why = "yours had none" if known.policy is None else "the file's says it in plain text"
        taken.append(f"policy taken, because {why}")
    if joined.key_status is not known.key_status:
        taken.append("result of the key check taken")
    return "; ".join(taken)


def _external_problem(draft: Draft, row: ExternalCredentialRow) -> str | None:
    if row.cred_id in draft.credentials:
        return "it is not a co-holder's: the wallet has it as your own"
    if draft.account(row.account_address) is None:
        return "its account is neither in the file nor in the wallet"
    return None
