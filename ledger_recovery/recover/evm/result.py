"""[pure] Everything that a finished (or stopped) EVM run knows; the one input of its statement and report.

No field for keys, extended keys or chain codes exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chain.evm.smart_model import SmartAccount
from chain.model import Point
from ledger_recovery.recover.evm.model import AddressOutcome, Holding, Place, Use, uses
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.walk import Stop, skipped
from ledger_recovery.recover.result import DeviceFacts, Ending


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """One chain of the run. `point` None: no block could be pinned, and `failure` says why (code, sentence).

    `way`, `why`: how its node answers, and why not in the quick way. `confirmed`: at the end the block still stood.
    `smart_unanswered`: addresses of possible smart accounts without an answer. `tokens_unread`: symbols of tokens of
    which some balance is not known. `repins`: blocks that were lost.
    """

    chain_id: int | None
    name: str
    source: str
    point: Point | None
    way: str = ""
    why: str = ""
    confirmed: bool = False
    smart_asked: int = 0
    smart_unanswered: int = 0
    tokens_unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    repins: int = 0
    failure: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class EvmResult:
    """One run. Times are UTC. `stops`: by scheme. `shown`: addresses that the person compared on the device's screen.

    `found`: where the address that was searched for stands. `failure`: (code, sentence) of what ended the run.
    """

    run_id: str
    started: datetime
    finished: datetime
    tool_version: str
    environment: Mapping[str, str]
    policy: EvmPolicy
    ending: Ending
    device: DeviceFacts | None
    chains: tuple[ChainFacts, ...]
    places: tuple[Place, ...]
    outcomes: Mapping[bytes, AddressOutcome]
    stops: Mapping[str, Stop]
    holdings: Mapping[bytes, tuple[Holding, ...]] = field(default_factory=dict)
    shown: tuple[bytes, ...] = ()
    found: Place | None = None
    applied: bool = False
    changes: tuple[tuple[str, int], ...] = ()
    failure: tuple[str, str] | None = None
    warnings: tuple[str, ...] = ()
    timings_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def used(self) -> tuple[AddressOutcome, ...]:
        return tuple(o for o in self.outcomes.values() if o.use.used)

    @property
    def unknown(self) -> tuple[AddressOutcome, ...]:
        """Addresses of which some chain gave no answer, used elsewhere or not."""
        return tuple(o for o in self.outcomes.values() if o.unanswered or not o.answers)

    @property
    def left_open(self) -> int:
        """How much `retry` has to ask again; 0 only when every chain answered everything and confirmed its block."""
        of_chains = (
            chain.smart_unanswered + len(chain.tokens_unread) + (chain.point is not None and not chain.confirmed)
            for chain in self.chains
        )
        return len(self.unknown) + sum(of_chains)

    @property
    def smart(self) -> tuple[tuple[int, SmartAccount], ...]:
        return tuple(pair for outcome in self.outcomes.values() for pair in outcome.smart)

    @property
    def placeholders(self) -> tuple[Place, ...]:
        """Unused places below the highest used one of their scheme, whose address is used under no other scheme."""
        known = uses(self.places, self.outcomes)
        holes = {(scheme, index) for scheme, indices in known.items() for index in skipped(indices)}
        return tuple(p for p in self.places if (p.scheme, p.index) in holes and self._use(p) is Use.UNUSED)

    def places_of(self, address: bytes) -> tuple[Place, ...]:
        """All places of an address: schemes meet, as ledger_live #0 and bip44 #0 do."""
        return tuple(place for place in self.places if place.address == address)

    def _use(self, place: Place) -> Use | None:
        outcome = self.outcomes.get(place.address)
        return None if outcome is None else outcome.use
