"""The walk over identity indices: approvals in order, look-ups of index n under way while n+1 is approved.

The walk knows when to ask "go on or stop?"; what an index holds it leaves to `Lookups`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.errors import Declined, RepeatedKey
from ledger_recovery.recover.events import Emit, IndexConcluded, StopSuggested
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.model import IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import ScanPolicy, StopAdvice, stop_advice
from ledger_recovery.recover.result import Ending
from ledger_recovery.recover.scan import IndexKeys
from ledger_recovery.recover.service.device_side import DeviceSide
from ledger_recovery.recover.service.lookup import IndexWork, Lookups
from ledger_recovery.recover.service.person import Person


@dataclass(slots=True)
class Station:
    """One index of the walk. `task` answers it; `outcome` is set when it is concluded (or was declined)."""

    identity: IdentityRef
    work: IndexWork | None = None
    task: asyncio.Task[IndexOutcome] | None = None
    outcome: IndexOutcome | None = None


@dataclass(slots=True)
class Walk:
    """The state of a walk. `known`: highest stored counter by (identity, scheme). `g`: base of credential IDs."""

    run_id: str
    policy: ScanPolicy
    device: DeviceSide
    lookups: Lookups
    journal: Journal
    person: Person
    emit: Emit
    g: bytes
    known: Mapping[tuple[IdentityRef, KeyScheme], int]
    on_concluded: Callable[[], None]
    stations: dict[IdentityRef, Station] = field(default_factory=dict)

    async def run(self) -> Ending:
        """Walk every family of the policy; returns why it ended. Look-ups may still be under way.

        :raises DeviceError, NodeError, StorageError: what ended the walk early.
        """
        ending = Ending.RANGE_DONE
        for family in self.policy.families:
            walked = 0
            while (identity := self.policy.identity_after(family, walked)) is not None:
                if identity not in self.stations:
                    stop = await self._asked_to_stop(identity)
                    if stop is not None:
                        ending = stop
                        break
                    await self._approve(identity)
                self.raise_failed()
                walked += 1
        return ending

    def begin(self, work: IndexWork) -> None:
        """Start (or start again) the look-ups of an index whose credential IDs are known."""
        identity = work.keys.identity
        work.known = {s: c for (i, s), c in self.known.items() if i == identity}
        station = self.stations.setdefault(identity, Station(identity))
        station.work, station.outcome = work, None
        station.task = asyncio.create_task(self._answer(station, work), name=f"look-ups of {identity}")

    def conclude_without_keys(self, identity: IdentityRef, status: IndexStatus) -> IndexOutcome:
        """An index that was not approved: unknown as a whole."""
        outcome = IndexOutcome(identity, status)
        self.stations[identity] = Station(identity, outcome=outcome)
        return outcome

    def stale(self, generation: int) -> tuple[IndexWork, ...]:
        """The work whose evidence is of another block than that generation's."""
        works = [s.work for s in self.stations.values() if s.work is not None]
        return tuple(w for w in works if w.generation != generation)

    async def settle(self) -> None:
        """Wait for all look-ups that are under way.

        :raises NodeError, StorageError: the first that failed for good.
        """
        tasks = [s.task for s in self.stations.values() if s.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        self.raise_failed()

    async def cancel(self) -> None:
        """End all look-ups; what was answered is in the journal."""
        tasks = [s.task for s in self.stations.values() if s.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def raise_failed(self) -> None:
        """Raise what made look-ups fail for good, if anything did."""
        for station in self.stations.values():
            if station.task is not None and station.task.done() and not station.task.cancelled():
                station.task.result()

    def outcomes(self) -> tuple[IndexOutcome, ...]:
        """Of the concluded indices, in the order of the walk: legacy family first, by index."""
        done = [s.outcome for s in self.stations.values() if s.outcome is not None]
        return tuple(sorted(done, key=lambda o: o.identity.sort_key))

    async def _answer(self, station: Station, work: IndexWork) -> IndexOutcome:
        station.outcome = outcome = await self.lookups.answer(work)
        self._concluded(outcome)
        return outcome

    def _concluded(self, outcome: IndexOutcome) -> None:
        self.emit(IndexConcluded(outcome))
        self.on_concluded()

    async def _approve(self, identity: IdentityRef) -> None:
        while True:
            try:
                keys = await self.device.credential_ids_of(identity, self.g)
            except Declined:
                if await self.person.declined(identity):
                    continue
                self.journal.store_status(self.run_id, identity, IndexStatus.DECLINED)
                self._concluded(self.conclude_without_keys(identity, IndexStatus.DECLINED))
                return
            self._refuse_repeated(keys)
            self.journal.store_keys(self.run_id, keys)
            self.begin(IndexWork(keys))
            return

    def _refuse_repeated(self, keys: IndexKeys) -> None:
        """The device layer compares keys of one session; this also covers indices of before a resume."""
        for station in self.stations.values():
            if station.work is None or station.identity == keys.identity:
                continue
            if set(station.work.keys.cred_ids.values()) & set(keys.cred_ids.values()):
                raise RepeatedKey(
                    f"the Ledger gave one key for {station.identity} and for {keys.identity}",
                    "the app and the command format do not fit: update the Concordium app, then start again",
                )

    async def _asked_to_stop(self, identity: IdentityRef) -> Ending | None:
        """Only an open-ended walk asks; a limit of empty indices decides without a person."""
        if self.policy.last is not None or identity.index == self.policy.first:
            return None
        advice = await self._advice(identity.provider)
        limit = self.policy.stop_after_empty
        if limit is not None:
            return Ending.EMPTY_LIMIT if advice is not None else None
        if advice is not None:
            self.emit(StopSuggested(advice))
        return None if await self.person.go_on(identity, advice) else Ending.STOPPED_BY_PERSON

    async def _advice(self, family: int | None) -> StopAdvice | None:
        """Advice on facts only: when pending look-ups could make it due, they are awaited first."""
        mine = [s for s in self.stations.values() if s.identity.provider == family]
        mine.sort(key=lambda s: s.identity.index)
        hopeful = list(takewhile(lambda s: s.outcome is None or s.outcome.empty, reversed(mine)))
        if not hopeful or len(hopeful) % self.policy.suggest_every:
            return None
        await asyncio.gather(*[s.task for s in hopeful if s.task is not None])
        return stop_advice(self.policy, [s.outcome for s in mine if s.outcome is not None])
