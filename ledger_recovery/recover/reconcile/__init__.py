"""[pure] (wallet snapshot, findings) -> changes and conflicts. Idempotent, order-free, additive.

Nothing is deleted, and no name, note, real identity, policy or randomness that the wallet holds is replaced; what
contradicts it is told as a conflict. UNKNOWN and ABSENT cells change nothing.
"""

from __future__ import annotations

from ledger_recovery.errors import InputError
from ledger_recovery.recover.reconcile.account_changes import (
    account_changes,
    address_book_changes,
    lost_accounts,
    owners,
)
from ledger_recovery.recover.reconcile.credential_changes import absent_but_seen, credential_changes, external_changes
from ledger_recovery.recover.reconcile.findings import Conflict, Findings, Hit, Reconciliation, hits_of
from ledger_recovery.recover.reconcile.known import Known
from ledger_recovery.recover.reconcile.placeholders import identity_changes
from ledger_recovery.wallet.changes import AddWallet, BindNetwork, Change
from ledger_recovery.wallet.model import WalletRow, WalletSnapshot

__all__ = ["Conflict", "Findings", "Reconciliation", "reconcile"]


def reconcile(snapshot: WalletSnapshot, findings: Findings) -> Reconciliation:
    """Compare a wallet with what was found; the same inputs in any order give the same changes in one order.

    The Ledger is added even when nothing was found. The network is bound with the first thing that depends on it.

    :raises InputError: the wallet is bound to another network.
    """
    known = Known.of(snapshot)
    _require_same_network(known, findings)
    hits, conflicts = hits_of(findings)
    owned = owners(hits)

    identities, odd_identities = identity_changes(known, hits)
    accounts, odd_accounts = account_changes(known, owned, findings.height)
    credentials, odd_credentials = credential_changes(known, hits, findings.height)
    changes: list[Change] = [
        *_frame(known, findings, hits),
        *identities,
        *accounts,
        *credentials,
        *external_changes(known, findings, owned),
        *address_book_changes(known, owned),
    ]
    told = {
        *conflicts,
        *odd_identities,
        *odd_accounts,
        *odd_credentials,
        *lost_accounts(known, hits, owned),
        *absent_but_seen(findings, hits),
    }
    return Reconciliation(tuple(changes), tuple(sorted(told, key=lambda c: c.sort_key)))


def _frame(known: Known, findings: Findings, hits: tuple[Hit, ...]) -> list[Change]:
    changes: list[Change] = []
    if known.genesis_hash is None and hits:
        changes.append(BindNetwork(findings.genesis_hash))
    if findings.fingerprint not in known.fingerprints:
        changes.append(AddWallet(WalletRow(findings.fingerprint)))
    return changes


def _require_same_network(known: Known, findings: Findings) -> None:
    if known.genesis_hash is not None and known.genesis_hash != findings.genesis_hash:
        raise InputError(
            f"this wallet belongs to the network with genesis block {known.genesis_hash}, "
            f"but the search ran on the one with genesis block {findings.genesis_hash}",
            "Choose the wallet's own network, or another wallet file for this one.",
        )
