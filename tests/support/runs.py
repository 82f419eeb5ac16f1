"""Builders of run results for tests of the statement and the report: whole outcomes as the scan would conclude them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from chain.concordium.account import CredentialSighting
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import ALL_COUNTERS, Mode, ScanPolicy
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.recover.result import Ending, ListFacts, RunResult
from tests.support.cells import sighting
from tests.support.recover_strategies import GENESIS, ONE, device_facts, own_id, point

NODES = ("node-a:20000", "node-b:20000")
LISTING = "account list of node-a:20000"
LIST_FACTS = ListFacts(80_000, "node-a:20000")


def own(index: int, counter: int, scheme: KeyScheme = KeyScheme.LEGACY_V1, provider: int | None = None) -> CellKey:
    return CellKey(IdentityRef(index, provider), scheme, counter)


def searched(
    ref: IdentityRef,
    *,
    policy: ScanPolicy | None = None,
    hits: Mapping[CellKey, CredentialSighting] | None = None,
    unknown: Collection[CellKey] = (),
) -> IndexOutcome:
    """A scanned index under `policy` (thorough by default): all planned cells, ABSENT but for the hits and unknowns."""
    policy, hits = policy or ScanPolicy(), hits or {}
    cells = []
    for scheme in sorted(ref.schemes, key=lambda s: s.value):
        found = [k.counter for k in hits if k.scheme is scheme and k.identity == ref]
        direct = set(policy.direct_counters(max(found, default=None)))
        for counter in sorted(direct | (set(ALL_COUNTERS) if policy.mode.uses_list else set())):
            key = CellKey(ref, scheme, counter)
            cells.append(_cell(key, policy, counter in direct, hits.get(key), key in unknown))
    return IndexOutcome(ref, IndexStatus.SCANNED, tuple(cells))


def _cell(key: CellKey, policy: ScanPolicy, direct: bool, hit: CredentialSighting | None, is_unknown: bool) -> Cell:
    blank = Cell(key, own_id(ONE, key), tries=1)
    if is_unknown:
        return replace(blank, tries=3, reason_code="TIMEOUT", reason="node-a:20000 gave no answer within 5 s")
    basis = Basis.LIST if not direct else Basis.BOTH if policy.mode.uses_list else Basis.DIRECT
    sources = (*(NODES if direct else ()), *((LISTING,) if policy.mode.uses_list else ()))
    state = CellState.ABSENT if hit is None else CellState.DEPLOYED
    return replace(blank, state=state, basis=basis, sources=sources, sighting=hit)


def hits(*keys: CellKey) -> dict[CellKey, CredentialSighting]:
    """Each credential as the first of an account of its own."""
    return {key: sighting(own_id(ONE, key)) for key in keys}


def run(*outcomes: IndexOutcome, policy: ScanPolicy | None = None, ending: Ending = Ending.RANGE_DONE) -> RunResult:
    """A finished run with fixed times; change the rest by `dataclasses.replace`."""
    policy = policy or ScanPolicy()
    return RunResult(
        run_id="run-1",
        started=datetime(2026, 1, 31, 9, 0, 10, tzinfo=UTC),
        finished=datetime(2026, 1, 31, 9, 5, 0, tzinfo=UTC),
        tool_version="0.1.0",
        environment={"os": "Linux 6.1", "python": "3.11.2"},
        policy=policy,
        ending=ending,
        network="mainnet",
        device=device_facts(),
        point=point(),
        account_list=LIST_FACTS if policy.mode.uses_list else None,
        outcomes=outcomes,
    )


def findings_of(result: RunResult) -> Findings:
    return Findings(ONE, GENESIS, point().height, result.outcomes, result.key_checks)


PRIVATE = ScanPolicy(mode=Mode.PRIVATE)
DIRECT = ScanPolicy(mode=Mode.DIRECT)
DEEP = ScanPolicy(deep=True)
