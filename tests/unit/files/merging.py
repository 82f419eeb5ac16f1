"""Helpers of the merge tests: a file made of rows, a wallet in memory, and what an import makes of both."""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge import ImportPlan, plan_import
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
    WalletRow,
)
from tests.unit.wallet.reference import ReferenceWallet

Row = WalletRow | IdentityRow | AccountRow | CredentialRow | ExternalCredentialRow | AddressBookRow


def file_of(*rows: Row, genesis: str | None = None) -> ImportedWallet:
    """A file with these rows; the Ledgers of its identities are in it too."""
    identities = tuple(row for row in rows if isinstance(row, IdentityRow))
    ledgers = dict.fromkeys(WalletRow(row.key.fingerprint) for row in identities)
    return ImportedWallet(
        genesis_hash=genesis,
        wallets=(*ledgers, *(row for row in rows if isinstance(row, WalletRow))),
        identities=identities,
        accounts=tuple(row for row in rows if isinstance(row, AccountRow)),
        credentials=tuple(row for row in rows if isinstance(row, CredentialRow)),
        external_credentials=tuple(row for row in rows if isinstance(row, ExternalCredentialRow)),
        address_book=tuple(row for row in rows if isinstance(row, AddressBookRow)),
    )


def importing(wallet: ReferenceWallet, file: ImportedWallet) -> tuple[ReferenceWallet, ImportPlan]:
    """The wallet after an import whose every change made a difference."""
    plan = plan_import(wallet.snapshot(), file)
    after, count = wallet.after(plan.changes)
    assert count == len(plan.changes)
    return after, plan


def wallet_of(*files: ImportedWallet) -> ReferenceWallet:
    """A wallet into which these files were imported, one after the other."""
    wallet = ReferenceWallet()
    for file in files:
        wallet, _ = importing(wallet, file)
    return wallet


def told(plan: ImportPlan) -> str:
    """All that a person reads of a plan."""
    decisions = (decision.describe() for decision in plan.decisions)
    conflicts = (conflict.describe() for conflict in plan.conflicts)
    return "\n".join((*decisions, *conflicts))


def codes(plan: ImportPlan) -> Sequence[str]:
    return [conflict.code for conflict in plan.conflicts]
