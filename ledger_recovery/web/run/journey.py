"""One guided run, from the meeting with the Ledger to the report, tried again by itself until it is done.

All work is the service's, called by the road of the family: this file only says in which order, and what a failure
means for the page. A run that failed is taken up where it was; nothing that was approved is asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Final

from ledger_recovery.errors import (
    Cancelled,
    DeviceError,
    InputError,
    LedgerRecoveryError,
    NodeError,
    WalletBusy,
)
from ledger_recovery.recover.events import Event, RunBegan, RunEnded
from ledger_recovery.recover.evm.events import EvmEvent, EvmRunEnded
from ledger_recovery.recover.service import MetDevice
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Failure, QuestionKind
from ledger_recovery.web.model.steps import Step
from ledger_recovery.web.run.actions import Plan
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.person import YES, WebPerson
from ledger_recovery.web.run.road import Road, Trip

PAUSES: Final = (3.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before a failed step is tried again by itself; the last one holds from then on."""

MOST_FAILED_RUNS: Final = 5
"""Runs in a row that failed before the person is asked to press "try again": each of them wrote a report."""

FURTHER: Final = "further"
"""The kind of a plan whose run is over, while the person is asked for a wider one."""

_BY_ITSELF = (DeviceError, NodeError, WalletBusy)
"""What may be otherwise in a moment. Everything else waits for a person."""


@dataclass(slots=True)
class Tries:
    """How often in a row something failed: at all, and after a run had begun."""

    failed: int = 0
    runs: int = 0

    def pause(self, error: LedgerRecoveryError) -> float | None:
        """Seconds until the next try, None when a person has to act first."""
        if not isinstance(error, _BY_ITSELF) or self.runs >= MOST_FAILED_RUNS:
            return None
        return PAUSES[min(max(self.failed, 1), len(PAUSES)) - 1]


