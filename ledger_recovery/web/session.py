"""One guided recovery: the state that pages show, the run behind it, and where it stood when the program ended.

Each method is what one form asks for. The session decides nothing about accounts: it calls the service and shows what
that says. What could be lost by killing the program is in the journal, the wallet and the place file before it counts.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ledger_recovery.errors import InputError, LedgerRecoveryError
from ledger_recovery.recover import service
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.service import Deps, Settings, backups
from ledger_recovery.recover.service.backups import BackupDeps
from ledger_recovery.web import steps
from ledger_recovery.web.actions import Flow, Plan
from ledger_recovery.web.hub import Hub
from ledger_recovery.web.journey import Journey
from ledger_recovery.web.person import WebPerson
from ledger_recovery.web.place import Place, forget_place, read_place, write_place
from ledger_recovery.web.state import BackupView, Failure, GuideState, Offer, Offers, QuestionKind, Sought
from ledger_recovery.web.steps import Step, step_of
from ledger_recovery.web.summary import summarise

BACKUP_SECONDS: Final = 4.0
"""How long the end of a run waits for the Box; what is not saved by then stays queued."""

log = logging.getLogger("ledger_recovery.web")


@dataclass(frozen=True, slots=True)
class GuideOptions:
    """`save_folder`: where files for the person go. `providers`: searched unless the person says otherwise."""

    save_folder: Path
    providers: tuple[int, ...] = ()


class GuideSession:
    """:param deps, backup_deps: the seams of the service and of backups, None for the real ones."""

    def __init__(
        self,
        settings: Settings,
        options: GuideOptions,
        *,
        hub: Hub | None = None,
        deps: Deps | None = None,
        backup_deps: BackupDeps | None = None,
    ) -> None:
        self.settings = settings
        self.options = options
        self.hub = hub or Hub()
        self.person = WebPerson(self.hub)
        self.backup_deps = backup_deps
        self._deps = deps
        self._journey: Journey | None = None
        self._task: asyncio.Task[None] | None = None
        self._plan: Plan | None = None
        self._place = Place()
        self.report: Path | None = None
        self.hub.on_change = self._changed

    @property
    def running(self) -> bool:
        """Whether a run is under way (and not: waiting to begin, or over)."""
        return self.hub.state.search.running

    # --- begin and end ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Show the start, or take up what an earlier program left: the result, or the run itself.

        :raises StorageError: wallet or journal cannot be read.
        """
        place = read_place(self.settings.wallet)
        await self.refresh()
        self.hub.change(helper=place.helper, save_folder=str(self.options.save_folder))
        step = step_of(place.code)
        if step in (steps.RESULT, steps.SAVE) and place.run_id:
            if await self._show_result(place.run_id, step):
                self._plan = place.plan
        elif step not in (steps.START, steps.FINISH) and place.plan is not None:
            await self._take_up(place.plan)

    async def _take_up(self, plan: Plan) -> None:
        """A run that the journal knows is gone on with; one that has ended shows its result; else it begins anew."""
        run = next((r for r in await self._runs() if r.run_id == plan.run_id), None) if plan.run_id else None
        if run is None:
            self._begin(replace(plan, kind="recover", run_id=""))
        elif plan.kind == "retry" or not run.ending:
            self._begin(plan)
        else:
            await self._show_result(run.run_id, steps.RESULT)

    async def close(self) -> None:
        """End the run under way in order; the place file says where it was."""
        self.hub.on_change = None
        await self._end_journey()

    # --- what forms ask for -------------------------------------------------------------------------------------

    async def choose(self, flow: Flow, plan: Plan, *, sought: str = "", helper: bool = False) -> None:
        """Something from the start page.

        :raises InputError: there is no such run.
        """
        if flow in (Flow.FILE, Flow.BOX):
            await self._end_journey()
            self.hub.change(step=steps.FILE if flow is Flow.FILE else steps.BOX, file=None, failure=None)
            return
        if flow is not Flow.RECOVER:
            offers = self.hub.state.offers
            offer = offers.resumable if flow is Flow.RESUME else offers.retriable
            if offer is None:
                raise InputError("there is no such run to go on with", "begin a new search")
            plan = Plan(kind=flow.value, run_id=offer.run_id, begun=True)
        await self._end_journey()
        self.hub.change(sought=Sought(sought), helper=helper, approved=0, asked=0, declined=0)
        self._begin(plan)

    def answer(self, number: int, text: str) -> bool:
        """An answer to the question that stands; False when it stands no more."""
        question = self.hub.state.question
        taken = self.person.answer(number, text)
        to_open = taken and question is not None and question.kind is QuestionKind.OPEN_APP and self.person.open_app
        if to_open and self._journey is not None:
            self._journey.open_app()
        return taken

    async def go(self, to: str) -> None:
        """To another page, or on with a run.

        :raises InputError: that is not possible now.
        """
        match to:
            case "start":
                await self._to_start()
            case "stop":
                await self._end_journey()
            case "again":
                self._again()
            case "result" | "save" | "finish" if self.hub.state.result is not None:
                step = {"result": steps.RESULT, "save": steps.SAVE, "finish": steps.FINISH}[to]
                self.hub.change(step=step, failure=None)
            case _:
                raise InputError("that is not possible on this page", "reload the page")

    async def use_nodes(self, nodes: tuple[str, ...]) -> None:
        """Ask other nodes: the step is tried again at once, and a run goes on with them."""
        if self._journey is None:
            raise InputError("there is no search that asks a node", "begin on the start page")
        plan = self._journey.plan
        await self._end_journey()
        self._begin(replace(plan, nodes=nodes))

    # --- the run ------------------------------------------------------------------------------------------------

    def _begin(self, plan: Plan) -> None:
        self._plan = plan
        self._journey = Journey(self.hub, self.person, self.settings, plan, self._planned, self._deps)
        first = steps.NETWORK if plan.kind == "retry" else steps.CONNECT
        self.hub.change(failure=None, result=None, statement="", step=first, report_name="", saved=())
        self._task = asyncio.create_task(self._guarded(self._journey), name="guided run")

    async def _guarded(self, journey: Journey) -> None:
        """The journey to its end; a defect of ours is shown like any failure, without its message."""
        try:
            if not await journey.travel():
                self._plan = None
            await self._settle(journey)
            self._journey = None
        except asyncio.CancelledError:
            self._stopped()
            raise
        except LedgerRecoveryError as error:
            self.fail(error)
        except Exception as error:
            log.error("defect: %s", _kind(error))
            self.fail(LedgerRecoveryError(f"the program met a defect of its own: {_kind(error)}", "begin again"))

    async def _settle(self, journey: Journey) -> None:
        """A run has ended: what the wallet calls its accounts, and what could be taken up next."""
        self.report = Path(journey.report_path) if journey.report_path else self.report
        result = self.hub.state.result
        if result is not None and result.accounts:
            names = await self._names()
            named = tuple(replace(a, name=names.get(a.address, "")) for a in result.accounts)
            self.hub.change(result=replace(result, accounts=named))
        await self.wallet_changed()

    def _stopped(self) -> None:
        """The person stopped it. A run that had begun has told its end; anything else goes back to the start."""
        state = self.hub.state
        self.hub.change(
            step=steps.START if state.result is None else steps.RESULT,
            question=None,
            failure=None,
            busy="",
            search=replace(state.search, running=False),
        )

    async def _end_journey(self) -> None:
        task, journey, self._task, self._journey = self._task, self._journey, None, None
        if task is None or journey is None or task.done():
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._settle(journey)

    async def _to_start(self) -> None:
        await self._end_journey()
        self._plan = None
        await self.refresh()
        self.hub.change(step=steps.START, failure=None, file=None, busy="", question=None)
        self._keep(self.hub.state)

    def _again(self) -> None:
        if self._journey is None:
            raise InputError("there is nothing to try again", "begin on the start page")
        self._journey.try_again()

    # --- what is kept -------------------------------------------------------------------------------------------

    def _planned(self, plan: Plan) -> None:
        self._plan = plan
        self._keep(self.hub.state)

    def _changed(self, before: GuideState, after: GuideState) -> None:
        if before.step is not after.step or before.helper != after.helper:
            self._keep(after)

    def _keep(self, state: GuideState) -> None:
        """Written before the page shows it. A disk that refuses costs the comfort of resuming, nothing else."""
        run_id = state.result.run_id if state.result is not None else self._place.run_id
        code = state.step.code if state.step in steps.STEPS else steps.START.code
        place = Place(code, run_id, state.helper, state.family.value, self._plan)
        if place == self._place:
            return
        self._place = place
        if place == Place():
            forget_place(self.settings.wallet)
        elif not write_place(self.settings.wallet, place):
            self.hub.log("place file not written")

    async def _show_result(self, run_id: str, step: Step | None) -> bool:
        """The result of an earlier program's run, from its signed report; False when that is gone or was changed."""
        path = service.newest_report(self.settings, run_id)
        if path is None or step is None:
            return False
        try:
            report = (await asyncio.to_thread(service.read_signed, path)).report
            names = await self._names()
        except LedgerRecoveryError:
            return False
        self.report = path
        result = summarise(report, names)
        self.hub.change(result=result, statement=result.statement, report_name=path.name, step=step)
        return True

    async def _names(self) -> dict[str, str]:
        """Account address -> what the wallet calls it."""
        wallet = await asyncio.to_thread(service.wallet_view, self.settings)
        return {row.address: row.name for row in wallet.accounts}

    async def wallet_changed(self) -> None:
        """Bring the backup up to date if the Box answers at once (what is not saved stays queued), then the offers.

        :raises StorageError: wallet or journal cannot be read.
        """
        try:
            self.show_backup(await backups.flush(self.settings, deadline=BACKUP_SECONDS, deps=self.backup_deps))
        except LedgerRecoveryError as error:
            self.hub.change(backup=BackupView("failing", error.sentence))
        await self.refresh()

    def show_backup(self, told: backups.BackupStatus) -> None:
        self.hub.change(backup=BackupView(told.kind.value, told.sentence, told.box_name or ""))

    async def refresh(self) -> None:
        """What the start page offers now.

        :raises StorageError: wallet or journal cannot be read.
        """
        status = await asyncio.to_thread(service.status, self.settings)
        box = await asyncio.to_thread(backups.current_box, self.settings)
        self.hub.change(
            offers=Offers(
                wallet=self.settings.wallet.name,
                accounts=len(status.wallet.accounts),
                resumable=_offer(status.resumable, self.settings),
                retriable=_offer(status.retriable, self.settings),
                box_name="" if box is None else box.name,
                last_report=self.report is not None,
            )
        )

    async def _runs(self) -> tuple[RunRecord, ...]:
        return (await asyncio.to_thread(service.status, self.settings)).runs

    def fail(self, error: LedgerRecoveryError) -> None:
        """Show an error; a person has to act."""
        self.hub.log(f"failed {error.code}")
        self.hub.change(failure=Failure(error.sentence, error.hint, error.code), busy="")


def _offer(run: RunRecord | None, settings: Settings) -> Offer | None:
    """Only a run of the chosen network: the service refuses any other."""
    if run is None or run.network != settings.network:
        return None
    if settings.genesis is not None and run.genesis != settings.genesis:
        return None
    done = sum(1 for index in run.indices if index.keys is not None)
    return Offer(run.run_id, run.network, run.started.strftime("%Y-%m-%d %H:%M UTC"), done, run.unknown)


def _kind(error: BaseException) -> str:
    """The class of an error and where it arose; not its text, which nobody checked for secrets."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = (
        "an unknown place"
        if trace is None
        else f"{Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}"
    )
    return f"{type(error).__name__} at {place}"
