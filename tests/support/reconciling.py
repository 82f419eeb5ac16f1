"""Short words for tests of the reconciler: a run with some hits, the changes of one kind, the wallet afterwards."""

from __future__ import annotations

from dataclasses import replace

from chain.concordium.account import ChainAccount
from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.model import KeyStatus, WalletSnapshot
from tests.support.cells import fake_id, sighting
from tests.support.memory_wallet import applied
from tests.support.recover_strategies import GENESIS, ONE, own_id

EMPTY = WalletSnapshot()
STRANGER = fake_id("stranger")


def hit(key: CellKey, holder: ChainAccount | None = None, fingerprint: str = ONE) -> Cell:
    cred_id = own_id(fingerprint, key)
    return Cell(key, cred_id, CellState.DEPLOYED, Basis.DIRECT, ("node:1",), sighting=sighting(cred_id, holder))


def run(
    *cells: Cell, fingerprint: str = ONE, height: int = 100, checks: dict[bytes, KeyStatus] | None = None
) -> Findings:
    refs = sorted({c.key.identity for c in cells}, key=lambda r: r.sort_key)
    outcomes = tuple(
        IndexOutcome(ref, IndexStatus.SCANNED, tuple(c for c in cells if c.key.identity == ref)) for ref in refs
    )
    return Findings(fingerprint, GENESIS, height, outcomes, checks or {})


def changes_of(kind: type[Change], snapshot: WalletSnapshot, found: Findings) -> list[Change]:
    return [c for c in reconcile(snapshot, found).changes if isinstance(c, kind)]


def codes(snapshot: WalletSnapshot, found: Findings) -> list[str]:
    return [c.code for c in reconcile(snapshot, found).conflicts]


def wallet_after(found: Findings, snapshot: WalletSnapshot = EMPTY) -> WalletSnapshot:
    return applied(snapshot, reconcile(snapshot, found).changes)


def with_account(found: Findings, **edits: object) -> WalletSnapshot:
    snapshot = wallet_after(found)
    return replace(snapshot, accounts=tuple(replace(a, **edits) for a in snapshot.accounts))  # type: ignore[arg-type]  # edits are row fields


def with_credential(found: Findings, **edits: object) -> WalletSnapshot:
    snapshot = wallet_after(found)
    return replace(snapshot, credentials=tuple(replace(c, **edits) for c in snapshot.credentials))  # type: ignore[arg-type]  # edits are row fields
