"""[pure] The one sentence of an EVM run: was the search complete, for which schemes and chains; or why it was not.

Made of what was really answered. Counts, codes and names of networks and schemes only, cleaned: no foreign text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ledger_recovery.recover.evm.result import ChainFacts, EvmResult
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.recover.result import Ending

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._'/:\[\]-]")


@dataclass(frozen=True, slots=True)
class EvmStatement:
    """`reasons`: why it is not complete; empty exactly when it is."""

    complete: bool
    sentence: str
    reasons: tuple[str, ...]


def state_completeness(result: EvmResult) -> EvmStatement:
    """The statement of a run, finished or not. A search for one address claims nothing about others."""
    reasons = tuple(dict.fromkeys(_reasons(result)))
    if not reasons:
        sentence = f"Complete: {_searched(result)}: {_found(result, '0')}, 0 unknown. {_rule(result)}"
    else:
        searched = _searched(result)
        so_far = f" Searched so far: {searched}: {_found(result, 'no')} so far." if searched else ""
        sentence = f"Not complete: {'; '.join(reasons)}.{so_far}"
    return EvmStatement(not reasons, sentence, reasons)


def _reasons(result: EvmResult) -> Iterator[str]:
    """Why the claim cannot be made, the gravest first."""
    if result.failure is not None or result.ending is Ending.FAILED:
        yield "the run ended with an error"
    if result.ending is Ending.CANCELLED:
        yield "the run was cancelled"
    if result.found is not None or result.policy.find is not None:
        yield "one address was searched for, and nothing else"
    if not result.chains:
        yield "no chain was asked"
    for chain in result.chains:
        yield from _chain_reasons(chain)
    for scheme in result.policy.schemes:
        stop = result.stops.get(scheme.name)
        if stop is None or not stop.complete:
            yield f"{_plain(scheme.name)} {_stopped(stop)}"
    unknown = len(result.unknown)
    if unknown:
        yield f"{plural(unknown, 'address', 'addresses')} stayed unknown on at least one chain"


def _chain_reasons(chain: ChainFacts) -> Iterator[str]:
    name = _plain(chain.name)
    if chain.point is None:
        yield f"no block of {name} was pinned"
    elif not chain.confirmed:
        yield f"the pinned block of {name} was not confirmed at the end"
    if chain.smart_unanswered:
        counted = plural(chain.smart_unanswered, "possible smart account")
        yield f"{counted} on {name} stayed unknown"
    if chain.tokens_unread:
        yield f"balances of {', '.join(map(_plain, chain.tokens_unread))} on {name} could not be read"


def _stopped(stop: Stop | None) -> str:
    if stop is None or stop.reason is StopReason.NOT_WALKED:
        return "was not searched to its end"
    if stop.reason is StopReason.CAP:
        return f"was ended by the cap at index {stop.last}"
    if stop.reason is StopReason.UNANSWERED:
        return f"was given up at index {stop.last}, for want of answers"
    return f"has {plural(len(stop.unknown), 'index', 'indices')} without an answer"


def _searched(result: EvmResult) -> str:
    schemes = [f"{_plain(n)} 0-{s.last}" for n, s in result.stops.items() if s.last >= 0]
    chains = [_where(chain) for chain in result.chains if chain.point is not None]
    return f"{', '.join(schemes)} on {' and '.join(chains)}" if schemes and chains else ""


def _where(chain: ChainFacts) -> str:
    point = chain.point
    if point is None:
        return _plain(chain.name)
    return f"{_plain(chain.name)} at {point.finality.value} block {point.height} ({point.block_hash.hex()[:8]}…)"


def _found(result: EvmResult, none: str) -> str:
    used, smart = len(result.used), len(result.smart)
    accounts = plural(used, "used account") if used else f"{none} used account{'s' if none == '0' else ''}"
    return accounts + (f" and {plural(smart, 'smart account')}" if smart else "")


def _rule(result: EvmResult) -> str:
    return f"Each scheme was searched until {result.policy.gap} indices in a row were unused on every chain."


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("", text)[:64]
