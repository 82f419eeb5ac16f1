"""[pure] What a run searches: identity families and indices, key schemes, counters, sources; when to suggest stopping.

The rules are explicit and named because they end up in the report: a search is only as complete as its policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique

from ledger_recovery.derive.schemes import MAX_COUNTER, MAX_INDEX, IdentityRef
from ledger_recovery.recover.model import IndexOutcome, IndexStatus

COUNTER_WINDOW = 25
"""Counters asked one by one from 0, and again past every hit: the width that today's wallets search once."""

SUGGEST_STOP_EVERY = 3
"""Empty indices in a row after which stopping is suggested; the Desktop Wallet's habit."""

ALL_COUNTERS = range(MAX_COUNTER + 1)


@unique
class Mode(Enum):
    """Where answers come from.

    THOROUGH: direct look-ups for the first counters and on past the last hit, plus the account list for all counters.
    DIRECT: look-ups only. PRIVATE: the account list only; no credential ID leaves the machine except those of hits'
    addresses; it cannot see credentials that are not the first of their account.
    """

    THOROUGH = "thorough"
    DIRECT = "direct"
    PRIVATE = "private"

    @property
    def uses_list(self) -> bool:
        return self is not Mode.DIRECT

    @property
    def asks_directly(self) -> bool:
        return self is not Mode.PRIVATE


@dataclass(frozen=True, slots=True)
class ScanPolicy:
    """One search. `first`..`last` identity indices of every family; `last` None: open-ended.

    `stop_after_empty`: an open-ended run without a person ends after so many empty indices in a row (None: ask).
    `legacy`: walk the legacy path; `providers`: walk these identity providers' 5.x paths too. `deep`: direct look-ups
    for all 256 counters.
    """

    first: int = 0
    last: int | None = None
    stop_after_empty: int | None = None
    legacy: bool = True
    providers: tuple[int, ...] = ()
    mode: Mode = Mode.THOROUGH
    deep: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.first <= MAX_INDEX:
            raise ValueError(f"the first identity index must be 0 to {MAX_INDEX}")
        if self.last is not None and not self.first <= self.last <= MAX_INDEX:
            raise ValueError(f"the last identity index must be {self.first} to {MAX_INDEX}")
        if self.stop_after_empty is not None and self.stop_after_empty < 1:
            raise ValueError("stop after at least 1 empty index")
        if not self.legacy and not self.providers:
            raise ValueError("nothing to search: neither the legacy path nor a provider is chosen")
        if self.deep and self.mode is Mode.PRIVATE:
            raise ValueError(
                "a private search asks nothing directly; it cannot be deep, and covers all counters anyway"
            )

    @property
    def families(self) -> tuple[int | None, ...]:
        """None for the legacy path, then the providers, each once."""
        return (*((None,) if self.legacy else ()), *dict.fromkeys(self.providers))

    @property
    def suggest_every(self) -> int:
        """Empty indices in a row after which stopping is suggested, or (without a person) done."""
        return self.stop_after_empty or SUGGEST_STOP_EVERY

    def direct_counters(self, highest_hit: int | None) -> range:
        """The counters to ask directly, given the highest counter known to be deployed so far (None: none yet)."""
        if not self.mode.asks_directly:
            return range(0)
        if self.deep:
            return ALL_COUNTERS
        past = COUNTER_WINDOW if highest_hit is None else max(COUNTER_WINDOW, highest_hit + 1 + COUNTER_WINDOW)
        return range(min(past, MAX_COUNTER + 1))

    def identity_after(self, provider: int | None, walked: int) -> IdentityRef | None:
        """The next identity of a family after `walked` indices of it, or None when the range is done."""
        index = self.first + walked
        if index > MAX_INDEX or (self.last is not None and index > self.last):
            return None
        return IdentityRef(index, provider)


@dataclass(frozen=True, slots=True)
class StopAdvice:
    """Why stopping may make sense now, in facts: how many indices in a row were empty, and how that is known."""

    empty_in_a_row: int
    accounts_found: int
    basis: str


def empty_streak(outcomes: Sequence[IndexOutcome]) -> int:
    """How many of the last outcomes in a row are empty. An index with UNKNOWN cells, or declined, ends the streak."""
    streak = 0
    for outcome in reversed(outcomes):
        if not outcome.empty:
            break
        streak += 1
    return streak


def stop_advice(policy: ScanPolicy, outcomes: Sequence[IndexOutcome]) -> StopAdvice | None:
    """Advice after the outcomes of one family so far: due after every third empty index in a row, else None."""
    streak = empty_streak(outcomes)
    if streak == 0 or streak % policy.suggest_every:
        return None
    addresses = {c.sighting.account.address for o in outcomes for c in o.deployed if c.sighting is not None}
    return StopAdvice(streak, len(addresses), _basis(policy))


def _basis(policy: ScanPolicy) -> str:
    if policy.mode is Mode.PRIVATE:
        return "no account at the pinned block has one of their 256 credentials as its first credential"
    asked = "all 256 credentials" if policy.deep else f"credentials 0-{COUNTER_WINDOW - 1}"
    also = " and the account list shows none of all 256" if policy.mode is Mode.THOROUGH else ""
    return f"the node says at the pinned block that {asked} of each were never deployed{also}"


def next_safe_index(first: int, outcomes: Sequence[IndexOutcome], known: Sequence[int] = ()) -> int:
    """The lowest identity index of one family that is safe for a new identity.

    Used, UNKNOWN, declined and skipped indices all count as used, and so do indices below the range (never searched)
    and the `known` ones of the wallet: reusing an index would reuse its keys.
    """
    taken = [first - 1, *known]
    taken += [o.identity.index for o in outcomes if o.status is not IndexStatus.SCANNED or not o.empty]
    return max(taken) + 1
