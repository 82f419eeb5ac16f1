"""Which indices and counters a policy names, when stopping is advised, and which index is safe next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_recovery.derive.schemes import MAX_INDEX, IdentityRef
from ledger_recovery.recover.model import Basis, Cell, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import (
    Mode,
    ScanPolicy,
    empty_streak,
    next_safe_index,
    stop_advice,
)
from tests.support.cells import cell_key, fake_id, sighting


def outcome(index: int, state: CellState | None) -> IndexOutcome:
    """One cell in this state; None: declined."""
    identity = IdentityRef(index)
    if state is None:
        return IndexOutcome(identity, IndexStatus.DECLINED)
    key, cred_id = cell_key(index, 0), fake_id(index)
    match state:
        case CellState.DEPLOYED:
            cell = Cell(key, cred_id, state, Basis.DIRECT, ("n",), 1, sighting(cred_id))
        case CellState.ABSENT:
            cell = Cell(key, cred_id, state, Basis.DIRECT, ("n",), 1)
        case _:
            cell = Cell(key, cred_id, reason_code="TIMEOUT", reason="no answer")
    return IndexOutcome(identity, IndexStatus.SCANNED, (cell,))


def outcomes(letters: str) -> list[IndexOutcome]:
    states = {"D": CellState.DEPLOYED, "A": CellState.ABSENT, "?": CellState.UNKNOWN, "-": None}
    return [outcome(i, states[letter]) for i, letter in enumerate(letters)]


@pytest.mark.parametrize(
    ("letters", "streak"), [("", 0), ("A", 1), ("AAA", 3), ("DAA", 2), ("AAD", 0), ("A?A", 1), ("A-AA", 2), ("AA?", 0)]
)
def test_only_proven_absence_makes_a_streak(letters: str, streak: int) -> None:
    assert empty_streak(outcomes(letters)) == streak


@pytest.mark.parametrize(
    ("letters", "due"),
    [("AA", False), ("AAA", True), ("AAAA", False), ("AAAAAA", True), ("DAAA", True), ("AA?A", False), ("D", False)],
)
def test_stopping_is_suggested_after_every_third_empty_index_in_a_row(letters: str, due: bool) -> None:
    assert (stop_advice(ScanPolicy(), outcomes(letters)) is not None) == due


def test_advice_says_what_empty_rests_on() -> None:
    told = {m: stop_advice(ScanPolicy(mode=m), outcomes("DAAA")) for m in Mode}
    assert all(a is not None and a.accounts_found == 1 and a.empty_in_a_row == 3 for a in told.values())
    deep = stop_advice(ScanPolicy(deep=True, mode=Mode.DIRECT), outcomes("AAA"))
    never = "the node says at the pinned block that {} of each were never deployed"
    assert [advice.basis for advice in (*told.values(), deep) if advice is not None] == [
        never.format("credentials 0-24") + " and the account list shows none of all 256",
        never.format("credentials 0-24"),
        "no account at the pinned block has one of their 256 credentials as its first credential",
        never.format("all 256 credentials"),
    ]


@pytest.mark.parametrize(
    ("letters", "first", "known", "next_index"),
    [
        ("", 0, (), 0),
        ("AAA", 0, (), 0),
        ("DAA", 0, (), 1),
        ("A?A", 0, (), 2),
        ("A-A", 0, (), 2),
        ("DAA", 0, (7,), 8),
        ("", 5, (), 5),
    ],
)
def test_unknown_declined_and_stored_indices_count_as_used(
    letters: str, first: int, known: tuple[int, ...], next_index: int
) -> None:
    assert next_safe_index(first, outcomes(letters), known) == next_index


@given(st.text("DA?-", max_size=12), st.lists(st.integers(0, 20), max_size=4))
def test_the_next_index_was_never_seen_in_use(letters: str, known: list[int]) -> None:
    found = outcomes(letters)
    index = next_safe_index(0, found, known)
    assert index not in known
    assert all(o.empty for o in found if o.identity.index >= index)


def test_ranges_and_families() -> None:
    policy = ScanPolicy(first=2, last=3, providers=(1, 0, 1))
    assert policy.families == (None, 1, 0)
    assert [policy.identity_after(1, n) for n in range(3)] == [IdentityRef(2, 1), IdentityRef(3, 1), None]
    assert ScanPolicy(legacy=False, providers=(0,)).families == (0,)
    assert ScanPolicy(first=MAX_INDEX).identity_after(None, 0) == IdentityRef(MAX_INDEX)
    assert ScanPolicy(first=MAX_INDEX).identity_after(None, 1) is None
    assert ScanPolicy(first=MAX_INDEX, last=MAX_INDEX, stop_after_empty=1).suggest_every == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": -1},
        {"first": MAX_INDEX + 1},
        {"first": 3, "last": 2},
        {"stop_after_empty": 0},
        {"legacy": False},
        {"mode": Mode.PRIVATE, "deep": True},
    ],
)
def test_senseless_policies_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        ScanPolicy(**arguments)  # type: ignore[arg-type]


@given(st.none() | st.integers(0, 255))
def test_the_direct_window_always_reaches_25_past_the_highest_hit(hit: int | None) -> None:
    counters = ScanPolicy().direct_counters(hit)
    assert counters.start == 0
    assert counters.stop == (25 if hit is None else min(256, hit + 26))
