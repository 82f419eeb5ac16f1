"""recover, resume and retry: open what a run needs, do it, close everything again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ledger_recovery.errors import ExitStatus, InputError
from ledger_recovery.recover.events import Emit
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.report import state_completeness
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service.deps import Deps, real_deps
from ledger_recovery.recover.service.device_side import DeviceSide
from ledger_recovery.recover.service.ending import unfinished
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.pinned import PinnedChain
from ledger_recovery.recover.service.report_side import prepare_reports
from ledger_recovery.recover.service.run import Run
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.stopwatch import Stopwatch
from ledger_recovery.recover.service.wallet_side import WalletSide
from ledger_recovery.wallet.store import WalletStore


async def recover(
    settings: Settings,
    policy: ScanPolicy,
    person: Person,
    emit: Emit,
    *,
    dry_run: bool = False,
    deps: Deps | None = None,
) -> RunResult:
    """Search by `policy` and rebuild the wallet from what is found.

    Cancelling the task stops the run at once: what was confirmed is kept, and the report says how far it got.

    :raises LedgerRecoveryError: what ended the run early; `RunEnded` was told before.
    """
    deps = deps or real_deps()
    with Journal(settings.journal) as journal:
        open_runs = [r for r in journal.runs() if not r.ending]
        record = RunRecord(
            run_id=deps.new_run_id(),
            started=deps.now(),
            network=settings.network,
            genesis=settings.genesis or "",
            policy=policy,
        )
        async with _run("recover", record, settings, person, emit, journal, deps, dry_run=dry_run) as run:
            journal.begin(record)
            if open_runs:
                run.emit(unfinished(open_runs[0].started))
            return await run.go()


async def resume(
    settings: Settings, person: Person, emit: Emit, *, run_id: str | None = None, deps: Deps | None = None
) -> RunResult:
    """Go on with an unfinished run (the newest, or `run_id`): at its block if the node still knows it.

    Indices whose credential IDs are known need no second approval.

    :raises InputError: there is no unfinished run.
    """
    with Journal(settings.journal) as journal:
        found = run_id or next((r.run_id for r in journal.runs() if not r.ending), None)
        if found is None:
            raise InputError("there is no unfinished run to resume", "start one with: ledger-recovery recover")
        return await _again("resume", settings, journal, found, person, emit, deps or real_deps())


async def retry(
    settings: Settings, person: Person, emit: Emit, *, run_id: str | None = None, deps: Deps | None = None
) -> RunResult:
    """Ask only the UNKNOWN cells of a run (the newest that has some, or `run_id`) again; no approval is needed.

    :raises InputError: no run has unknown cells.
    """
    with Journal(settings.journal) as journal:
        found = run_id or next((r.run_id for r in journal.runs() if r.unknown), None)
        if found is None:
            raise InputError("no run has unknown credentials to ask again", "see: ledger-recovery status")
        return await _again("retry", settings, journal, found, person, emit, deps or real_deps())


def exit_status(result: RunResult) -> ExitStatus:
    """What the run's result means for a script; it never says more than the statement of completeness."""
    if result.disagreeing_cells:
        return ExitStatus.SOURCES_DISAGREE
    return ExitStatus.COMPLETE if state_completeness(result).complete else ExitStatus.UNKNOWNS


async def _again(
    kind: str, settings: Settings, journal: Journal, run_id: str, person: Person, emit: Emit, deps: Deps
) -> RunResult:
    record = journal.load(run_id)
    if record.network != settings.network or (settings.genesis or record.genesis) != record.genesis:
        raise InputError(
            f"run {run_id} searched {record.network}, and {settings.network} is chosen now",
            f"give --network {record.network}",
        )
    settings = replace(settings, genesis=record.genesis or None)
    async with _run(kind, record, settings, person, emit, journal, deps, dry_run=False) as run:
        journal.reopen(run_id)
        return await run.go()


@asynccontextmanager
async def _run(
    kind: str,
    record: RunRecord,
    settings: Settings,
    person: Person,
    emit: Emit,
    journal: Journal,
    deps: Deps,
    *,
    dry_run: bool,
) -> AsyncIterator[Run]:
    prepare_reports(settings)
    with WalletStore.open_or_create(settings.wallet) as store, store.exclusive():
        wallet = WalletSide(store, dry_run=dry_run)
        pinned = PinnedChain(
            deps.open_chain(settings),
            uses_list=record.policy.mode.uses_list,
            emit=lambda event: run.emit(event),
            on_point=lambda point: journal.set_point(record.run_id, point),
        )
        stopwatch = Stopwatch(deps.monotonic)
        device = DeviceSide(settings, deps.open_device, person, lambda event: run.emit(event), stopwatch)
        run = Run(kind, record, settings, deps, person, emit, journal, wallet, pinned, device, stopwatch)
        yield run
