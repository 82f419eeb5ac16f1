"""The road of the EVM family: nothing is approved, each chain has a node of its own, and a search can be made wider.

A node's URL may hold a key. Whole URLs stay in settings and plan, in memory; pages, log and disk get host and port.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.errors import InputError, NodeError
from ledger_recovery.recover import service as shared
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.report import EvmReport
from ledger_recovery.recover.report import VerifiedDocument
from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME
from ledger_recovery.recover.service import MetDevice, Person
from ledger_recovery.recover.service import evm as service
from ledger_recovery.recover.service.evm import EvmDeps, EvmSettings
from ledger_recovery.web.model.reducing_evm import chain_failed, chain_seen
from ledger_recovery.web.model.state import Family, GuideState, Offer
from ledger_recovery.web.model.summary_evm import EvmSummary, summarise_evm
from ledger_recovery.web.run.actions import EvmWish, Plan, is_plain
from ledger_recovery.web.run.actions_evm import evm_nodes_of, evm_plan_of, evm_policy_of, wider
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.road import KnownRun, RoadOffers, Summary, Tell, check_schema, with_names


@dataclass(frozen=True, slots=True)
class EvmTrip:
    """:param settings: with the plan's nodes. :param again: hosts of nodes whose URL has to be typed again."""

    settings: EvmSettings
    plan: Plan
    policy: EvmPolicy
    again: tuple[str, ...]
    pinned: str
    deps: EvmDeps | None

    looking = "asking each chain for its newest block"

    @property
    def asks_ledger(self) -> bool:
        return self.plan.kind != "retry"

    @property
    def asks_nodes(self) -> bool:
        """The search for one address only derives."""
        return self.policy.find is None

    @property
    def lacks_nodes(self) -> bool:
        return self.asks_nodes and (bool(self.again) or not self.settings.rpc)

    def shown(self, state: GuideState) -> Mapping[str, Any]:
        same = bool(self.plan.run_id) and self.plan.run_id == state.search.run_id
        view = replace(
            state.evm,
            gap=self.policy.gap,
            wanted="" if self.policy.find is None else checksum(self.policy.find),
            found="",
            nodes=_labels(self.settings.rpc) if self.asks_nodes else (),
            again=self.again if self.asks_nodes else (),
            show=self.settings.show_addresses,
            unconfirmed=state.evm.unconfirmed if same or self.plan.evm.base else (),
            chains=state.evm.chains if same else (),
            schemes=state.evm.schemes if same else (),
        )
        return {"evm": view}

    async def meet(self, person: Person, tell: Tell) -> MetDevice:
        return await service.meet_device(self.settings, person, tell, pinned=self.pinned or None, deps=self.deps)

    async def look(self, hub: Hub) -> bool:
        seen = await service.look_at_chains(self.settings, deps=self.deps)
        view = replace(hub.state.evm, chains=())
        for chain in seen:
            if chain.point is not None:
                view = chain_seen(view, chain.point)
            elif chain.failure is not None:
                name = "" if chain.name == chain.source else chain.name
                view = chain_failed(view, chain.source, name, chain.failure[1])
        hub.change(evm=view)
        failures = tuple(dict.fromkeys(chain.failure[1] for chain in seen if chain.failure is not None))
        if all(chain.point is None for chain in seen):
            raise NodeError(f"no node answers: {'; '.join(failures)}", "check the network and the nodes' addresses")
        return not failures

    async def run(self, person: Person, tell: Tell) -> None:
        if self.plan.kind == "recover":
            await service.recover(self.settings, self.policy, person, tell, deps=self.deps)
            return
        take_up = service.retry if self.plan.kind == "retry" else service.resume
        await take_up(self.settings, person, tell, run_id=self.plan.run_id or None, deps=self.deps)


