"""The road of the Concordium family: identities approved one by one, one node or two, and the list of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ledger_recovery.recover import service
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.report import Report, VerifiedDocument
from ledger_recovery.recover.report.model import SCHEMA_NAME
from ledger_recovery.recover.service import Deps, MetDevice, Person, Settings
from ledger_recovery.web.model.reducing_concordium import block_seen
from ledger_recovery.web.model.state import Family, GuideState, Offer
from ledger_recovery.web.model.summary import summarise
from ledger_recovery.web.run.actions import Plan, nodes_of, plan_of, sought_of
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.road import KnownRun, RoadOffers, Summary, Tell, check_schema, with_names


@dataclass(frozen=True, slots=True)
class ConcordiumTrip:
    """:param settings: with the plan's nodes. :param pinned: of the plan's run, "" for any."""

    settings: Settings
    plan: Plan
    pinned: str
    deps: Deps | None

    looking = "asking the node for its last finalized block"
    asks_nodes = True
    lacks_nodes = False

    @property
    def asks_ledger(self) -> bool:
        return self.plan.kind != "retry"

    def shown(self, state: GuideState) -> Mapping[str, Any]:
        return {"node": replace(state.node, network=self.settings.network, urls=self.settings.nodes)}

    async def meet(self, person: Person, tell: Tell) -> MetDevice:
        return await service.meet_device(self.settings, person, tell, pinned=self.pinned or None, deps=self.deps)

    async def look(self, hub: Hub) -> bool:
        point = await service.look_at_node(self.settings, deps=self.deps)
        hub.change(node=block_seen(hub.state.node, point))
        return True

    async def run(self, person: Person, tell: Tell) -> None:
        if self.plan.kind == "recover":
            await service.recover(self.settings, self.plan.policy(), person, tell, deps=self.deps)
            return
        take_up = service.retry if self.plan.kind == "retry" else service.resume
        await take_up(self.settings, person, tell, run_id=self.plan.run_id or None, deps=self.deps)


@dataclass(frozen=True, slots=True)
class ConcordiumRoad:
    """:param providers: searched unless the person says otherwise. :param deps: the seams, None for the real ones."""

    settings: Settings
    providers: tuple[int, ...] = ()
    deps: Deps | None = None

    family = Family.CONCORDIUM

    def plan_of(self, fields: Mapping[str, str]) -> tuple[Plan, str]:
        return plan_of(fields, self.providers), sought_of(fields)

    def with_nodes(self, plan: Plan, text: str) -> Plan:
        return replace(plan, nodes=nodes_of({"nodes": text}))

    def trip(self, plan: Plan) -> ConcordiumTrip:
        settings = replace(self.settings, nodes=plan.nodes or self.settings.nodes)
        run = next((r for r in service.status(settings).runs if r.run_id == plan.run_id), None)
        return ConcordiumTrip(settings, plan, "" if run is None else run.fingerprint, self.deps)

    def kept(self, plan: Plan) -> Plan:
        return plan

    def runs(self) -> Sequence[KnownRun]:
        return service.status(self.settings).runs

    def offers(self) -> RoadOffers:
        status = service.status(self.settings)
        return RoadOffers(len(status.wallet.accounts), self._offer(status.resumable), self._offer(status.retriable))

    def summary(self, report: VerifiedDocument) -> Summary:
        check_schema(report, SCHEMA_NAME)
        return summarise(cast(Report, report.document), self._names())

    def named(self, result: Summary) -> Summary:
        return with_names(result, self._names())

    def asks_further(self, result: Summary | None) -> bool:
        return False

    def wider(self, plan: Plan, run_id: str) -> Plan | None:
        return None

    def _names(self) -> dict[str, str]:
        """Account address -> what the wallet calls it."""
        return {row.address: row.name for row in service.wallet_view(self.settings).accounts}

    def _offer(self, run: RunRecord | None) -> Offer | None:
        """Only a run of the chosen network: the service refuses any other."""
        settings = self.settings
        if run is None or run.network != settings.network:
            return None
        if settings.genesis is not None and run.genesis != settings.genesis:
            return None
        done = sum(1 for index in run.indices if index.keys is not None)
        return Offer(run.run_id, run.network, run.started.strftime("%Y-%m-%d %H:%M UTC"), done, run.unknown)
