"""One guided recovery: the state that pages show, the run behind it, and where it stood when the program ended.

Each method is what one form asks for. The session decides nothing about accounts: it calls the service and shows what
that says. What could be lost by killing the program is in the journal, the wallet and the place file before it counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ledger_recovery.errors import InputError, LedgerRecoveryError
from ledger_recovery.recover import service
from ledger_recovery.recover.service import Deps, Settings, backups
from ledger_recovery.recover.service.backups import BackupDeps
from ledger_recovery.recover.service.evm import EvmDeps, EvmSettings
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import BackupView, Failure, Family, GuideState, Offers, QuestionKind, Sought
from ledger_recovery.web.model.steps import Step, step_of
from ledger_recovery.web.pages.terminal import wallet_options
from ledger_recovery.web.run import defects
from ledger_recovery.web.run.actions import Flow, Plan
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.journey import FURTHER, Journey
from ledger_recovery.web.run.keeper import Keeper
from ledger_recovery.web.run.person import WebPerson
from ledger_recovery.web.run.place import Place, read_place
from ledger_recovery.web.run.road import Road
from ledger_recovery.web.run.road_concordium import ConcordiumRoad
from ledger_recovery.web.run.road_evm import EvmRoad

_TYPE_AGAIN: Final = Failure(
    "the search had not begun, and the addresses of accounts that you typed for it are not kept on the disk",
    "type them again, then start",
    "typed-again",
)
BACKUP_SECONDS: Final = 4.0
"""How long the end of a run waits for the Box; what is not saved by then stays queued."""


@dataclass(frozen=True, slots=True)
class GuideOptions:
    """`save_folder`: where files for the person go. `providers`: searched unless the person says otherwise.

    `family`: what the start page shows first, unless a guide before this one was ended within the other.
    """

    save_folder: Path
    providers: tuple[int, ...] = ()
    family: Family = Family.CONCORDIUM


class GuideSession:
    """:param evm: settings of the EVM family, None for none but the shared ones.

    :param deps, evm_deps, backup_deps: the seams of the services, None for the real ones.
    """

    def __init__(
        self,
        settings: Settings,
        options: GuideOptions,
        *,
        hub: Hub | None = None,
        evm: EvmSettings | None = None,
        deps: Deps | None = None,
        evm_deps: EvmDeps | None = None,
        backup_deps: BackupDeps | None = None,
    ) -> None:
        self.settings = settings
        self.options = options
        self.hub = hub or Hub()
        self.person = WebPerson(self.hub)
        self.backup_deps = backup_deps
        self._roads: dict[Family, Road] = {
            Family.CONCORDIUM: ConcordiumRoad(settings, options.providers, deps),
            Family.EVM: EvmRoad(evm or EvmSettings(settings), evm_deps),
        }
        self._journey: Journey | None = None
        self._task: asyncio.Task[None] | None = None
        self._plan: Plan | None = None
        self._turn = asyncio.Lock()
        self._closed = False
        self._keeper = Keeper(settings.wallet)
        self.report: Path | None = None
        self.hub.on_change = self._changed

    @property
    def running(self) -> bool:
        """Whether a run is under way (and not: waiting to begin, or over)."""
        return self.hub.state.search.running

    @property
    def road(self) -> Road:
        """That of the family that the page is about."""
        return self._roads[self.hub.state.family]

    # --- begin and end ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Show the start, or take up what an earlier program left: the result, or the run itself.

        :raises StorageError: wallet or journal cannot be read.
        """
        place = read_place(self.settings.wallet)
        family = self.options.family if place == Place() else Family(place.family)
        self.hub.change(family=family, helper=place.helper, save_folder=str(self.options.save_folder))
        await self.refresh()
        step = step_of(place.code)
        if step in (steps.RESULT, steps.SAVE) and place.run_id:
            if await self._show_result(place.run_id, step, place.plan):
                self._plan = place.plan
        elif step not in (steps.START, steps.FINISH) and place.plan is not None:
            await self._take_up(place.plan)

    async def _take_up(self, plan: Plan) -> None:
        """A run that the journal knows is gone on with; one that has ended shows its result; else it begins anew."""
        runs = await asyncio.to_thread(self.road.runs) if plan.run_id else ()
        run = next((r for r in runs if r.run_id == plan.run_id), None)
        if run is None and plan.untold:
            self.hub.change(failure=_TYPE_AGAIN)
        elif run is None:
            self._begin(replace(plan, kind="recover", run_id="", agreed=None))
        elif plan.kind == FURTHER:
            if await self._show_result(run.run_id, steps.STOP_OR_GO_ON, plan):
                self._begin(plan)
        elif plan.kind == "retry" or not run.ending:
            self._begin(plan)
        else:
            await self._show_result(run.run_id, steps.RESULT, plan)

    async def close(self) -> None:
        """End the run under way in order; the place file says where it was, and nothing begins any more."""
        self._closed = True
        self.hub.on_change = None
        async with self._turn:
            await self._end_journey()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """One form after the other: what two pages ask for at once never leaves two runs under way.

        :raises InputError: the program is about to end.
        """
        async with self._turn:
            if self._closed:
                raise InputError("the guide is being closed", "start it again; nothing is lost")
            yield

    # --- what forms ask for -------------------------------------------------------------------------------------

    async def choose(self, flow: Flow, plan: Plan, *, sought: str = "", helper: bool = False) -> None:
        """Something from the start page.

        :raises InputError: there is no such run.
        """
        async with self._in_turn():
            if flow in (Flow.FILE, Flow.BOX):
                await self._end_journey()
                self.hub.change(step=steps.FILE if flow is Flow.FILE else steps.BOX, file=None, failure=None)
                return
            chosen = await self._chosen(flow, plan)
            await self._end_journey()
            self.hub.change(sought=Sought(sought), helper=helper, approved=0, asked=0, declined=0)
            self._begin(chosen)

    async def _chosen(self, flow: Flow, plan: Plan) -> Plan:
        """The plan of a flow; `plan` is that of a new search."""
        if flow is Flow.FURTHER:
            return await self._wider()
        if flow is Flow.RECOVER:
            return plan
        offers = self.hub.state.offers
        offer = offers.resumable if flow is Flow.RESUME else offers.retriable
        if offer is None:
            raise InputError("there is no such run to go on with", "begin a new search")
        return self._of_run(flow, offer.run_id)

    async def choose_family(self, family: Family) -> None:
        """The start page of a family; a run under way is ended in order."""
        async with self._in_turn():
            await self._end_journey()
            self.hub.change(family=family, result=None, statement="", report_name="", saved=(), sought=Sought())
            await self._to_start()

    async def _wider(self) -> Plan:
        """The plan that makes the search wider whose result is shown.

        :raises InputError: there is none.
        """
        result = self.hub.state.result
        run_id = "" if result is None else result.run_id
        wider = await asyncio.to_thread(self.road.wider, self._plan or Plan(), run_id)
        if wider is None:
            raise InputError("this search cannot be made wider", "begin a new search on the start page")
        return wider

    def _of_run(self, flow: Flow, run_id: str) -> Plan:
        """A plan that goes on with a run; with its nodes, if this program knows them still."""
        known = self._plan if self._plan is not None and self._plan.run_id == run_id else Plan()
        return replace(known, kind=flow.value, run_id=run_id, begun=True, agreed=None)

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
        async with self._in_turn():
            match to:
                case "start":
                    await self._to_start()
                case "stop":
                    await self._end_journey()
                case "again":
                    self._again()
                case "result" | "save" | "finish" if self.hub.state.result is not None:
                    await self._end_journey()
                    step = {"result": steps.RESULT, "save": steps.SAVE, "finish": steps.FINISH}[to]
                    self.hub.change(step=step, failure=None)
                case _:
                    raise InputError("that is not possible on this page", "reload the page")

    async def use_nodes(self, text: str) -> None:
        """Ask other nodes: the step is tried again at once, and a run goes on with them.

        :raises InputError: there is no search, or these are not nodes.
        """
        async with self._in_turn():
            if self._journey is None:
                raise InputError("there is no search that asks a node", "begin on the start page")
            plan = self.road.with_nodes(self._journey.plan, text)
            await self._end_journey()
            self._begin(plan)

    # --- the run ------------------------------------------------------------------------------------------------

    def _begin(self, plan: Plan) -> None:
        self._plan = plan
        journey = Journey(self.hub, self.person, self.road, plan, self._planned, lambda: self._over(journey))
        self._journey = journey
        if plan.kind != FURTHER:
            first = steps.NETWORK if plan.kind == "retry" else steps.CONNECT
            self.hub.change(failure=None, result=None, statement="", step=first, report_name="", saved=())
        self._task = asyncio.create_task(self._guarded(journey), name="guided run")

    async def _guarded(self, journey: Journey) -> None:
        """The journey to its end; a defect of ours is shown like any failure, without its message."""
        try:
            if not await journey.travel():
                self._plan = None
                await self._over(journey)
            self._journey = None
        except asyncio.CancelledError:
            self._stopped()
            raise
        except Exception as error:
            self._journey = None
            self._stopped()
            self.fail(defects.logged(error))
            with suppress(LedgerRecoveryError):
                await self.refresh()

    async def _over(self, journey: Journey) -> None:
        """A run has ended: what the wallet calls its accounts, and what could be taken up next."""
        try:
            self.report = Path(journey.report_path) if journey.report_path else self.report
            result = self.hub.state.result
            if result is not None and result.accounts:
                self.hub.change(result=await asyncio.to_thread(self.road.named, result))
            await self.wallet_changed()
        except LedgerRecoveryError as error:
            self.fail(error)

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
        await self._over(journey)

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
        plan = None if self._plan is None else self.road.kept(self._plan)
        if not self._keeper.keep(state, plan):
            self.hub.log("place file not written")

    async def _show_result(self, run_id: str, step: Step | None, plan: Plan | None) -> bool:
        """The result of an earlier program's run, from its signed report; False when that is gone or was changed."""
        path = service.newest_report(self.settings, run_id)
        if path is None or step is None:
            return False
        try:
            verified = await asyncio.to_thread(service.read_signed, path)
            result = await asyncio.to_thread(self.road.summary, verified)
        except LedgerRecoveryError:
            return False
        self.report = path
        with suppress(LedgerRecoveryError):  # pages say as well how far was searched; the result stands without that
            trip = await asyncio.to_thread(self.road.trip, replace(plan or Plan(), run_id=run_id))
            self.hub.change(**trip.shown(self.hub.state))
        self.hub.change(result=result, statement=result.statement, report_name=path.name, step=step)
        return True

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
        told = await asyncio.to_thread(self.road.offers)
        box = await asyncio.to_thread(backups.current_box, self.settings)
        self.hub.change(
            offers=Offers(
                wallet=self.settings.wallet.name,
                accounts=told.accounts,
                resumable=told.resumable,
                retriable=told.retriable,
                box_name="" if box is None else box.name,
                last_report=self.report is not None,
                options=wallet_options(self.settings),
            )
        )

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Say on the page what the program works on, for as long as it does."""
        self.hub.change(busy=what)
        try:
            yield
        finally:
            self.hub.change(busy="")

    def fail(self, error: LedgerRecoveryError) -> None:
        """Show an error; a person has to act."""
        self.hub.log(f"failed {error.code}")
        self.hub.change(failure=Failure(error.sentence, error.hint, error.code), busy="")
