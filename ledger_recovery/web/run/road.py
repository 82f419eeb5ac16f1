"""What a chain family does in a guided run, as session and journey see it: everything in which families differ.

A road decides nothing about accounts: it calls its family's service, and says what pages need to know of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ledger_recovery.errors import InputError
from ledger_recovery.recover.events import Event
from ledger_recovery.recover.evm.events import EvmEvent
from ledger_recovery.recover.report import VerifiedDocument
from ledger_recovery.recover.service import MetDevice, Person
from ledger_recovery.web.model.state import Family, GuideState, Offer
from ledger_recovery.web.model.summary import ResultSummary
from ledger_recovery.web.model.summary_evm import EvmSummary
from ledger_recovery.web.run.actions import Plan
from ledger_recovery.web.run.hub import Hub

Tell = Callable[[Event | EvmEvent], None]
Summary = ResultSummary | EvmSummary


@dataclass(frozen=True, slots=True)
class RoadOffers:
    """What could be taken up, and how many accounts of the family the wallet holds."""

    accounts: int
    resumable: Offer | None
    retriable: Offer | None


def check_schema(report: VerifiedDocument, schema: str) -> None:
    """:raises InputError: it is a report of another family."""
    if report.schema != schema:
        raise InputError("this is a report of another family of chains", "choose that family on the start page")


def with_names(result: Summary, names: Mapping[str, str]) -> Summary:
    """The result with what the wallet calls its accounts. `names`: address -> name."""
    accounts: Any = tuple(replace(line, name=names.get(line.address, "")) for line in result.accounts)
    return replace(result, accounts=accounts)


class KnownRun(Protocol):
    """A run that the family's journal knows. `ending` "" while it is unfinished."""

    @property
    def run_id(self) -> str: ...

    @property
    def ending(self) -> str: ...


class Trip(Protocol):
    """One plan on its way; made anew for every try, so that it never knows less than the journal."""

    @property
    def pinned(self) -> str:
        """Fingerprint of the Ledger that it must be (64 hex), "" for any."""
        ...

    @property
    def asks_ledger(self) -> bool:
        """Whether the Ledger is met before the run."""
        ...

    @property
    def asks_nodes(self) -> bool:
        """Whether nodes are asked at all."""
        ...

    @property
    def lacks_nodes(self) -> bool:
        """Whether a person has to name nodes first."""
        ...

    @property
    def looking(self) -> str:
        """What the page says while the nodes are looked at."""
        ...

    def shown(self, state: GuideState) -> Mapping[str, Any]:
        """Fields of GuideState that say what this trip will do."""
        ...

    async def meet(self, person: Person, tell: Tell) -> MetDevice:
        """:raises DeviceError, Cancelled, StorageError: as the service's."""
        ...

    async def look(self, hub: Hub) -> bool:
        """Show what the nodes say of their newest blocks; False when some of them say nothing.

        :raises NodeError: none answers. :raises InputError: they cannot be asked together.
        """
        ...

    async def run(self, person: Person, tell: Tell) -> None:
        """:raises LedgerRecoveryError: what ended the run."""
        ...


class Road(Protocol):
    """One family. Methods that are not async read journal or wallet, and are called in a thread.

    All of them raise StorageError when those cannot be read.
    """

    @property
    def family(self) -> Family: ...

    def plan_of(self, fields: Mapping[str, str]) -> tuple[Plan, str]:
        """The plan of a new search from its form, and the account that the person looks for meanwhile ("": none).

        :raises InputError: a field that cannot be used.
        """
        ...

    def with_nodes(self, plan: Plan, text: str) -> Plan:
        """The plan with the nodes that a person typed.

        :raises InputError: not nodes.
        """
        ...

    def trip(self, plan: Plan) -> Trip:
        """:raises InputError: the plan's options do not fit together, or its run is not known any more."""
        ...

    def kept(self, plan: Plan) -> Plan:
        """The plan as the place file may have it: without anything that must not lie on the disk."""
        ...

    def runs(self) -> Sequence[KnownRun]:
        """All runs, newest first."""
        ...

    def offers(self) -> RoadOffers: ...

    def summary(self, report: VerifiedDocument) -> Summary:
        """The result that a report states, with the wallet's names.

        :raises InputError: it is a report of another family.
        """
        ...

    def named(self, result: Summary) -> Summary:
        """The result with the wallet's names."""
        ...

    def asks_further(self, result: Summary | None) -> bool:
        """Whether a person is asked for a wider search before this result is the last word."""
        ...

    def wider(self, plan: Plan, run_id: str) -> Plan | None:
        """The plan of a wider search than that run's, None when there is none."""
        ...
