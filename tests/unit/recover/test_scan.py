"""The table that turns evidence into three values, row by row; and which questions come next."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium.account import CredentialSighting
from chain.errors import BadAnswer, NodeUnavailable
from chain.model import Dissent, Presence, Sighting, Unanswered
from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.recover.model import Basis, CellState
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.scan import (
    Answer,
    Evidence,
    address_questions,
    cell,
    conclude,
    direct_questions,
    list_matches,
)
from tests.support.cells import account, cell_key, fake_id, index_keys, sighting

KEYS = index_keys(0)
KEY = cell_key(0, 3)
ID = KEYS.cred_id(KEY)
OTHER_ID = fake_id("somebody else")
FIRST = sighting(ID)
LATER = sighting(ID, account([OTHER_ID, ID]))
REMOVED = sighting(ID, account([OTHER_ID]))
NODE, LIST = "node-a:1", "node-a:1"


def found(detail: CredentialSighting, *dissent: Dissent) -> Answer:
    return Sighting(ID, Presence.DEPLOYED, detail, (NODE,), dissent=dissent)


def absent(*dissent: Dissent) -> Answer:
    return Sighting(ID, Presence.ABSENT, None, (NODE,), dissent=dissent)


def open_(code: str = "UNAVAILABLE") -> Answer:
    return Unanswered(ID, NodeUnavailable("no answer", code=code), 3)


def evidence(direct: Answer | None, by_address: Answer | None, listed: bool | None) -> Evidence:
    return Evidence(
        direct={} if direct is None else {KEY: direct},
        by_address={} if by_address is None else {KEY: by_address},
        listed=None if listed is None else frozenset({KEY} if listed else ()),
        list_source=LIST,
    )


A_SAYS_ABSENT = Dissent("node-b:1", Presence.ABSENT, "never deployed")
D, A, U = CellState.DEPLOYED, CellState.ABSENT, CellState.UNKNOWN

# direct, by address, listed -> state, basis, disagreements
TABLE = {
    "nothing asked": (None, None, None, U, Basis.NONE, 0),
    "deployed, no list": (found(FIRST), None, None, D, Basis.DIRECT, 0),
    "deployed and listed": (found(FIRST), None, True, D, Basis.BOTH, 0),
    "deployed first, not listed": (found(FIRST), None, False, D, Basis.DIRECT, 1),
    "later credential, not listed": (found(LATER), None, False, D, Basis.DIRECT, 0),
    "later credential, yet listed": (found(LATER), None, True, D, Basis.DIRECT, 1),
    "removed, not listed": (found(REMOVED), None, False, D, Basis.DIRECT, 0),
    "deployed, another node dissents": (found(FIRST, A_SAYS_ABSENT), None, None, D, Basis.DIRECT, 1),
    "removed, another node dissents": (found(REMOVED, A_SAYS_ABSENT), None, False, U, Basis.NONE, 1),
    "absent, no list": (absent(), None, None, A, Basis.DIRECT, 0),
    "absent and not listed": (absent(), None, False, A, Basis.BOTH, 0),
    "absent, yet listed, not asked by address": (absent(), None, True, U, Basis.NONE, 1),
    "absent, yet listed, address shows it": (absent(), found(FIRST), True, D, Basis.LIST, 1),
    "absent, yet listed, address absent": (absent(), absent(), True, U, Basis.NONE, 2),
    "absent, yet listed, address open": (absent(), open_(), True, U, Basis.NONE, 1),
    "absent with dissent": (absent(A_SAYS_ABSENT), None, False, U, Basis.NONE, 1),
    "open, no list": (open_(), None, None, U, Basis.NONE, 0),
    "open, not listed": (open_(), None, False, U, Basis.NONE, 0),
    "open, listed and shown": (open_(), found(FIRST), True, D, Basis.LIST, 0),
    "another account, listed and shown": (open_("MISMATCH"), found(FIRST), True, D, Basis.LIST, 1),
    "another account, listed, address open": (open_("MISMATCH"), open_(), True, U, Basis.NONE, 1),
    "open, listed, address open": (open_(), open_(), True, U, Basis.NONE, 0),
    "only the list, absent": (None, None, False, A, Basis.LIST, 0),
    "only the list, shown": (None, found(FIRST), True, D, Basis.LIST, 0),
    "only the list, account without it": (None, found(REMOVED), True, U, Basis.NONE, 0),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_every_row_of_the_table(row: tuple[Answer | None, Answer | None, bool | None, CellState, Basis, int]) -> None:
    direct, by_address, listed, state, basis, disagreements = row
    got = cell(KEY, KEYS, evidence(direct, by_address, listed))
    assert (got.state, got.basis, len(got.disagreements)) == (state, basis, disagreements)
    assert bool(got.reason) == (state is U)
    assert bool(got.sources) == (state is not U)


def test_an_open_cell_keeps_the_reason_and_the_tries() -> None:
    got = cell(KEY, KEYS, evidence(open_("TIMEOUT"), None, None))
    assert (got.reason_code, got.reason, got.tries) == ("TIMEOUT", "no answer", 3)


ANSWERS = st.sampled_from([None, found(FIRST), found(LATER), found(REMOVED), absent(), absent(A_SAYS_ABSENT), open_()])


@given(ANSWERS, ANSWERS, st.sampled_from([None, True, False]))
def test_absent_rests_on_positive_answers_only(direct: Answer | None, by_address: Answer | None, listed: bool) -> None:
    """The promise: whatever combination of facts, ABSENT needs a "never deployed" or a whole list, and no objection."""
    got = cell(KEY, KEYS, evidence(direct, by_address, listed))
    if got.state is A:
        said_absent = isinstance(direct, Sighting) and direct.presence is Presence.ABSENT and not direct.dissent
        assert said_absent or (direct is None and listed is False)
        assert not listed
    if isinstance(direct, Unanswered):
        assert got.state is not A


def test_the_first_window_is_25_counters_of_each_scheme() -> None:
    due = direct_questions(KEYS, ScanPolicy(), Evidence(), {})
    counted = {s: [k.counter for k in due if k.scheme is s] for s in KeyScheme}
    assert counted == {
        KeyScheme.LEGACY_V1: list(range(25)),
        KeyScheme.LEGACY_V0: list(range(25)),
        KeyScheme.PROVIDER_V1: [],
    }


@pytest.mark.parametrize(("hit", "end"), [(0, 26), (24, 50), (200, 226), (240, 256), (255, 256)])
def test_a_hit_moves_the_window_of_its_scheme_on(hit: int, end: int) -> None:
    seen = Evidence(listed=frozenset({cell_key(0, hit)}), list_source=LIST)
    due = direct_questions(KEYS, ScanPolicy(), seen, {})
    assert [k.counter for k in due if k.scheme is KeyScheme.LEGACY_V1] == list(range(end))
    assert [k.counter for k in due if k.scheme is KeyScheme.LEGACY_V0] == list(range(25))


def test_stored_counters_move_the_window_too_so_that_holes_below_are_searched() -> None:
    due = direct_questions(KEYS, ScanPolicy(), Evidence(), {KeyScheme.LEGACY_V1: 60})
    assert [k.counter for k in due if k.scheme is KeyScheme.LEGACY_V1] == list(range(86))


def test_modes_ask_what_they_say() -> None:
    assert direct_questions(KEYS, ScanPolicy(mode=Mode.PRIVATE), Evidence(), {}) == ()
    deep = direct_questions(KEYS, ScanPolicy(deep=True), Evidence(), {})
    assert len(deep) == 512
    direct = conclude(KEYS, ScanPolicy(mode=Mode.DIRECT), Evidence(), {})
    assert len(direct.cells) == 50
    thorough = conclude(KEYS, ScanPolicy(), Evidence(), {})
    assert len(thorough.cells) == 512
    assert all(c.state is U for c in thorough.cells)


def test_a_failed_list_leaves_the_high_counters_unknown_never_absent() -> None:
    seen = Evidence(list_error=("UNAVAILABLE", "the account list could not be read: cut"))
    for key in direct_questions(KEYS, ScanPolicy(), seen, {}):
        seen.direct[key] = Sighting(KEYS.cred_id(key), Presence.ABSENT, None, (NODE,))
    outcome = conclude(KEYS, ScanPolicy(), seen, {})
    assert not outcome.empty
    assert {c.key.counter for c in outcome.unknown} == set(range(25, 256))
    assert {c.reason_code for c in outcome.unknown} == {"UNAVAILABLE"}


def test_the_list_is_matched_for_all_counters_and_schemes() -> None:
    hits = [cell_key(0, 24), cell_key(0, 255), cell_key(0, 7, KeyScheme.LEGACY_V0)]
    addresses = frozenset(account([KEYS.cred_id(k)]).address for k in hits) | {b"\x00" * 32}
    assert list_matches(KEYS, addresses) == frozenset(hits)


def test_private_hits_are_asked_by_address_once() -> None:
    seen = Evidence(listed=frozenset({KEY}), list_source=LIST)
    policy = ScanPolicy(mode=Mode.PRIVATE)
    assert address_questions(KEYS, policy, seen) == (KEY,)
    seen.by_address[KEY] = found(FIRST)
    assert address_questions(KEYS, policy, seen) == ()


def test_forgetting_the_unanswered_asks_exactly_those_again() -> None:
    seen = Evidence()
    for key, answer in zip(KEYS.all_keys()[:4], [absent(), open_(), found(FIRST), open_()], strict=True):
        seen.direct[key] = answer
    before = set(seen.direct)
    seen.forget_unanswered()
    assert before - set(seen.direct) == {KEYS.all_keys()[1], KEYS.all_keys()[3]}


def test_a_counter_without_an_id_is_no_cell() -> None:
    """PRF key + counter = 0 has no credential ID; it is neither asked nor listed as unknown."""
    ids = dict(KEYS.cred_ids)
    ids[KeyScheme.LEGACY_V1] = (None, *ids[KeyScheme.LEGACY_V1][1:])
    keys = type(KEYS)(KEYS.identity, ids)
    assert cell_key(0, 0) not in direct_questions(keys, ScanPolicy(), Evidence(), {})
    assert len(conclude(keys, ScanPolicy(), Evidence(), {}).cells) == 511


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 255), st.sampled_from(list(KEYS.cred_ids)), ANSWERS), max_size=20))
def test_an_index_with_an_open_cell_is_never_empty(rows: list[tuple[int, KeyScheme, Answer | None]]) -> None:
    seen = Evidence(listed=frozenset(), list_source=LIST)
    for counter, scheme, answer in rows:
        if answer is not None:
            seen.direct[cell_key(0, counter, scheme)] = answer
    outcome = conclude(KEYS, ScanPolicy(mode=Mode.THOROUGH), seen, {})
    states = [c.state for c in outcome.cells]
    assert outcome.empty == all(s is A for s in states)
    assert sorted(k for k, _ in itertools.groupby(c.key.counter for c in outcome.cells[:256])) == sorted(
        {c.key.counter for c in outcome.cells[:256]}
    )


def test_a_bad_answer_is_open_like_any_other_error() -> None:
    wrong = Unanswered(ID, BadAnswer("another credential", code="MISMATCH", source=NODE))
    assert cell(KEY, KEYS, evidence(wrong, None, False)).state is U
