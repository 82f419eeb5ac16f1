"""[pure] The walk along one scheme: which indices to ask next, or why it is over. A function of what is known.

The gap counts unused indices in a row and begins anew at every use. An index without an answer neither counts nor ends
a count. Money alone widens the search, but only so far: anybody can send it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique

from ledger_recovery.recover.evm.model import Use
from ledger_recovery.recover.evm.policy import EvmPolicy


@unique
class StopReason(Enum):
    """GAP: as many unused indices in a row as were asked for; the only one that makes a scheme complete."""

    GAP = "gap"
    CAP = "cap"
    UNANSWERED = "unanswered"
    FOUND = "found"
    NOT_WALKED = "not-walked"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a walk is over. `last`: the highest index asked, -1 for none. `unknown`: indices without an answer."""

    reason: StopReason
    last: int
    unknown: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        return self.reason is StopReason.GAP and not self.unknown

    def how_to_go_on(self, policy: EvmPolicy) -> str:
        """What the person can do to search further, one sentence."""
        match self.reason:
            case StopReason.GAP if not self.unknown:
                return f"to look behind a larger hole, run again with --gap {2 * policy.gap}"
            case StopReason.CAP:
                return f"to search beyond index {policy.cap - 1}, run again with --max-index {2 * policy.cap}"
            case StopReason.FOUND:
                return "to see all accounts, run again without --find"
            case StopReason.NOT_WALKED:
                return "run again; what was derived and answered is kept"
            case _:
                return "ask again what stayed unknown: ledger-recovery retry"


def next_step(policy: EvmPolicy, known: Mapping[int, Use], heard: Mapping[int, Use] | None = None) -> range | Stop:
    """The indices of a scheme to ask next (never one that is known), or why there are none.

    :param known: index -> what the answers say. Holes are asked first.
    :param heard: as `known`, without the silence of chains that were given up, None for none: to wait for them would
        only lengthen the walk. What `known` has no answer for stays unknown, so such a walk never ends complete.
    """
    heard = known if heard is None else heard
    unused = silent = 0
    last_active = -1
    # What was asked behind an index without an answer is known now, and may lie behind a gap: no use is left outside.
    highest = max((index for index, use in heard.items() if use.used), default=-1)
    for index in range(policy.cap):
        use = heard.get(index)
        if use is None:
            return _wanted(index, policy, unused, known)
        match use:
            case Use.ACTIVE:
                unused, silent, last_active = 0, 0, index
            case Use.DUST if index - last_active <= policy.dust_reach:
                unused = silent = 0
            case Use.UNKNOWN:
                silent += 1
            case _:
                unused, silent = unused + 1, 0
        if unused >= policy.gap and index >= highest:
            return Stop(StopReason.GAP, index, _unknown(known, index))
        if silent >= policy.patience:
            return Stop(StopReason.UNANSWERED, index, _unknown(known, index))
    return Stop(StopReason.CAP, policy.cap - 1, _unknown(known, policy.cap - 1))


def unanswered(known: Mapping[int, Use]) -> Stop:
    """The end of a walk that no chain answers any more, whatever `next_step` would ask."""
    last = max(known, default=-1)
    return Stop(StopReason.UNANSWERED, last, _unknown(known, last))


def skipped(known: Mapping[int, Use]) -> tuple[int, ...]:
    """The unused indices below the highest used one: they become placeholders."""
    highest = max((index for index, use in known.items() if use.used), default=-1)
    return tuple(index for index in sorted(known) if index < highest and known[index] is Use.UNUSED)


def _wanted(first: int, policy: EvmPolicy, unused: int, known: Mapping[int, Use]) -> range:
    """Just as many as would end the walk if all of them were unused."""
    end = min(first + max(1, policy.gap - unused), policy.cap)
    taken = next((index for index in range(first, end) if index in known), end)
    return range(first, taken)


def _unknown(known: Mapping[int, Use], last: int) -> tuple[int, ...]:
    return tuple(index for index in range(last + 1) if known.get(index) is Use.UNKNOWN)
