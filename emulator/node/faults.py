"""Which calls a fault touches, and how often it has been met. [pure but for the counters of `FaultRunner`]

A fault selects calls by method, by the account asked for, by connection, and by its own running number of the
calls so selected: "from the 3rd to the 9th", "every 4th". What it does to them is its effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.node.effects import Effect, Limits, Mute, Refuse

ALIAS_BYTES = 29
NODE_WIDE = (Refuse, Mute, Limits)
"""Effects that hold for the node and not for single calls."""


@dataclass(frozen=True)
class Range:
    """Some of the numbers 1, 2, 3, …: from `first` to `last`, every `every`-th of them."""

    first: int = 1
    last: int | None = None
    every: int = 1

    def __contains__(self, number: int) -> bool:
        if number < self.first or (self.last is not None and number > self.last):
            return False
        return (number - self.first + 1) % self.every == 0


ALWAYS = Range()


@dataclass(frozen=True)
class Call:
    """A call as it arrived. `key` is the credential ID, address or account index (8 bytes) asked for."""

    number: int
    method: str
    connection: int
    key: bytes | None = None
    key_kind: str | None = None
    block: str | None = None

    def __str__(self) -> str:
        asked = f" {self.key_kind} {self.key.hex()}" if self.key is not None else ""
        return f"#{self.number} {self.method}{asked}"


@dataclass(frozen=True)
class Fault:
    """An effect and the calls that it touches.

    :param methods: names of methods, empty for all
    :param keys: credential IDs (48 bytes) and addresses (32, any alias), empty for all calls
    :param calls: running numbers among the calls that the other conditions select
    :param connections: numbers of connections, in the order in which they were opened
    """

    effect: Effect
    methods: frozenset[str] = frozenset()
    keys: frozenset[bytes] = frozenset()
    calls: Range = ALWAYS
    connections: Range = ALWAYS

    def selects(self, call: Call) -> bool:
        """Whether a call counts for this fault."""
        if self.methods and call.method not in self.methods:
            return False
        if call.connection not in self.connections:
            return False
        return not self.keys or (call.key is not None and _shortened(call.key) in map(_shortened, self.keys))


def _shortened(key: bytes) -> bytes:
    return key[:ALIAS_BYTES] if len(key) == 32 else key


@dataclass(frozen=True)
class FaultPlan:
    """All faults of a node, in the order in which they work on a call."""

    faults: tuple[Fault, ...] = ()

    @classmethod
    def of(cls, *faults: Fault | Effect) -> FaultPlan:
        """A plan from faults, and from bare effects for all calls."""
        return cls(tuple(item if isinstance(item, Fault) else Fault(item) for item in faults))

    @property
    def limits(self) -> Limits:
        """The node's limits: the last ones given, else its defaults."""
        given = [item.effect for item in self.faults if isinstance(item.effect, Limits)]
        return given[-1] if given else Limits()

    @property
    def refuses(self) -> bool:
        """Whether nothing listens."""
        return any(isinstance(item.effect, Refuse) for item in self.faults)

    def mutes(self, connection: int) -> bool:
        """Whether this connection gets no answer to anything."""
        return any(isinstance(item.effect, Mute) and connection in item.connections for item in self.faults)


NO_FAULTS = FaultPlan()


@dataclass
class FaultRunner:
    """Counts the calls that each fault selects, and says which effects a call meets."""

    plan: FaultPlan = NO_FAULTS
    _counts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._counts = [0] * len(self.plan.faults)

    def effects(self, call: Call) -> Sequence[Effect]:
        """The effects on a call, which is thereby counted."""
        met: list[Effect] = []
        for position, fault in enumerate(self.plan.faults):
            if isinstance(fault.effect, NODE_WIDE) or not fault.selects(call):
                continue
            self._counts[position] += 1
            if self._counts[position] in fault.calls:
                met.append(fault.effect)
        return met