@dataclass(frozen=True, slots=True)
class EvmRoad:
    """:param settings: its nodes are asked unless the person types others. :param deps: None for the real seams."""

    settings: EvmSettings
    deps: EvmDeps | None = None

    family = Family.EVM

    def plan_of(self, fields: Mapping[str, str]) -> tuple[Plan, str]:
        plan = evm_plan_of(fields)
        _labels(plan.nodes)
        return plan, ""

    def with_nodes(self, plan: Plan, text: str) -> Plan:
        given = (*plan.nodes, *self.settings.rpc)

        def known(label: str) -> tuple[str, ...]:
            return tuple(url for url in given if service.node_label(url) == label)

        nodes = evm_nodes_of(text, known)
        _labels(nodes)
        return replace(plan, nodes=nodes, again=())

    def trip(self, plan: Plan) -> EvmTrip:
        record = self._record(plan.run_id)
        nodes, again = self._nodes(plan)
        settings = replace(self.settings, rpc=nodes, show_addresses=plan.evm.show and plan.kind != "retry")
        policy = self._policy(plan) if record is None else record.policy
        return EvmTrip(settings, plan, policy, again, "" if record is None else record.fingerprint, self.deps)

    def kept(self, plan: Plan) -> Plan:
        """Without addresses of accounts, and without URLs that may hold keys: of these the hosts are kept."""
        wish = plan.evm
        untold = not plan.run_id and bool(plan.untold or wish.find or wish.owners)
        secret = _labels(tuple(url for url in plan.nodes if not is_plain(url)))
        return replace(
            plan,
            nodes=tuple(url for url in plan.nodes if is_plain(url)),
            again=tuple(dict.fromkeys((*plan.again, *secret))),
            untold=untold,
            evm=replace(wish, find="", owners=()),
        )

    def runs(self) -> Sequence[KnownRun]:
        return service.runs(self.settings)

    def offers(self) -> RoadOffers:
        runs = service.runs(self.settings)
        base = self.settings.base
        accounts = shared.wallet_view(base).evm.accounts if base.wallet.exists() else ()
        return RoadOffers(
            sum(1 for account in accounts if not account.placeholder),
            _offer(next((r for r in runs if not r.ending), None)),
            _offer(next((r for r in runs if r.unknown), None)),
        )

    def summary(self, report: VerifiedDocument) -> Summary:
        check_schema(report, EVM_SCHEMA_NAME)
        return summarise_evm(cast(EvmReport, report.document), self._names())

    def named(self, result: Summary) -> Summary:
        return with_names(result, self._names())

    def asks_further(self, result: Summary | None) -> bool:
        """Only after a search that ended by its rule: behind one that lacks answers, these come first."""
        return isinstance(result, EvmSummary) and result.complete

    def wider(self, plan: Plan, run_id: str) -> Plan | None:
        record = self._record(run_id)
        if record is None or wider(record.policy) is None:
            return None
        # Nothing is compared again: the person did that at the end of the search that this one goes on with.
        return Plan(nodes=plan.nodes, again=plan.again, begun=True, evm=EvmWish(base=run_id))

    def _policy(self, plan: Plan) -> EvmPolicy:
        if not plan.evm.base:
            return evm_policy_of(plan.evm)
        base = self._record(plan.evm.base)
        policy = None if base is None else wider(base.policy)
        if policy is None:
            raise InputError("the search that was to be made wider is not known any more", "begin a new search")
        return policy

    def _nodes(self, plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The URLs to ask, and the hosts whose URL nobody has given since the program was started."""
        given = {url: service.node_label(url) for url in self.settings.rpc} if plan.again else {}
        found = (url for url, label in given.items() if label in plan.again)
        missing = tuple(label for label in plan.again if label not in given.values())
        nodes = tuple(dict.fromkeys((*plan.nodes, *found)))
        return nodes if nodes or missing else self.settings.rpc, missing

    def _record(self, run_id: str) -> EvmRunRecord | None:
        return next((r for r in service.runs(self.settings) if r.run_id == run_id), None) if run_id else None

    def _names(self) -> dict[str, str]:
        """Address as people write it -> what the wallet calls it."""
        rows = shared.wallet_view(self.settings.base).evm.accounts
        return {checksum(bytes.fromhex(row.address.removeprefix("0x"))): row.name for row in rows}


def _labels(urls: tuple[str, ...]) -> tuple[str, ...]:
    """:raises InputError: one is not a node's URL."""
    return tuple(dict.fromkeys(service.node_label(url) for url in urls))


def _offer(run: EvmRunRecord | None) -> Offer | None:
    if run is None:
        return None
    return Offer(run.run_id, "", run.started.strftime("%Y-%m-%d %H:%M UTC"), run.derived, run.unknown)
