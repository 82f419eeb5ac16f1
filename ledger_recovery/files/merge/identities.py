"""[pure] Ledgers and identities of a file: an identity is known by its Ledger, provider and index, and by nothing else.

The Desktop Wallet also matches by content, and so takes two Ledgers' placeholders of one index for one identity.
"""

from __future__ import annotations

from ledger_recovery.files.checks import identity_problem, wallet_problem
from ledger_recovery.files.merge.draft import Draft, quoted
from ledger_recovery.files.merge.plan import Kind, Outcome
from ledger_recovery.wallet.changes import AddIdentity, AddWallet, MergeIdentity
from ledger_recovery.wallet.joining import attributes_unknown, join_identity, same_issue
from ledger_recovery.wallet.model import IdentityKey, IdentityRow, WalletRow
from ledger_recovery.wallet.names import is_placeholder_name


def merge_wallet(draft: Draft, row: WalletRow) -> None:
    subject = f"{row.fingerprint[:8]}…"
    problem = wallet_problem(row)
    if problem is not None:
        draft.leave_out(Kind.LEDGER, subject, problem)
    elif row.fingerprint in draft.ledgers:
        draft.decide(Kind.LEDGER, subject, Outcome.KNOWN, "the wallet has this Ledger")
    else:
        draft.ledgers.add(row.fingerprint)
        draft.decide(Kind.LEDGER, subject, Outcome.ADDED, "new to this wallet", AddWallet(row))


def merge_identity(draft: Draft, row: IdentityRow) -> None:
    subject = identity_subject(row.key, row.name)
    problem = identity_problem(row)
    if problem is None and row.key.fingerprint not in draft.ledgers:
        problem = "its Ledger is neither in the file nor in the wallet"
    if problem is not None:
        draft.leave_out(Kind.IDENTITY, subject, problem)
        return
    row = attributes_unknown(row)
    known = draft.identities.get(row.key)
    if known is None:
        draft.identities[row.key] = row
        reason = "a placeholder: its attributes are unknown" if row.is_placeholder else "new to this wallet"
        draft.decide(Kind.IDENTITY, subject, Outcome.ADDED, reason, AddIdentity(row))
        return
    _tell_contradictions(draft, known, row, subject)
    joined = join_identity(known, row)
    reason = _reason(known, row, joined)
    if joined == known:
        draft.decide(Kind.IDENTITY, subject, Outcome.KNOWN, reason)
        return
    draft.identities[row.key] = joined
    draft.decide(Kind.IDENTITY, subject, Outcome.MERGED, reason, MergeIdentity(row))


def identity_subject(key: IdentityKey, name: str) -> str:
    provider = "" if key.provider is None else f"provider {key.provider} "
    return f"{provider}index {key.index} of Ledger {key.fingerprint[:8]}… ({quoted(name)})"


def _reason(known: IdentityRow, row: IdentityRow, joined: IdentityRow) -> str:
    parts = []
    if known.is_placeholder and not joined.is_placeholder:
        parts.append(f"replaces the placeholder {quoted(known.name)}")
    elif joined.status is not known.status:
        parts.append(f"{joined.status} replaces {known.status}")
    elif row.is_placeholder and not known.is_placeholder:
        parts.append("yours is real, the file's only a placeholder")
    elif joined != known and joined.name == known.name:
        parts.append("takes what yours lacked")
    if joined.name != known.name and not known.is_placeholder:
        parts.append(f"name {quoted(joined.name)} replaces the machine-made {quoted(known.name)}")
    elif joined.name == known.name != row.name and not is_placeholder_name(row.name, row.key):
        parts.append(f"your name {quoted(known.name)} kept, because it is not machine-made")
    return "; ".join(parts) or "equal to yours"


def _tell_contradictions(draft: Draft, known: IdentityRow, row: IdentityRow, subject: str) -> None:
    if not same_issue(known, row):
        draft.tell(
            "identity-object",
            Kind.IDENTITY,
            subject,
            "the file holds another identity object for this index than the wallet, whose own was kept whole. "
            "Keep the file: one of the two is not of this Ledger",
        )
    if known.keygen_version != row.keygen_version:
        draft.tell(
            "keygen-version",
            Kind.IDENTITY,
            subject,
            f"the wallet has key generation version {known.keygen_version} and the file {row.keygen_version}; "
            "recover on this Ledger to see which its credentials were made with",
        )