class Journey:
    """:param on_plan: called when what would be taken up after a restart has changed.

    :param on_over: called when a run has ended, before anything more is asked; it raises nothing.
    """

    def __init__(
        self,
        hub: Hub,
        person: WebPerson,
        road: Road,
        plan: Plan,
        on_plan: Callable[[Plan], None],
        on_over: Callable[[], Coroutine[object, object, None]],
    ) -> None:
        self._hub = hub
        self._person = person
        self._road = road
        self._on_plan = on_plan
        self._on_over = on_over
        self._again = asyncio.Event()
        self._meeting: asyncio.Task[MetDevice] | None = None
        self._run_began = False
        self._at_nodes = False
        self.plan = plan
        self.report_path = ""

    async def travel(self) -> bool:
        """Go until the run has ended and the person wants no wider one; False when they turned back before.

        :raises asyncio.CancelledError: the person stopped; what was confirmed is kept.
        """
        tries = Tries()
        while True:
            self._run_began = self._at_nodes = False
            try:
                if self.plan.kind != FURTHER:
                    await self._once()
                if not await self._goes_further():
                    return True
                tries = Tries()
            except Cancelled as stop:
                self._hub.change(failure=Failure(stop.sentence, stop.hint, stop.code), step=steps.START)
                return False
            except LedgerRecoveryError as error:
                tries.failed += 1
                tries.runs = tries.runs + 1 if self._run_began else 0
                if await self._wait(error, tries.pause(error)):
                    tries = Tries()

    def try_again(self) -> None:
        """The person does not want to wait for the next try."""
        self._again.set()

    def open_app(self) -> None:
        """The person wants the program to ask the device to open the app: meet it anew, with that permission."""
        if self._meeting is not None:
            self._meeting.cancel()

    async def _once(self) -> None:
        trip = await asyncio.to_thread(self._road.trip, self.plan)
        plan, state = self.plan, self._hub.state
        search = replace(state.search, kind=plan.kind, mode=plan.mode, deep=plan.deep, providers=plan.providers)
        self._hub.change(failure=None, search=search, **trip.shown(state))
        if trip.asks_ledger:
            await self._same_wallet(trip, await self._met(trip))
        if trip.asks_nodes:
            await self._nodes(trip)
        self._person.agreed, self._person.on_agreed = self.plan.agreed, self._agreed
        await trip.run(self._person, self._told)

    # --- the meetings before the run ----------------------------------------------------------------------------

    async def _met(self, trip: Trip) -> MetDevice:
        self._hub.change(step=steps.CONNECT, busy="")
        self._person.meeting = True
        try:
            while True:
                self._meeting = asyncio.create_task(trip.meet(self._person, self._hub.tell))
                try:
                    return await self._meeting
                except asyncio.CancelledError:
                    if self._is_stopped() or not self._person.open_app:
                        raise
        finally:
            self._meeting = None
            self._person.meeting = False
            self._hub.change(question=None)

    @staticmethod
    def _is_stopped() -> bool:
        """Whether the journey itself is being cancelled, and not only the meeting that it waits for."""
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0

    async def _same_wallet(self, trip: Trip, met: MetDevice) -> None:
        """Only a Ledger that is the run's own, or known to wallet or person, passes without a question."""
        device = replace(self._hub.state.device, fingerprint=met.fingerprint, known=met.known)
        self._hub.change(device=device)
        settled = met.fingerprint in (trip.pinned, self._person.accepted, *met.known)
        if not settled and await self._person.ask(QuestionKind.SAME_WALLET) != YES:
            raise Cancelled(
                "you said that this is not the Ledger that you meant; nothing was searched",
                "connect the other Ledger, or check the passphrase of this one, then begin again",
            )
        self._person.accepted = met.fingerprint

    async def _nodes(self, trip: Trip) -> None:
        self._at_nodes = True
        if trip.lacks_nodes:
            self._hub.change(step=steps.NETWORK, busy="")
            await asyncio.Event().wait()  # the nodes come with a journey of their own: see GuideSession.use_nodes
        self._hub.change(step=steps.NETWORK, busy=trip.looking)
        try:
            all_answer = await trip.look(self._hub)
        finally:
            self._hub.change(busy="")
        if not self.plan.begun:
            if await self._ready_to_begin(trip, all_answer=all_answer) != YES:
                raise Cancelled("nothing was searched: you turned back before the search", "begin again when you like")
            self._take(replace(self.plan, begun=True))
        self._at_nodes = False

    async def _ready_to_begin(self, trip: Trip, *, all_answer: bool) -> str:
        """The person's answer; nodes that were silent are looked at again while they read."""
        looking = None if all_answer else asyncio.create_task(self._look_again(trip))
        try:
            return await self._person.ask(QuestionKind.BEGIN)
        finally:
            if looking is not None:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _look_again(self, trip: Trip) -> None:
        """:raises LedgerRecoveryError: never; what is wrong now is told when the run begins."""
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            await asyncio.sleep(pause)
            try:
                if await trip.look(self._hub):
                    return
            except LedgerRecoveryError as error:
                self._hub.log(f"looked again {error.code}")

    # --- the run ------------------------------------------------------------------------------------------------

    def _told(self, event: Event | EvmEvent) -> None:
        if isinstance(event, RunBegan):
            self._run_began = True
            kind = "retry" if event.kind == "retry" else "resume"
            self._take(replace(self.plan, kind=kind, run_id=event.run_id, begun=True, untold=False))
        self._hub.tell(event)
        if isinstance(event, RunEnded | EvmRunEnded):
            self.report_path = event.report_path
            if event.result.failure is None and self._road.asks_further(self._hub.state.result):
                self._take(replace(self.plan, kind=FURTHER))
                self._hub.change(step=steps.STOP_OR_GO_ON)

    async def _goes_further(self) -> bool:
        """Whether there is a wider search to go on with; then the plan is that one's."""
        over = asyncio.create_task(self._on_over())
        try:
            wider = None
            if self.plan.kind == FURTHER:
                wider = await asyncio.to_thread(self._road.wider, self.plan, self.plan.run_id)
            if wider is not None and await self._person.ask(QuestionKind.FURTHER) == YES:
                self._take(wider)
                return True
            if self.plan.kind == FURTHER:
                self._hub.change(step=steps.RESULT)
            return False
        finally:
            await asyncio.gather(over, return_exceptions=True)

    def _agreed(self, last: tuple[int, int]) -> None:
        self._take(replace(self.plan, agreed=last))

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        self._on_plan(plan)

    # --- failures -----------------------------------------------------------------------------------------------

    async def _wait(self, error: LedgerRecoveryError, pause: float | None) -> bool:
        """Show what failed until it is tried again; True when the person asked for it."""
        self._hub.log(f"failed {error.code}")
        self._again.clear()
        self._hub.change(
            failure=Failure(error.sentence, error.hint, error.code, pause),
            step=self._where(error),
            question=None,
            busy="",
        )
        try:
            await asyncio.wait_for(self._again.wait(), pause)
        except TimeoutError:
            return False
        return True

    def _where(self, error: LedgerRecoveryError) -> Step:
        """The step on which a person can do something about it."""
        step = self._hub.state.step
        if isinstance(error, NodeError):
            return steps.NETWORK
        if isinstance(error, DeviceError):
            return step if step in (steps.CONNECT, steps.UNLOCK) else steps.CONNECT
        if isinstance(error, InputError):
            # What a person chose does not go together: nodes if they were asked already, else what the start asks.
            return steps.NETWORK if self._at_nodes or self._run_began else steps.START
        return step
