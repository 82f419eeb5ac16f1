"""Three runs whose printed reports are kept as snapshots: one complete, one not, one of an empty Ledger."""

from __future__ import annotations

from dataclasses import replace

from chain.concordium.account import Stake, StakeKind
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import Disagreement, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.counters import next_safe_counters
from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.report import Report, build_report
from ledger_recovery.recover.result import Ending, ListFacts, RunResult
from ledger_recovery.wallet.model import IdentityKey, KeyStatus, WalletSnapshot
from tests.support.cells import account, fake_id, sighting
from tests.support.recover_strategies import ONE, own_id
from tests.support.runs import PRIVATE, findings_of, hits, own, run, searched


def _planned(result: RunResult, applied: bool) -> RunResult:
    findings = findings_of(result)
    changes = reconcile(WalletSnapshot(), findings).changes
    return replace(
        result,
        changes=changes,
        applied=applied,
        next_identity={None: len(result.outcomes)},
        next_counters=next_safe_counters(WalletSnapshot(), findings),
    )


def complete() -> Report:
    """Two identities; a shared account with stakes; a removed credential; changed keys."""
    first, later, gone, old = own(0, 0), own(0, 1), own(1, 2), own(1, 200, KeyScheme.LEGACY_V0)
    shared = replace(
        account([own_id(ONE, first), own_id(ONE, later), fake_id("friend")], amount=1_234_567_890_123),
        threshold=2,
        stake=Stake(StakeKind.DELEGATOR, 2_000_000, 12),
    )
    found = {
        first: sighting(own_id(ONE, first), shared),
        later: sighting(own_id(ONE, later), shared),
        gone: sighting(own_id(ONE, gone), account([fake_id("friend")])),
        **hits(old),
    }
    outcomes = [searched(IdentityRef(n), hits=found) for n in range(2)]
    result = _planned(run(*outcomes, searched(IdentityRef(2)), policy=ScanPolicy(last=2)), applied=True)
    checks = {own_id(ONE, first): KeyStatus.CAN_SIGN, own_id(ONE, old): KeyStatus.KEYS_CHANGED}
    result = replace(result, key_checks=checks, timings_ms={"Ledger": 31_000, "look-ups": 812})
    mixed = Conflict("mixed-keygen", "credentials of both key generation versions", IdentityKey(ONE, None, 1))
    return build_report(result, [mixed])


def not_complete() -> Report:
    """Unknown credentials, a declined index, a disagreement, a dry run, a failed account list."""
    outcome = searched(IdentityRef(0), hits=hits(own(0, 0)), unknown={own(0, 3), own(0, 4)})
    told = Disagreement("node-a:20000", "never deployed", "node-b:20000", "credential is deployed")
    cells = tuple(replace(c, disagreements=(told,)) if c.key == own(0, 0) else c for c in outcome.cells)
    declined = IndexOutcome(IdentityRef(1), IndexStatus.DECLINED)
    result = run(replace(outcome, cells=cells), declined, ending=Ending.CANCELLED)
    result = _planned(
        replace(result, account_list=ListFacts(error_code="CUT", error="the stream was cut")), applied=False
    )
    return build_report(replace(result, warnings=("The clock of this computer is 70 s behind the block.",)))


def empty() -> Report:
    """A private search of an empty Ledger."""
    outcomes = [searched(IdentityRef(n), policy=PRIVATE) for n in range(3)]
    return build_report(_planned(run(*outcomes, policy=PRIVATE, ending=Ending.STOPPED_BY_PERSON), applied=True))


WORLDS = {"complete": complete, "not_complete": not_complete, "empty": empty}
