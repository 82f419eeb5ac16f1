"""[pure] (wallet snapshot, imported wallet) -> plan: one decision for each item of the file, and the changes to apply.

Additive and idempotent: nothing is deleted, importing twice changes nothing, and no name, note, randomness or real
identity that the wallet holds gives way to a lesser one. The rules for one row are in `wallet.joining`; matching is
here.
"""

from __future__ import annotations

from ledger_recovery.errors import OtherNetwork
from ledger_recovery.files.checks import is_hex
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge.accounts import merge_account
from ledger_recovery.files.merge.book import merge_entry
from ledger_recovery.files.merge.counters import tell_stale_counters
from ledger_recovery.files.merge.credentials import merge_credential, merge_external
from ledger_recovery.files.merge.draft import Draft
from ledger_recovery.files.merge.evm import merge_evm
from ledger_recovery.files.merge.identities import merge_identity, merge_wallet
from ledger_recovery.files.merge.plan import Conflict, Decision, ImportPlan, Kind, Outcome, OutcomeCounts
from ledger_recovery.wallet.changes import BindNetwork
from ledger_recovery.wallet.model import WalletSnapshot

__all__ = ["Conflict", "Decision", "ImportPlan", "Kind", "Outcome", "OutcomeCounts", "plan_import"]


def plan_import(snapshot: WalletSnapshot, imported: ImportedWallet) -> ImportPlan:
    """Decide on every item of a file, against the wallet as the items before it leave it.

    :raises OtherNetwork: the file belongs to another network than the wallet.
    """
    draft = Draft(snapshot)
    genesis_hash = imported.genesis_hash
    if genesis_hash is not None and not is_hex(genesis_hash, 64):
        draft.leave_out(Kind.NETWORK, "of the file", "its genesis hash is not 64 hexadecimal digits")
        genesis_hash = None
    _decide_network(draft, genesis_hash)
    for wallet in imported.wallets:
        merge_wallet(draft, wallet)
    for identity in imported.identities:
        merge_identity(draft, identity)
    for account in imported.accounts:
        merge_account(draft, account)
    for credential in imported.credentials:
        merge_credential(draft, credential)
    for external in imported.external_credentials:
        merge_external(draft, external)
    for entry in imported.address_book:
        merge_entry(draft, entry)
    merge_evm(draft, snapshot.evm, imported.evm)
    tell_stale_counters(draft, imported)
    return ImportPlan(tuple(draft.changes), tuple(draft.decisions), tuple(draft.conflicts), genesis_hash is None)


def _decide_network(draft: Draft, genesis_hash: str | None) -> None:
    if genesis_hash is None:
        return
    subject = f"with genesis block {genesis_hash[:8]}…"
    if draft.genesis_hash is None:
        reason = "the wallet is bound to it from now on"
        draft.decide(Kind.NETWORK, subject, Outcome.ADDED, reason, BindNetwork(genesis_hash))
    elif draft.genesis_hash == genesis_hash:
        draft.decide(Kind.NETWORK, subject, Outcome.KNOWN, "the wallet belongs to it")
    else:
        raise OtherNetwork(
            f"the file belongs to the network with genesis block {genesis_hash}, and the wallet to the one with "
            f"genesis block {draft.genesis_hash}",
            "import it into a wallet file of its own network: give another --wallet file",
            file_genesis=genesis_hash,
            wallet_genesis=draft.genesis_hash,
        )
