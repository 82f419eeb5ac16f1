"""The walk along a scheme: holes, gaps, dust, silence; and what a use is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.evm.account import Kind
from ledger_recovery.derive.evm.schemes import BIP44, LEDGER_LIVE
from ledger_recovery.recover.evm.model import AddressOutcome, Use, uses
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.walk import Stop, StopReason, next_step, skipped
from tests.unit.recover.evm.made import absent, address, place, silent, smart, there

POLICY = EvmPolicy(gap=3, cap=60, dust_reach=6, patience=5)
A, D, U, X = Use.ACTIVE, Use.DUST, Use.UNUSED, Use.UNKNOWN


def walk(truth: dict[int, Use], policy: EvmPolicy = POLICY) -> tuple[Stop, dict[int, Use], int]:
    """Ask until the walk is over: why, what was learned, in how many rounds."""
    known: dict[int, Use] = {}
    for rounds in range(500):
        step = next_step(policy, known)
        if isinstance(step, Stop):
            return step, known, rounds
        assert len(step) and not set(step) & set(known)
        known |= {index: truth.get(index, U) for index in step}
    raise AssertionError("the walk does not end")


def test_a_use_begins_the_gap_anew() -> None:
    """The case of many complaints: 0, 1, 5, 6 and 9 are used, and every hole is crossed."""
    stop, known, _ = walk(dict.fromkeys((0, 1, 5, 6, 9), A), EvmPolicy(gap=5, cap=60, dust_reach=6))
    assert stop == Stop(StopReason.GAP, 14) and stop.complete
    assert [i for i in known if known[i] is A] == [0, 1, 5, 6, 9]
    assert skipped(known) == (2, 3, 4, 7, 8)


def test_an_unused_scheme_is_asked_for_a_gap_and_no_more() -> None:
    stop, known, rounds = walk({})
    assert stop == Stop(StopReason.GAP, 2) and list(known) == [0, 1, 2] and rounds == 1


def test_no_use_is_left_behind_a_gap_that_shows_when_unknown_indices_are_answered() -> None:
    """Indices 0 to 5 had no answer at first, so the walk went on to 12; now 1 to 5 turn out to be a gap."""
    known = {index: A if index in (0, 12) else U for index in range(13)}
    assert next_step(POLICY, known) == range(13, 16)
    known |= dict.fromkeys(range(13, 16), U)
    assert next_step(POLICY, known) == Stop(StopReason.GAP, 15)
    known.pop(7)
    assert next_step(POLICY, known) == range(7, 8), "a hole before it is asked"
    dust = {index: D if index == 12 else U for index in range(13)}
    assert next_step(POLICY, dust) == Stop(StopReason.GAP, 12), "money too far out is told, and leads no further"


def test_what_is_unknown_never_counts_as_unused() -> None:
    stop, known, _ = walk({1: X, 3: A})
    assert stop == Stop(StopReason.GAP, 6, (1,)) and not stop.complete and known[3] is A
    assert "retry" in stop.how_to_go_on(POLICY)


def test_a_silent_chain_ends_the_walk_after_some_patience_and_never_completely() -> None:
    stop, known, _ = walk(dict.fromkeys(range(60), X))
    assert stop.reason is StopReason.UNANSWERED and stop.last == 4 and len(known) <= 8


def test_a_chain_that_was_given_up_leads_the_walk_no_further_than_the_others_want_and_leaves_it_incomplete() -> None:
    heard = {0: A} | dict.fromkeys(range(1, 4), U)
    known = {0: A} | dict.fromkeys(range(1, 4), X)
    stop = next_step(POLICY, known, heard)
    assert stop == Stop(StopReason.GAP, 3, (1, 2, 3))
    assert not stop.complete and "retry" in stop.how_to_go_on(POLICY)
    assert next_step(POLICY, known) == range(4, 7), "as long as an answer may still come, the walk goes on"


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ({1: absent(1), 2: silent(1)}, U),
        ({1: absent(1), 2: silent(1), 3: silent(1)}, X),
        ({1: silent(1), 2: absent(1)}, X),
        ({2: silent(1)}, X),
        ({1: absent(1), 2: there(1, nonce=1)}, A),
        ({1: there(1, balance=5), 2: silent(1)}, D),
        ({}, X),
    ],
)
def test_only_the_silence_of_chains_that_were_given_up_is_left_out(answers: dict[int, object], heard: Use) -> None:
    """Chain 2 was given up; what it answered before counts, and silence alone is never an absence."""
    outcome = AddressOutcome(address(1), answers)  # type: ignore[arg-type]
    assert outcome.without_silence_of((2,)).use is heard


def test_dust_widens_the_search_only_so_far() -> None:
    """Money on every address, as anybody can send it, does not lead on for ever."""
    stop, known, _ = walk(dict.fromkeys(range(60), D))
    assert stop.reason is StopReason.GAP and max(known) == 8
    stop, known, _ = walk({2: D, 4: A, 10: D})
    assert stop.last == 7 and known[4] is A


def test_the_cap_ends_the_walk_and_is_told() -> None:
    stop, _, _ = walk(dict.fromkeys(range(60), A))
    assert stop == Stop(StopReason.CAP, 59) and not stop.complete
    assert "--max-index 120" in stop.how_to_go_on(POLICY)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.integers(0, 70), st.sampled_from([A, D, U, X]), max_size=40))
def test_no_use_within_reach_is_missed(truth: dict[int, Use]) -> None:
    stop, known, _ = walk(truth)
    assert set(known) == set(range(stop.last + 1)) | {i for i in known if i > stop.last}
    if stop.reason is StopReason.GAP:
        tail = [known[i] for i in sorted(known) if i <= stop.last]
        unused = 0
        while tail and unused < POLICY.gap:
            unused += tail.pop() in (U, D)
        assert unused == POLICY.gap
        assert Use.ACTIVE not in {known[i] for i in known if i > stop.last - 1}
    assert set(stop.unknown) == {i for i in range(stop.last + 1) if known.get(i) is X}


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.integers(0, 50), st.sampled_from([A, D, U, X]), max_size=40))
def test_the_step_depends_on_what_is_known_only(known: dict[int, Use]) -> None:
    backwards = dict(sorted(known.items(), reverse=True))
    assert next_step(POLICY, known) == next_step(POLICY, backwards)


@pytest.mark.parametrize(
    ("answers", "use"),
    [
        ({}, X),
        ({1: absent(1)}, U),
        ({1: absent(1), 2: silent(1)}, X),
        ({1: there(1, balance=5), 2: silent(1)}, D),
        ({1: there(1, balance=5), 2: absent(1)}, D),
        ({1: there(1, nonce=1), 2: silent(1)}, A),
        ({1: there(1, nonce=None, balance=5)}, A),
        ({1: there(1, kind=Kind.DELEGATED)}, A),
        ({1: there(1, kind=Kind.CODE_UNREAD)}, A),
    ],
)
def test_what_a_use_is(answers: dict[int, object], use: Use) -> None:
    assert AddressOutcome(address(1), answers).use is use  # type: ignore[arg-type]


def test_a_smart_account_makes_its_owner_used() -> None:
    outcome = AddressOutcome(address(1), {1: absent(1)}, ((1, smart(1, 9)),))
    assert outcome.use is A


def test_one_address_in_two_schemes_counts_in_both() -> None:
    places = (place(7, LEDGER_LIVE, 0), place(7, BIP44, 0), place(8, BIP44, 1))
    known = uses(places, {address(7): AddressOutcome(address(7), {1: there(7, nonce=2)})})
    assert known == {"ledger_live": {0: A}, "bip44": {0: A}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"schemes": ()},
        {"schemes": (BIP44, BIP44)},
        {"gap": 0},
        {"gap": 1001},
        {"cap": 5, "gap": 10},
        {"dust_reach": 1},
        {"patience": 0},
    ],
)
def test_policies_that_cannot_be_run(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"scheme|gap|cap|reach"):
        EvmPolicy(**wrong)  # type: ignore[arg-type]
