"""The end of a run, whichever way it came: wallet, result, signed report, journal. Quick, and without waiting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ledger_recovery
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.recover.events import ChangesApplied, ChangesPlanned, RunEnded
from ledger_recovery.recover.model import IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import next_safe_index
from ledger_recovery.recover.reconcile.counters import next_safe_counters
from ledger_recovery.recover.report.statement import state_completeness
from ledger_recovery.recover.result import Ending, RunResult
from ledger_recovery.recover.service.environment import environment
from ledger_recovery.recover.service.report_side import write_report

if TYPE_CHECKING:
    from ledger_recovery.recover.service.run import Run

MOST_SKIPPED_LISTED = 1_000
"""Indices of the range that were never reached are listed one by one up to here."""


def finish(run: Run, ending: Ending, failure: LedgerRecoveryError | None) -> RunResult:
    """Commit, state and record what the run found.

    :raises StorageError: wallet, report or journal could not be written.
    """
    outcomes = () if run.walk is None else run.walk.outcomes()
    run.take(outcomes)
    lines = tuple(c.describe() for c in run.wallet.changes)
    conflicts = tuple(c.describe() for c in run.wallet.conflicts)
    run.emit(ChangesPlanned(lines, conflicts))
    if not run.wallet.dry_run:
        run.emit(ChangesApplied(run.wallet.rows))
    result = _result(run, ending, failure, (*outcomes, *_skipped(run, outcomes)))
    path = write_report(result, run.wallet.conflicts, run.settings)
    sentence = state_completeness(result).sentence
    unknown = len(result.unknown_cells)
    nothing_left = failure is None and unknown == 0 and all(o.status is IndexStatus.SCANNED for o in result.outcomes)
    ended = ending.value if failure is None else ""
    run.journal.finish(run.record.run_id, ended, sentence, unknown, forget_ids=nothing_left)
    run.emit(RunEnded(result, sentence, str(path)))
    return result


def _skipped(run: Run, outcomes: tuple[IndexOutcome, ...]) -> tuple[IndexOutcome, ...]:
    """The indices of a fixed range that were never reached, so that the report cannot pass over them."""
    policy, reached = run.record.policy, {o.identity for o in outcomes}
    if policy.last is None:
        return ()
    last = min(policy.last, policy.first + MOST_SKIPPED_LISTED - 1)
    wanted = (IdentityRef(i, f) for f in policy.families for i in range(policy.first, last + 1))
    return tuple(IndexOutcome(i, IndexStatus.SKIPPED) for i in wanted if i not in reached)


def _result(
    run: Run, ending: Ending, failure: LedgerRecoveryError | None, outcomes: tuple[IndexOutcome, ...]
) -> RunResult:
    point = run.pinned.current[1].point if run.pinned.generation else None
    return RunResult(
        run_id=run.record.run_id,
        started=run.record.started,
        finished=run.deps.now(),
        tool_version=ledger_recovery.__version__,
        environment=environment(),
        policy=run.record.policy,
        ending=ending,
        network=run.record.network,
        device=run.facts,
        point=point,
        account_list=run.pinned.list_facts,
        outcomes=outcomes,
        key_checks=dict(run.key_checks),
        changes=tuple(run.wallet.changes),
        applied=not run.wallet.dry_run,
        next_identity=_next_identities(run, outcomes),
        failure=None if failure is None else (failure.code, failure.sentence),
        warnings=tuple(dict.fromkeys(run.warnings)),
        repins=run.pinned.repins,
        next_counters=_next_counters(run, outcomes),
        timings_ms=run.stopwatch.milliseconds(),
    )


def _next_identities(run: Run, outcomes: tuple[IndexOutcome, ...]) -> Mapping[int | None, int]:
    if run.facts is None:
        return {}
    policy, fingerprint = run.record.policy, run.facts.fingerprint
    return {
        family: next_safe_index(
            policy.first,
            [o for o in outcomes if o.identity.provider == family],
            run.wallet.known_indices(fingerprint, family),
        )
        for family in policy.families
    }


def _next_counters(run: Run, outcomes: tuple[IndexOutcome, ...]) -> Mapping[IdentityRef, int | None]:
    findings = run.findings(outcomes)
    return {} if findings is None else next_safe_counters(run.wallet.snapshot, findings)
