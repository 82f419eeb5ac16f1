"""recover, resume and retry of the EVM family: open what a run needs, do it, close everything again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ledger_recovery.errors import ExitStatus, InputError
from ledger_recovery.recover.evm.events import EvmEmit, EvmEvent
from ledger_recovery.recover.evm.journal import EvmJournal
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.statement import state_completeness
from ledger_recovery.recover.service.ending import unfinished
from ledger_recovery.recover.service.evm.chain_side import ChainSide
from ledger_recovery.recover.service.evm.chains import Before, Chains
from ledger_recovery.recover.service.evm.deps import EvmDeps, real_deps
from ledger_recovery.recover.service.evm.device_side import DeviceSide
from ledger_recovery.recover.service.evm.run import Run
from ledger_recovery.recover.service.evm.settings import EvmSettings
from ledger_recovery.recover.service.evm.wallet_side import WalletSide
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.report_side import prepare_reports
from ledger_recovery.recover.service.stopwatch import Stopwatch
from ledger_recovery.wallet.store import WalletStore


async def recover(
    settings: EvmSettings,
    policy: EvmPolicy,
    person: Person,
    emit: EvmEmit,
    *,
    dry_run: bool = False,
    deps: EvmDeps | None = None,
) -> EvmResult:
    """Search by `policy` on every chain of the settings, and add what is found to the wallet.

    Cancelling the task stops the run at once: what was derived and answered is kept, and the report says how far.

    :raises InputError: no node is named, or two are on one chain.
    :raises LedgerRecoveryError: what ended the run early; `EvmRunEnded` was told before.
    """
    deps = deps or real_deps()
    _require_nodes(settings, policy)
    with EvmJournal(settings.journal) as journal:
        earlier = next((r for r in journal.runs() if not r.ending), None)
        record = EvmRunRecord(deps.new_run_id(), deps.now(), policy)
        async with _run("recover", record, settings, person, emit, journal, deps, dry_run=dry_run) as run:
            journal.begin(record)
            if earlier is not None:
                run.emit(unfinished(earlier.started))
            return await run.go()


async def resume(
    settings: EvmSettings, person: Person, emit: EvmEmit, *, run_id: str | None = None, deps: EvmDeps | None = None
) -> EvmResult:
    """Go on with an unfinished run (the newest, or `run_id`): at its blocks, as far as the nodes still know them.

    The Ledger is asked for no address a second time.

    :raises InputError: there is no unfinished run, or its chains are not those of the settings.
    """
    with EvmJournal(settings.journal) as journal:
        found = run_id or next((r.run_id for r in journal.runs() if not r.ending), None)
        if found is None:
            raise InputError("there is no unfinished run to resume", "start one with: ledger-recovery recover")
        return await _again("resume", settings, journal, found, person, emit, deps or real_deps())


async def retry(
    settings: EvmSettings, person: Person, emit: EvmEmit, *, run_id: str | None = None, deps: EvmDeps | None = None
) -> EvmResult:
    """Ask only what stayed unknown in a run (the newest that has something, or `run_id`) again.

    The Ledger is needed only when an answer carries the walk further; without it that is left, and said.

    :raises InputError: no run has unknown addresses, or its chains are not those of the settings.
    """
    with EvmJournal(settings.journal) as journal:
        found = run_id or next((r.run_id for r in journal.runs() if r.unknown), None)
        if found is None:
            raise InputError("no run has unknown addresses to ask again", "see: ledger-recovery status")
        return await _again("retry", settings, journal, found, person, emit, deps or real_deps())


def runs(settings: EvmSettings) -> tuple[EvmRunRecord, ...]:
    """All EVM runs of a wallet, newest first; nothing is created.

    :raises StorageError: the journal cannot be read.
    """
    if not settings.journal.exists():
        return ()
    with EvmJournal(settings.journal) as journal:
        return journal.runs()


def exit_status(result: EvmResult) -> ExitStatus:
    """What the run's result means for a script; it never says more than the statement of completeness.

    A search for one address is complete when that was found.
    """
    if result.policy.find is not None and result.failure is None:
        return ExitStatus.COMPLETE if result.found is not None else ExitStatus.UNKNOWNS
    return ExitStatus.COMPLETE if state_completeness(result).complete else ExitStatus.UNKNOWNS


async def _again(
    kind: str,
    settings: EvmSettings,
    journal: EvmJournal,
    run_id: str,
    person: Person,
    emit: EvmEmit,
    deps: EvmDeps,
) -> EvmResult:
    record = journal.load(run_id)
    _require_nodes(settings, record.policy)
    async with _run(kind, record, settings, person, emit, journal, deps, dry_run=False) as run:
        journal.reopen(run_id)
        return await run.go()


@asynccontextmanager
async def _run(
    kind: str,
    record: EvmRunRecord,
    settings: EvmSettings,
    person: Person,
    emit: EvmEmit,
    journal: EvmJournal,
    deps: EvmDeps,
    *,
    dry_run: bool,
) -> AsyncIterator[Run]:
    prepare_reports(settings.base)
    with WalletStore.open_or_create(settings.base.wallet) as store, store.exclusive():

        def tell(event: EvmEvent) -> None:
            run.emit(event)

        run = Run(
            kind=kind,
            record=record,
            settings=settings,
            deps=deps,
            sink=emit,
            journal=journal,
            wallet=WalletSide(store, dry_run=dry_run),
            chains=Chains(_sides(record, settings, journal, deps, tell), _before(record)),
            device=DeviceSide(settings, deps.open_device, person, tell),
            stopwatch=Stopwatch(deps.monotonic),
        )
        yield run


def _sides(
    record: EvmRunRecord, settings: EvmSettings, journal: EvmJournal, deps: EvmDeps, emit: EvmEmit
) -> list[ChainSide]:
    run_id = record.run_id
    return [
        ChainSide(
            deps.open_chain(settings, url),
            -number,
            emit,
            on_point=lambda chain, label, point: journal.set_point(run_id, chain, label, point),
            on_answers=lambda chain, answers: journal.store_answers(run_id, chain, answers),
        )
        for number, url in enumerate(settings.rpc if record.policy.find is None else (), 1)
    ]


def _before(record: EvmRunRecord) -> Before:
    return {
        chain.chain_id: (
            chain.point,
            {address: said[chain.chain_id] for address, said in record.answers.items() if chain.chain_id in said},
        )
        for chain in record.chains
    }


def _require_nodes(settings: EvmSettings, policy: EvmPolicy) -> None:
    if not settings.rpc and policy.find is None:
        raise InputError(
            "no node of an EVM chain is named",
            "give one --rpc URL for each chain, or rpc in the settings file, or LEDGER_RECOVERY_RPC",
        )
