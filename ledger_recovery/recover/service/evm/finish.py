"""The end of an EVM run, whichever way it came: wallet, result, signed report, journal. Quick, and without waiting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ledger_recovery
from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.recover.events import ChangesApplied, ChangesPlanned
from ledger_recovery.recover.evm.events import EvmRunEnded
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.statement import state_completeness
from ledger_recovery.recover.result import Ending
from ledger_recovery.recover.service.environment import environment
from ledger_recovery.recover.service.evm.report_side import write_report

if TYPE_CHECKING:
    from ledger_recovery.recover.service.evm.run import Run


def finish(run: Run, ending: Ending, failure: LedgerRecoveryError | None) -> EvmResult:
    """Commit, state and record what the run found.

    :raises StorageError: wallet, report or journal could not be written.
    """
    result = _result(run, ending, failure)
    run.wallet.take(result)
    result = replace(result, changes=run.wallet.counts(), applied=not run.wallet.dry_run)
    lines = tuple(change.describe() for change in run.wallet.changes)
    run.emit(ChangesPlanned(lines, tuple(conflict.sentence for conflict in run.wallet.conflicts)))
    if not run.wallet.dry_run:
        run.emit(ChangesApplied(run.wallet.rows))
    path = write_report(result, run.wallet.conflicts, run.settings.base)
    statement = state_completeness(result)
    ended = ending.value if failure is None else ""
    nothing_left = statement.complete or (failure is None and result.policy.find is not None)
    run.journal.finish(run.record.run_id, ended, statement.sentence, result.left_open, forget=nothing_left)
    run.emit(EvmRunEnded(result, statement.sentence, str(path)))
    return result


def _result(run: Run, ending: Ending, failure: LedgerRecoveryError | None) -> EvmResult:
    places = () if run.walk is None else tuple(sorted(run.walk.places.values(), key=lambda place: place.sort_key))
    return EvmResult(
        run_id=run.record.run_id,
        started=run.record.started,
        finished=run.deps.now(),
        tool_version=ledger_recovery.__version__,
        environment=environment(),
        policy=run.record.policy,
        ending=ending,
        device=run.facts,
        chains=run.chains.facts(),
        places=places if run.found is None else (run.found,),
        outcomes=run.chains.outcomes(),
        stops={s.name: run.stops[s.name] for s in run.record.policy.schemes if s.name in run.stops},
        holdings=run.chains.holdings(),
        shown=tuple(run.shown),
        found=run.found,
        failure=None if failure is None else (failure.code, failure.sentence),
        warnings=tuple(dict.fromkeys(run.warnings)),
        timings_ms=run.stopwatch.milliseconds(),
    )
