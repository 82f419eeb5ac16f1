"""The one sentence, case by case: what may be called complete, and what may not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import Basis, Disagreement, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.report.statement import Scope, state_completeness
from ledger_recovery.recover.result import Ending, ListFacts, RunResult
from tests.support.cells import account, fake_id, sighting
from tests.support.recover_strategies import ONE, own_id, point, run_results
from tests.support.runs import DEEP, DIRECT, PRIVATE, hits, own, run, searched

ZERO, FIRST, SECOND = IdentityRef(0), IdentityRef(1), IdentityRef(2)
LEGACY = "(legacy path, key schemes legacy-v1 and legacy-v0)"
AT = "on mainnet at block 1234 (c0ffee00…, 12 s old when pinned)"
BOTH = "credentials 0-24 by look-up and 0-255 by the account list"
OPEN = ScanPolicy()


def sentence(result: RunResult) -> str:
    return state_completeness(result).sentence


def declined(index: int) -> IndexOutcome:
    return IndexOutcome(IdentityRef(index), IndexStatus.DECLINED)


def skipped(index: int) -> IndexOutcome:
    return IndexOutcome(IdentityRef(index), IndexStatus.SKIPPED)


def without(outcome: IndexOutcome, counter: int) -> IndexOutcome:
    return replace(outcome, cells=tuple(c for c in outcome.cells if c.key.counter != counter))


def by_list_only(outcome: IndexOutcome, counter: int) -> IndexOutcome:
    cells = tuple(replace(c, basis=Basis.LIST) if c.key.counter == counter else c for c in outcome.cells)
    return replace(outcome, cells=cells)


def disputed(outcome: IndexOutcome) -> IndexOutcome:
    told = (Disagreement("a:1", "absent", "b:1", "deployed"),)
    return replace(outcome, cells=(replace(outcome.cells[0], disagreements=told), *outcome.cells[1:]))


COMPLETE = {
    "an empty Ledger": (
        run(searched(ZERO)),
        f"Complete: identity 0 {LEGACY}, {BOTH}, {AT}: 0 accounts found, 0 unknown.",
    ),
    "one account, a range": (
        run(searched(ZERO, hits=hits(own(0, 0))), searched(FIRST), policy=ScanPolicy(last=1)),
        f"Complete: identities 0-1 {LEGACY}, {BOTH}, {AT}: 1 account found, 0 unknown.",
    ),
    "stopped by the person, open-ended": (
        run(searched(ZERO), searched(FIRST), ending=Ending.STOPPED_BY_PERSON),
        f"Complete: identities 0-1 {LEGACY}, {BOTH}, {AT}: 0 accounts found, 0 unknown.",
    ),
    "the limit of empty indices": (
        run(searched(ZERO), ending=Ending.EMPTY_LIMIT, policy=ScanPolicy(stop_after_empty=1)),
        f"Complete: identity 0 {LEGACY}, {BOTH}, {AT}: 0 accounts found, 0 unknown.",
    ),
    "direct": (
        run(searched(ZERO, policy=DIRECT), policy=DIRECT),
        f"Complete: identity 0 {LEGACY}, credentials 0-24 by look-up, {AT}: 0 accounts found, 0 unknown.",
    ),
    "deep": (
        run(searched(ZERO, policy=DEEP), policy=DEEP),
        f"Complete: identity 0 {LEGACY}, credentials 0-255 by look-up and 0-255 by the account list, {AT}: "
        "0 accounts found, 0 unknown.",
    ),
    "private": (
        run(searched(ZERO, policy=PRIVATE, hits=hits(own(0, 0))), policy=PRIVATE),
        f"Complete for first credentials: identity 0 {LEGACY}, credentials 0-255 by the account list, {AT}: "
        "1 account found, 0 unknown. Credentials that joined an account later cannot be seen this way.",
    ),
    "two families": (
        run(searched(ZERO), searched(IdentityRef(0, 3)), policy=ScanPolicy(providers=(3,), last=0)),
        f"Complete: identity 0 {LEGACY} and identity 0 (provider 3, key scheme provider-v1), {BOTH}, {AT}: "
        "0 accounts found, 0 unknown.",
    ),
    "only a removed credential": (
        run(searched(ZERO, hits={own(0, 0): sighting(own_id(ONE, own(0, 0)), account([fake_id("stranger")]))})),
        f"Complete: identity 0 {LEGACY}, {BOTH}, {AT}: 0 accounts found, 1 removed credential, 0 unknown.",
    ),
    "a range that does not begin at 0": (
        run(searched(IdentityRef(3)), policy=ScanPolicy(first=3, last=3)),
        f"Complete: identity 3 {LEGACY}, {BOTH}, {AT}: 0 accounts found, 0 unknown.",
    ),
    "private, hits everywhere at counter 0": (
        run(searched(ZERO, policy=PRIVATE, hits=hits(own(0, 0), own(0, 0, KeyScheme.LEGACY_V0))), policy=PRIVATE),
        f"Complete for first credentials: identity 0 {LEGACY}, credentials 0-255 by the account list, {AT}: "
        "2 accounts found, 0 unknown. Credentials that joined an account later cannot be seen this way.",
    ),
    "a hit that only the list and the account show": (
        run(by_list_only(searched(ZERO, hits=hits(own(0, 7), own(0, 7, KeyScheme.LEGACY_V0))), 7)),
        f"Complete: identity 0 {LEGACY}, credentials 0-32 by look-up and 0-255 by the account list, {AT}: "
        "2 accounts found, 0 unknown.",
    ),
    "a hit late in the window": (
        run(searched(ZERO, hits=hits(own(0, 24)))),
        f"Complete: identity 0 {LEGACY}, {BOTH}, {AT}: 1 account found, 0 unknown.",
    ),
}


@pytest.mark.parametrize(("result", "expected"), COMPLETE.values(), ids=COMPLETE.keys())
def test_complete(result: RunResult, expected: str) -> None:
    said = state_completeness(result)
    assert said.sentence == expected
    assert said.complete and said.reasons == ()
    assert said.scope is (Scope.FIRST_CREDENTIALS if result.policy.mode is Mode.PRIVATE else Scope.ALL)


SO_FAR = f"Searched so far: identity 0 {LEGACY}, {BOTH}, {AT}: no account found so far."
NOTHING = "Nothing can be said about accounts: no account found so far."
NOT_COMPLETE = {
    "an unknown cell": (
        run(searched(ZERO, unknown={own(0, 3)})),
        "Not complete: 1 credential stayed unknown. "
        f"Searched so far: identity 0 {LEGACY}, credentials 0-2 by look-up and 0-255 by the account list, {AT}: "
        "no account found so far.",
    ),
    "unknown, with an account": (
        run(searched(ZERO, unknown={own(0, 255), own(0, 255, KeyScheme.LEGACY_V0)}, hits=hits(own(0, 0)))),
        "Not complete: 2 credentials stayed unknown. "
        f"Searched so far: identity 0 {LEGACY}, {BOTH}, {AT}: 1 account found so far.",
    ),
    "declined": (run(searched(ZERO), declined(1)), f"Not complete: identity 1 was declined on the device. {SO_FAR}"),
    "skipped": (run(searched(ZERO), skipped(1), skipped(2)), f"Not complete: identities 1-2 were skipped. {SO_FAR}"),
    "only declined": (run(declined(0)), f"Not complete: identity 0 was declined on the device. {NOTHING}"),
    "range not reached": (
        run(searched(ZERO), policy=ScanPolicy(last=9), ending=Ending.STOPPED_BY_PERSON),
        f"Not complete: identities 1-9 were not reached. {SO_FAR}",
    ),
    "a hole among the indices": (
        run(searched(ZERO), searched(SECOND)),
        f"Not complete: identity 1 was not reached. Searched so far: identities 0, 2 {LEGACY}, {BOTH}, {AT}: "
        "no account found so far.",
    ),
    "a family not begun": (
        run(searched(ZERO), policy=ScanPolicy(providers=(3,))),
        f"Not complete: no identity of provider 3 was searched. {SO_FAR}",
    ),
    "the legacy path not begun": (
        run(searched(IdentityRef(0, 3)), policy=ScanPolicy(providers=(3,))),
        "Not complete: no identity on the legacy path was searched. Searched so far: identity 0 "
        f"(provider 3, key scheme provider-v1), {BOTH}, {AT}: no account found so far.",
    ),
    "a provider's index missing": (
        run(searched(ZERO), policy=ScanPolicy(providers=(3,), last=0)),
        f"Not complete: identity 0 of provider 3 was not reached. {SO_FAR}",
    ),
    "cancelled": (run(searched(ZERO), ending=Ending.CANCELLED), f"Not complete: the run was cancelled. {SO_FAR}"),
    "cancelled at once": (
        run(ending=Ending.CANCELLED),
        f"Not complete: the run was cancelled; no identity index was searched. {NOTHING}",
    ),
    "failed": (
        replace(run(searched(ZERO), ending=Ending.FAILED), failure=("node", "all is complete")),
        f"Not complete: the run ended with an error. {SO_FAR}",
    ),
    "no point": (
        replace(run(ending=Ending.FAILED), point=None, account_list=None),
        "Not complete: the run ended with an error; no finalized block was pinned; no identity index was searched; "
        f"the account list was not read. {NOTHING}",
    ),
    "no account list": (
        replace(run(searched(ZERO)), account_list=ListFacts(error_code="CUT", error="cut")),
        "Not complete: the account list was not read. "
        f"Searched so far: identity 0 {LEGACY}, credentials 0-24 by look-up, {AT}: no account found so far.",
    ),
    "an account list that broke off": (
        replace(run(searched(ZERO)), account_list=ListFacts(5, "node-a:20000", error_code="CUT", error="cut")),
        "Not complete: the account list was not read. "
        f"Searched so far: identity 0 {LEGACY}, credentials 0-24 by look-up, {AT}: no account found so far.",
    ),
    "sources disagree": (
        run(disputed(searched(ZERO))),
        f"Not complete: the sources disagree about 1 credential. {SO_FAR}",
    ),
    "a cell that nobody asked for": (
        run(without(searched(ZERO), 30)),
        f"Not complete: 2 credentials of the range were not asked for. {SO_FAR}",
    ),
    "a planned look-up that only the list answered": (
        run(by_list_only(searched(ZERO), 24)),
        "Not complete: 2 credentials of the range were not asked for. "
        f"Searched so far: identity 0 {LEGACY}, credentials 0-23 by look-up and 0-255 by the account list, {AT}: "
        "no account found so far.",
    ),
    "nothing past the last hit": (
        run(searched(ZERO, policy=DIRECT, hits=hits(own(0, 24))), policy=DIRECT),
        "",
    ),
}
# The scan went past the hit here; cutting those cells off must be noticed.
_short = NOT_COMPLETE["nothing past the last hit"][0]
NOT_COMPLETE["nothing past the last hit"] = (
    replace(_short, outcomes=tuple(without(o, 49) for o in _short.outcomes)),
    "Not complete: 1 credential of the range was not asked for. "
    f"Searched so far: identity 0 {LEGACY}, credentials 0-24 by look-up, {AT}: 1 account found so far.",
)


@pytest.mark.parametrize(("result", "expected"), NOT_COMPLETE.values(), ids=NOT_COMPLETE.keys())
def test_not_complete(result: RunResult, expected: str) -> None:
    said = state_completeness(result)
    assert said.sentence == expected
    assert not said.complete and said.reasons


def test_a_block_from_the_future_is_told_as_such() -> None:
    ahead = replace(point(), age_seconds=-3.2)
    assert "3 s ahead of the local clock when pinned" in sentence(replace(run(searched(ZERO)), point=ahead))


def test_long_lists_of_indices_are_cut() -> None:
    outcomes = [searched(IdentityRef(n)) if n % 2 else declined(n) for n in range(30)]
    assert "identities 0, 2, 4, 6, 8, 10, 12, 14 and 7 more were declined" in sentence(run(*outcomes))


@settings(max_examples=60, deadline=None)
@given(run_results())
def test_the_word_complete_is_the_claim_or_its_denial(result: RunResult) -> None:
    said = state_completeness(result)
    open_ended = bool(
        result.unknown_cells
        or result.disagreeing_cells
        or result.failure
        or result.point is None
        or any(o.status is not IndexStatus.SCANNED and o.identity.provider is None for o in result.outcomes)
    )
    if open_ended:
        assert said.sentence.startswith("Not complete: ") and not said.complete
    assert said.sentence.lower().count("complete") == 1
