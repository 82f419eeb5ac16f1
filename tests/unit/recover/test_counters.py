"""Next safe counters: deployed, unknown and stored ones count as taken."""

from __future__ import annotations

import pytest

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import Basis, Cell, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.reconcile.counters import next_safe_counters
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.wallet.model import CredentialRow, IdentityKey, WalletSnapshot
from tests.support.cells import cell_key, fake_id, sighting
from tests.support.recover_strategies import GENESIS, ONE, TWO

REF = IdentityRef(0)


def found(states: str, scheme: KeyScheme = KeyScheme.LEGACY_V1, *, start: int = 0) -> Findings:
    """Outcomes of index 0 from letters: D, A and ? for the counters from `start`."""
    cells = []
    for counter, letter in enumerate(states, start):
        key, cred_id = cell_key(0, counter, scheme), fake_id(counter)
        cells.append(
            {
                "D": Cell(key, cred_id, CellState.DEPLOYED, Basis.DIRECT, sighting=sighting(cred_id)),
                "A": Cell(key, cred_id, CellState.ABSENT, Basis.DIRECT),
                "?": Cell(key, cred_id, reason_code="TIMEOUT", reason="no answer"),
            }[letter]
        )
    return Findings(ONE, GENESIS, 1, (IndexOutcome(REF, IndexStatus.SCANNED, tuple(cells)),))


def stored(fingerprint: str, counter: int) -> WalletSnapshot:
    row = CredentialRow("ab" * 48, "3x", IdentityKey(fingerprint, None, 0), counter, 0)
    return WalletSnapshot(credentials=(row,))


@pytest.mark.parametrize(
    ("snapshot", "findings", "expected"),
    [
        (WalletSnapshot(), found("AAA"), {}),
        (WalletSnapshot(), found("???"), {}),
        (WalletSnapshot(), found("DAA"), {REF: 1}),
        (WalletSnapshot(), found("DADA", KeyScheme.LEGACY_V0), {REF: 3}),
        (WalletSnapshot(), found("DA?A"), {REF: 3}),
        (stored(ONE, 6), found("DAA"), {REF: 7}),
        (stored(ONE, 6), found("AAA"), {REF: 7}),
        (stored(TWO, 6), found("DAA"), {REF: 1}),
        (WalletSnapshot(), found("D", start=254), {REF: 255}),
        (WalletSnapshot(), found("D", start=255), {REF: None}),
    ],
    ids=[
        "empty",
        "unknown only",
        "one",
        "v0 with a hole",
        "unknown above",
        "stored above",
        "stored only",
        "other Ledger",
        "the last one",
        "none left",
    ],
)
def test_next_safe_counter(
    snapshot: WalletSnapshot, findings: Findings, expected: dict[IdentityRef, int | None]
) -> None:
    assert next_safe_counters(snapshot, findings) == expected


def test_an_index_that_was_not_searched_has_no_safe_counter() -> None:
    outcome = IndexOutcome(REF, IndexStatus.DECLINED)
    assert next_safe_counters(stored(ONE, 6), Findings(ONE, GENESIS, 1, (outcome,))) == {}
