"""The walk over all schemes at once: derive, ask every chain, and again, until each scheme has a reason to stop.

A round derives what every scheme wants next and asks all of it in one burst. When all stop, smart accounts and tokens
are looked for; what is found makes a place used, and the walk goes on from there, to a fixed point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger_recovery.derive.evm.schemes import Scheme
from ledger_recovery.recover.events import Warned
from ledger_recovery.recover.evm.events import EvmEmit, PlacesAnswered, PlacesDerived, SchemeEnded
from ledger_recovery.recover.evm.model import AddressOutcome, Place, Use, uses
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.walk import Stop, StopReason, next_step, unanswered
from ledger_recovery.recover.service.evm.chains import Chains
from ledger_recovery.recover.service.evm.deriving import Deriving
from ledger_recovery.recover.service.stopwatch import EvmStage, Stopwatch


@dataclass(slots=True)
class Walk:
    """The state of a walk. `store`: makes new places durable before anything is asked about them."""

    policy: EvmPolicy
    deriving: Deriving
    chains: Chains
    store: Callable[[Sequence[Place]], None]
    emit: EvmEmit
    stopwatch: Stopwatch
    places: dict[tuple[str, int], Place] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    _ended: dict[str, Stop] = field(default_factory=dict)
    _told: dict[tuple[str, int], Use] = field(default_factory=dict)
    _without: set[tuple[str, int]] = field(default_factory=set)

    async def run(self) -> None:
        """Walk until every scheme stops and nothing new turns up; leaves the reasons in `stops`.

        :raises DeviceError, Cancelled, StorageError: what ended the walk early.
        """
        await self._look(self.places.values())
        while True:
            wanted = self._wanted()
            if wanted:
                await self._look(await self._derived(wanted))
            else:
                await self._settle()
                if not self._wanted():
                    break
        self._tell_stops()

    def known(self) -> Mapping[str, Mapping[int, Use]]:
        """What is known of each scheme's indices. One that BIP-32 passes over holds no account."""
        return self._uses(self.chains.outcomes())

    def _uses(self, outcomes: Mapping[bytes, AddressOutcome]) -> Mapping[str, Mapping[int, Use]]:
        known = {s: dict(found) for s, found in uses(self.places.values(), outcomes).items()}
        for scheme, index in self._without:
            known.setdefault(scheme, {})[index] = Use.UNUSED
        return known

    def _wanted(self) -> dict[Scheme, range]:
        outcomes, given_up = self.chains.outcomes(), self.chains.given_up
        known = self._uses(outcomes)
        heard = self._uses({a: o.without_silence_of(given_up) for a, o in outcomes.items()}) if given_up else known
        wanted: dict[Scheme, range] = {}
        for scheme in self.policy.schemes:
            of_scheme = known.get(scheme.name, {})
            step = next_step(self.policy, of_scheme, heard.get(scheme.name, {}))
            if isinstance(step, Stop):
                self.stops[scheme.name] = step
            elif not self.deriving.possible:
                last = max((i for s, i in self.places if s == scheme.name), default=-1)
                self.stops[scheme.name] = Stop(StopReason.NOT_WALKED, last)
            elif not self.chains.alive:
                self.stops[scheme.name] = unanswered(of_scheme)
            else:
                wanted[scheme] = step
        return wanted

    async def _derived(self, wanted: Mapping[Scheme, range]) -> Sequence[Place]:
        """The new places, each scheme's durable before the next one is derived."""
        new: list[Place] = []
        for scheme, indices in wanted.items():
            with self.stopwatch.stage(EvmStage.DERIVATION):
                places = await self.deriving.places(scheme, indices)
            if places is None:
                break
            self.store(places)
            self.places |= {(p.scheme, p.index): p for p in places}
            self._pass_over(scheme, indices, places)
            self.emit(PlacesDerived(scheme.name, indices.start, indices.stop - 1))
            new += places
        return new

    def _pass_over(self, scheme: Scheme, indices: range, places: Sequence[Place]) -> None:
        for index in set(indices) - {place.index for place in places}:
            self._without.add((scheme.name, index))
            self.emit(Warned(f"BIP-32 has no account {index} in the scheme {scheme.name}; it was passed over"))

    async def _look(self, places: Iterable[Place]) -> None:
        asked = [place.address for place in places]
        if asked:
            with self.stopwatch.stage(EvmStage.LOOK_UPS):
                await self.chains.pin()
                await self.chains.look(asked)
            self._tell_answers()

    async def _settle(self) -> None:
        """Ask for smart accounts and tokens, until no block was lost over it: a block takes them all with it."""
        before = None
        while before != self.chains.state:
            before = self.chains.state
            if self.policy.smart_accounts:
                with self.stopwatch.stage(EvmStage.SMART_ACCOUNTS):
                    await self.chains.look_for_smart_accounts(self.policy.co_owners)
            with self.stopwatch.stage(EvmStage.TOKENS):
                await self.chains.look_for_tokens()
        self._tell_answers()

    def _tell_answers(self) -> None:
        for scheme, found in self.known().items():
            new = {i: use for i, use in found.items() if self._told.get((scheme, i)) is not use}
            self._told |= {(scheme, i): use for i, use in new.items()}
            if new:
                self.emit(PlacesAnswered(scheme, tuple(sorted(new.items()))))

    def _tell_stops(self) -> None:
        for scheme in self.policy.schemes:
            stop = self.stops[scheme.name]
            if self._ended.get(scheme.name) != stop:
                self._ended[scheme.name] = stop
                self.emit(SchemeEnded(scheme.name, stop, stop.how_to_go_on(self.policy)))
