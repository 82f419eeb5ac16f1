"""[pure] Credential rows: ours, by credential ID, active or removed; and co-holders' on accounts of ours.

What the wallet holds under another identity, account or counter is told and left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.recover.model import CellState
from ledger_recovery.recover.reconcile.findings import Conflict, Findings, Hit, cred_ids_of, identity_key
from ledger_recovery.recover.reconcile.known import Known, account_key
from ledger_recovery.recover.reconcile.naming import policy_json
from ledger_recovery.wallet.changes import AddCredential, AddExternalCredential, RefreshCredential
from ledger_recovery.wallet.model import CredentialRow, ExternalCredentialRow, KeyStatus

CredentialChange = AddCredential | RefreshCredential


def credential_changes(known: Known, hits: Sequence[Hit], height: int) -> tuple[list[CredentialChange], list[Conflict]]:
    """Add what is missing, refresh what differs; sorted additions first, then refreshes, as the hits are."""
    added: list[CredentialChange] = []
    refreshed: list[CredentialChange] = []
    conflicts: list[Conflict] = []
    for hit in hits:
        row = known.credentials.get(hit.cred_id)
        if row is None:
            occupant = known.slots.get((hit.identity, hit.key.scheme.value, hit.key.counter))
            if occupant is None:
                added.append(AddCredential(_credential_row(hit)))
            else:
                conflicts.append(_slot_taken(hit))
            continue
        conflict = _contradiction(row, hit)
        if conflict is not None:
            conflicts.append(conflict)
            continue
        refresh = None if _is_older(known, hit, height) else _refresh(row, hit)
        if refresh is not None:
            refreshed.append(refresh)
    return [*added, *refreshed], conflicts


def external_changes(known: Known, findings: Findings, owned: Sequence[Hit]) -> list[AddExternalCredential]:
    """Co-holders' credentials on our accounts.

    Every derived credential ID counts as ours, also one whose own look-up stayed unanswered. A credential of a newer
    kind whose ID could not be read is left out: there is nothing to name it by.
    """
    ours = cred_ids_of(findings) | known.credentials.keys() | known.external
    rows = {
        cred_id: ExternalCredentialRow(cred_id, hit.address)
        for hit in reversed(owned)
        for cred_id in (c.cred_id.hex() for c in hit.account.credentials if c.cred_id)
        if cred_id not in ours
    }
    return [
        AddExternalCredential(row) for _, row in sorted(rows.items(), key=lambda kv: (kv[1].account_address, kv[0]))
    ]


def absent_but_seen(findings: Findings, hits: Sequence[Hit]) -> list[Conflict]:
    """Credentials that were answered "never deployed" although an account of ours shows them: a source is wrong."""
    seen = {c.cred_id: h.address for h in hits for c in h.account.credentials}
    sentence = "this credential was answered as never deployed, yet the account shows it; ask another node"
    return [
        Conflict(
            "absent-but-seen",
            sentence,
            identity_key(findings.fingerprint, cell.key),
            seen[cell.cred_id],
            cell.cred_id.hex(),
        )
        for outcome in findings.outcomes
        for cell in outcome.cells
        if cell.state is CellState.ABSENT and cell.cred_id is not None and cell.cred_id in seen
    ]


def _credential_row(hit: Hit) -> CredentialRow:
    return CredentialRow(
        cred_id=hit.cred_id,
        account_address=hit.address,
        identity=hit.identity,
        counter=hit.key.counter,
        credential_index=None if hit.credential is None else hit.credential.credential_index,
        policy=None if hit.credential is None else policy_json(hit.credential.policy),
        scheme=hit.key.scheme.value,
        removed=hit.credential is None,
        key_status=hit.key_status,
    )


def _refresh(row: CredentialRow, hit: Hit) -> RefreshCredential | None:
    """None when nothing differs. A key check that was not made this time does not undo an earlier one."""
    fresh = _credential_row(hit)
    checked = row.key_status if fresh.key_status is KeyStatus.NOT_CHECKED else fresh.key_status
    policy = fresh.policy if row.policy is None else row.policy
    change = RefreshCredential(row.cred_id, fresh.credential_index, fresh.removed, checked, policy)
    same = (row.credential_index, row.removed, row.key_status, row.policy) == (
        change.credential_index,
        change.removed,
        change.key_status,
        change.policy,
    )
    return None if same else change


def _is_older(known: Known, hit: Hit, height: int) -> bool:
    """Does the wallet know this account from a newer block than that of the findings (a resumed, older run)?"""
    row = known.account(hit.address)
    return row is not None and row.facts is not None and row.facts.block_height > height


def _contradiction(row: CredentialRow, hit: Hit) -> Conflict | None:
    fresh = _credential_row(hit)
    differing = [
        word
        for word, stored, found in (
            ("identity", row.identity, fresh.identity),
            ("account", account_key(row.account_address), account_key(fresh.account_address)),
            ("counter", row.counter, fresh.counter),
            ("key scheme", row.scheme, fresh.scheme),
        )
        if stored != found
    ]
    if differing:
        sentence = (
            f"the wallet holds this credential with another {' and '.join(differing)} than was found; "
            "it was left as it is. Compare it with your export file"
        )
        return Conflict("credential-elsewhere", sentence, hit.identity, hit.address, hit.cred_id)
    if row.removed and hit.credential is not None:
        # A removed credential ID cannot come back on any account (concordium-node Scheduler.hs).
        sentence = (
            "the wallet has this credential as removed, yet the block shows it as active, which the chain does not "
            "allow: the block is older than the wallet, or the node is wrong. It was left as it is"
        )
        return Conflict("credential-came-back", sentence, hit.identity, hit.address, hit.cred_id)
    return None


def _slot_taken(hit: Hit) -> Conflict:
    sentence = (
        "the wallet holds another credential ID under this identity, key scheme and counter, which one Ledger cannot "
        "produce; the found one was not recorded. Check that the stored one is really of this Ledger"
    )
    return Conflict("credential-slot", sentence, hit.identity, hit.address, hit.cred_id)
