"""[pure] The next safe credential counter of each used identity; a reused counter collides with its credential."""

from __future__ import annotations

from collections.abc import Mapping

from ledger_recovery.derive.schemes import MAX_COUNTER, IdentityRef
from ledger_recovery.recover.model import CellState, IndexStatus
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.wallet.model import WalletSnapshot


def next_safe_counters(snapshot: WalletSnapshot, findings: Findings) -> Mapping[IdentityRef, int | None]:
    """Per scanned identity with credentials: one above the highest counter that may be taken; None: none is left.

    DEPLOYED and UNKNOWN counters of every key scheme count as taken, and so do those stored in the wallet.
    """
    stored: dict[IdentityRef, set[int]] = {}
    for row in snapshot.credentials:
        if row.identity.fingerprint == findings.fingerprint:
            ref = IdentityRef(row.identity.index, row.identity.provider)
            stored.setdefault(ref, set()).add(row.counter)
    taken: dict[IdentityRef, set[int]] = {}
    for outcome in sorted(findings.outcomes, key=lambda o: o.identity.sort_key):
        kept = stored.get(outcome.identity, set())
        if outcome.status is IndexStatus.SCANNED and (outcome.used or kept):
            open_or_used = {c.key.counter for c in outcome.cells if c.state is not CellState.ABSENT}
            taken[outcome.identity] = taken.get(outcome.identity, set()) | kept | open_or_used
    return {ref: _after(max(counters)) for ref, counters in taken.items()}


def _after(highest: int) -> int | None:
    return highest + 1 if highest < MAX_COUNTER else None
