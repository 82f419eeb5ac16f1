"""[pure] The one sentence: was the search complete, for which range; or not complete, and why.

It is made from the cells that were really answered, not from what the policy promised. The word "complete" stands in
it only as the claim itself or as "Not complete". Counts and codes only: no foreign text can enter the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, unique

from chain.concordium.account import CredentialStatus
from ledger_recovery.derive.schemes import MAX_COUNTER
from ledger_recovery.recover.model import IndexStatus
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.report.coverage import Coverage, coverage_of
from ledger_recovery.recover.report.ranges import plural, spans
from ledger_recovery.recover.result import Ending, RunResult

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]")
_UNSEARCHED = {IndexStatus.DECLINED: "declined on the device", IndexStatus.SKIPPED: "skipped"}


@unique
class Scope(Enum):
    """What a complete search has seen: every credential, or only those that are the first of their account."""

    ALL = "all"
    FIRST_CREDENTIALS = "first-credentials"


@dataclass(frozen=True, slots=True)
class CompletenessStatement:
    """`reasons`: why it is not complete; empty exactly when it is."""

    complete: bool
    scope: Scope
    sentence: str
    reasons: tuple[str, ...]


def state_completeness(result: RunResult) -> CompletenessStatement:
    """The statement of a run, finished or not."""
    coverage = coverage_of(result)
    scope = Scope.FIRST_CREDENTIALS if result.policy.mode is Mode.PRIVATE else Scope.ALL
    reasons = tuple(_reasons(result, coverage))
    if reasons:
        sentence = f"Not complete: {'; '.join(reasons)}. {_so_far(result, coverage)}"
    else:
        claim = "Complete" if scope is Scope.ALL else "Complete for first credentials"
        blind = "" if scope is Scope.ALL else " Credentials that joined an account later cannot be seen this way."
        sentence = f"{claim}: {_searched(result, coverage)}: {_found(result)}, 0 unknown.{blind}"
    return CompletenessStatement(not reasons, scope, sentence, reasons)


def _reasons(result: RunResult, coverage: Coverage) -> Iterator[str]:
    """Why the claim cannot be made, the gravest first."""
    if result.failure is not None or result.ending is Ending.FAILED:
        yield "the run ended with an error"
    if result.ending is Ending.CANCELLED:
        yield "the run was cancelled"
    if result.point is None:
        yield "no finalized block was pinned"
    if not result.outcomes:
        yield "no identity index was searched"
    yield from _index_reasons(result, coverage)
    unknown = len(result.unknown_cells)
    if unknown:
        yield f"{plural(unknown, 'credential')} stayed unknown"
    if coverage.unasked:
        yield f"{plural(coverage.unasked, 'credential')} of the range {_was(coverage.unasked)} not asked for"
    if result.policy.mode.uses_list and not coverage.listed:
        yield "the account list was not read"
    disagreeing = len(result.disagreeing_cells)
    if disagreeing:
        yield f"the sources disagree about {plural(disagreeing, 'credential')}"


def _index_reasons(result: RunResult, coverage: Coverage) -> Iterator[str]:
    for provider in result.policy.families:
        outcomes = [o for o in result.outcomes if o.identity.provider == provider]
        for status, words in _UNSEARCHED.items():
            indices = {o.identity.index for o in outcomes if o.status is status}
            if indices:
                yield f"{_identities(indices)}{_of(provider)} {_was(len(indices))} {words}"
        missing = coverage.missing.get(provider, ())
        if missing:
            yield f"{_identities(missing)}{_of(provider)} {_was(len(missing))} not reached"
        elif not outcomes and result.outcomes:
            yield f"no identity {'on the legacy path' if provider is None else f'of provider {provider}'} was searched"


def _so_far(result: RunResult, coverage: Coverage) -> str:
    """What was seen all the same. "0 accounts" is never printed while something is unknown."""
    found = _found(result, none="no account") + " so far"
    if not any(coverage.scanned.values()):
        return f"Nothing can be said about accounts: {found}."
    return f"Searched so far: {_searched(result, coverage)}: {found}."


def _searched(result: RunResult, coverage: Coverage) -> str:
    families = " and ".join(
        f"{_identities(indices)} ({_family(provider)})" for provider, indices in coverage.scanned.items() if indices
    )
    counters = []
    if coverage.direct is not None:
        counters.append(f"{_counters(coverage.direct)} by look-up")
    if coverage.listed:
        counters.append(f"{_counters(MAX_COUNTER)} by the account list")
    asked = f", credentials {' and '.join(counters)}" if counters else ""
    return f"{families}{asked}, {_where(result)}"


def _where(result: RunResult) -> str:
    point = result.point
    if point is None:
        return f"on {_plain(result.network)}"
    age = round(point.age_seconds)
    old = f"{age} s old when pinned" if age >= 0 else f"{-age} s ahead of the local clock when pinned"
    return f"on {_plain(point.network)} at block {point.height} ({point.block_hash.hex()[:8]}…, {old})"


def _found(result: RunResult, none: str = "0 accounts") -> str:
    sightings = [c.sighting for o in result.outcomes for c in o.cells if c.sighting is not None]
    active = {s.account.address for s in sightings if s.status is CredentialStatus.ACTIVE}
    removed = sum(1 for s in sightings if s.status is CredentialStatus.REMOVED)
    found = f"{plural(len(active), 'account')} found" if active else f"{none} found"
    return found if not removed else f"{found}, {plural(removed, 'removed credential')}"


def _family(provider: int | None) -> str:
    if provider is None:
        return "legacy path, key schemes legacy-v1 and legacy-v0"
    return f"provider {provider}, key scheme provider-v1"


def _of(provider: int | None) -> str:
    return "" if provider is None else f" of provider {provider}"


def _identities(indices: Collection[int]) -> str:
    return f"{'identity' if len(indices) == 1 else 'identities'} {spans(indices)}"


def _counters(highest: int) -> str:
    return "0" if highest == 0 else f"0-{highest}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _plain(network: str) -> str:
    return _NOT_PLAIN.sub("", network)[:64]
