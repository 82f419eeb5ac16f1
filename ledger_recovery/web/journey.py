"""One guided run, from the meeting with the Ledger to the report, tried again by itself until it is done.

All work is the service's: this file only says in which order its functions are called and what a failure means for
the page. A run that failed is taken up where it was; nothing that was approved is asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ledger_recovery.errors import (
    Cancelled,
    DeviceError,
    InputError,
    LedgerRecoveryError,
    NodeError,
    WalletBusy,
)
from ledger_recovery.recover import service
from ledger_recovery.recover.events import Event, RunBegan, RunEnded
from ledger_recovery.recover.service import Deps, MetDevice, Settings
from ledger_recovery.web import steps
from ledger_recovery.web.actions import Plan
from ledger_recovery.web.hub import Hub
from ledger_recovery.web.person import YES, WebPerson
from ledger_recovery.web.reducing import block_seen
from ledger_recovery.web.state import Failure, QuestionKind
from ledger_recovery.web.steps import Step

PAUSES: Final = (3.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before a failed step is tried again by itself; the last one holds from then on."""

MOST_FAILED_RUNS: Final = 5
"""Runs in a row that failed before the person is asked to press "try again": each of them wrote a report."""

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

    :param deps: the seams of the service, None for the real ones.
    """

    def __init__(
        self,
        hub: Hub,
        person: WebPerson,
        settings: Settings,
        plan: Plan,
        on_plan: Callable[[Plan], None],
        deps: Deps | None = None,
    ) -> None:
        self._hub = hub
        self._person = person
        self._settings = settings
        self._deps = deps
        self._on_plan = on_plan
        self._again = asyncio.Event()
        self._meeting: asyncio.Task[MetDevice] | None = None
        self._run_began = False
        self.plan = plan
        self.report_path = ""

    async def travel(self) -> bool:
        """Go until the run has ended; True when it did, False when the person turned back.

        :raises asyncio.CancelledError: the person stopped; what was confirmed is kept.
        """
        tries = Tries()
        while True:
            self._run_began = False
            try:
                await self._once()
                return True
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
        settings = replace(self._settings, nodes=self.plan.nodes or self._settings.nodes)
        self._hub.change(
            failure=None,
            search=replace(
                self._hub.state.search,
                kind=self.plan.kind,
                mode=self.plan.mode,
                deep=self.plan.deep,
                providers=self.plan.providers,
            ),
            node=replace(self._hub.state.node, network=settings.network, urls=settings.nodes),
        )
        if self.plan.kind != "retry":
            await self._same_wallet(await self._met(settings))
        await self._node(settings)
        await self._run(settings)

    # --- the meetings before the run ----------------------------------------------------------------------------

    async def _met(self, settings: Settings) -> MetDevice:
        self._hub.change(step=steps.CONNECT, busy="")
        self._person.meeting = True
        pinned = await asyncio.to_thread(self._pinned, settings)
        try:
            while True:
                self._meeting = asyncio.create_task(
                    service.meet_device(settings, self._person, self._hub.tell, pinned=pinned, deps=self._deps)
                )
                try:
                    return await self._meeting
                except asyncio.CancelledError:
                    if not self._person.open_app:
                        raise
        finally:
            self._meeting = None
            self._person.meeting = False
            self._hub.change(question=None)

    def _pinned(self, settings: Settings) -> str | None:
        """The Ledger of a run that goes on must be that run's."""
        if not self.plan.run_id:
            return None
        runs = service.status(settings).runs
        return next((r.fingerprint for r in runs if r.run_id == self.plan.run_id), None) or None

    async def _same_wallet(self, met: MetDevice) -> None:
        device = replace(self._hub.state.device, fingerprint=met.fingerprint, known=met.known)
        self._hub.change(device=device)
        settled = self.plan.begun or met.fingerprint in met.known or met.fingerprint == self._person.accepted
        if not settled and await self._person.ask(QuestionKind.SAME_WALLET) != YES:
            raise Cancelled(
                "you said that this is not the Ledger that you meant; nothing was searched",
                "connect the other Ledger, or check the passphrase of this one, then begin again",
            )
        self._person.accepted = met.fingerprint

    async def _node(self, settings: Settings) -> None:
        self._hub.change(step=steps.NETWORK, busy="asking the node for its last finalized block")
        try:
            point = await service.look_at_node(settings, deps=self._deps)
        finally:
            self._hub.change(busy="")
        self._hub.change(node=block_seen(self._hub.state.node, point))
        if not self.plan.begun:
            if await self._person.ask(QuestionKind.BEGIN) != YES:
                raise Cancelled("nothing was searched: you turned back before the search", "begin again when you like")
            self._take(replace(self.plan, begun=True))

    # --- the run ------------------------------------------------------------------------------------------------

    async def _run(self, settings: Settings) -> None:
        plan, person, deps = self.plan, self._person, self._deps
        match plan.kind:
            case "retry":
                await service.retry(settings, person, self._told, run_id=plan.run_id or None, deps=deps)
            case "resume":
                await service.resume(settings, person, self._told, run_id=plan.run_id or None, deps=deps)
            case _:
                await service.recover(settings, plan.policy(), person, self._told, deps=deps)

    def _told(self, event: Event) -> None:
        if isinstance(event, RunBegan):
            self._run_began = True
            kind = "retry" if event.kind == "retry" else "resume"
            self._take(replace(self.plan, kind=kind, run_id=event.run_id, begun=True))
        if isinstance(event, RunEnded):
            self.report_path = event.report_path
        self._hub.tell(event)

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
            step=_where(error, self._hub.state.step),
            question=None,
            busy="",
        )
        try:
            await asyncio.wait_for(self._again.wait(), pause)
        except TimeoutError:
            return False
        return True


def _where(error: LedgerRecoveryError, step: Step) -> Step:
    """The step on which a person can do something about it."""
    if isinstance(error, NodeError):
        return steps.NETWORK
    if isinstance(error, DeviceError):
        return step if step in (steps.CONNECT, steps.UNLOCK) else steps.CONNECT
    if isinstance(error, InputError):
        return steps.START
    return step
