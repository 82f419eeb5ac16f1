"""Every way not to answer, at every question of a whole scan: cells are right or UNKNOWN, and nothing takes too long.

The clock is virtual, so the seconds are exact. Within the long row of equal look-ups each question meets a third of the
kinds, others than its neighbours; NODE_FAULTS=all in the environment gives every question every kind (2 minutes).
"""

from __future__ import annotations

import os
import random

import pytest

from emulator.node.effects import Hide, Software
from emulator.node.faults import Fault, Range
from emulator.node.view import Generation
from emulator.world.derivation import account_address
from ledger_recovery.errors import NodeError
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import CellState, IndexOutcome
from ledger_recovery.recover.result import Ending
from tests.faults.node_bench import distinct_questions, judge, judge_cell, look_ups, questions, scan
from tests.faults.node_kinds import DEAD, GONE_SECONDS, KINDS, PASSING, QUESTION_SECONDS, SLACK, bound, rotated
from tests.faults.node_world import FIRST, LISTED, OURS, REMOVED, SECOND, our_cred_id

STRIDE = 1 if os.environ.get("NODE_FAULTS") == "all" else 3


def judged(outcome: IndexOutcome | NodeError) -> IndexOutcome | None:
    """The outcome after judging each of its cells, None if the scan was given up with an error."""
    if isinstance(outcome, NodeError):
        assert outcome.hint
        return None
    for cell in outcome.cells:
        judge_cell(cell)
    return outcome


def whole(outcome: IndexOutcome | None) -> bool:
    """All 256 counters answered, and ours found."""
    return (
        outcome is not None
        and len(outcome.cells) == 256
        and not outcome.unknown
        and {cell.key.counter for cell in outcome.deployed} == OURS
    )


@pytest.mark.parametrize("nodes", [1, 2])
def test_an_undisturbed_scan_is_whole(nodes: int) -> None:
    outcome, seconds = look_ups(*[[]] * nodes)
    assert whole(judged(outcome))
    assert seconds < SLACK
    found, _ = scan(*[[]] * nodes)
    judge(found)
    assert not found.flagged
    assert len(found.wallet.credentials) == len(OURS)


@pytest.mark.parametrize("generation", list(Generation), ids=lambda generation: generation.value)
def test_older_and_newer_nodes(generation: Generation) -> None:
    """A newer one also shows credentials of a kind that cannot be read: they are nobody's, and in nobody's way."""
    found, _ = scan([Software(generation)])
    judge(found)
    assert found.error is None
    shown = OURS - {REMOVED} if generation is Generation.NEWER else OURS
    assert {row.cred_id for row in found.wallet.credentials} == {our_cred_id(counter).hex() for counter in shown}
    assert {cell.key.counter for cell in found.result.unknown_cells} == OURS - shown


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_node_that_fails_from_some_question_on(kind: str) -> None:
    (asked,) = questions(1)
    for position in distinct_questions(STRIDE, list(KINDS).index(kind)):
        outcome, seconds = look_ups([Fault(KINDS[kind], calls=Range(first=position))])
        assert not whole(judged(outcome)), "a fault at the last question spoils at least the last proof"
        allowed = GONE_SECONDS + SLACK if kind in DEAD else bound(asked)
        assert seconds <= allowed, f"from question {position} on"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_node_that_fails_for_one_credential(kind: str) -> None:
    """Everything else works, the proofs of the block too: this is where an error could pass for an absence."""
    for counter in sorted(OURS):
        cred_id = our_cred_id(counter)
        by_any_name = frozenset({cred_id, account_address(cred_id)})
        for keys in (frozenset({cred_id}), by_any_name):
            outcome = judged(look_ups([Fault(KINDS[kind], keys=keys)])[0])
            assert outcome is not None
            lost = {cell.key.counter for cell in outcome.unknown}
            assert lost <= {counter}
            # By its address, which the list shows, a first credential is found all the same.
            assert lost or (counter in (FIRST, LISTED) and keys != by_any_name)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_node_that_fails_for_all_accounts(kind: str) -> None:
    outcome = judged(look_ups([Fault(KINDS[kind], methods=frozenset({"GetAccountInfo"}))])[0])
    if outcome is not None:
        assert {cell.key.counter for cell in outcome.unknown} >= OURS


@pytest.mark.parametrize("part", range(4))
def test_a_single_failure(part: int) -> None:
    (asked,) = questions(1)
    for position in range(1 + part, asked + 1, 4):
        for kind in rotated(KINDS, position, 9 // STRIDE):
            outcome, seconds = look_ups([Fault(KINDS[kind], calls=Range(first=position, last=position))])
            found = judged(outcome)
            if kind in PASSING:
                assert whole(found), f"{kind} at question {position} passes, and was not tried again"
            assert seconds <= 3 * QUESTION_SECONDS, (kind, position)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("faulty", [0, 1])
def test_one_of_two_nodes_fails_from_some_question_on(faulty: int, part: int) -> None:
    for position in range(1 + part, questions(2)[faulty] + 1, 4):
        for kind in rotated(KINDS, position, 3 // STRIDE):
            plans: list[list[Fault]] = [[], []]
            plans[faulty] = [Fault(KINDS[kind], calls=Range(first=position))]
            outcome, seconds = look_ups(*plans)
            judged(outcome)
            allowed = 2 * GONE_SECONDS + SLACK if kind in DEAD else bound(sum(questions(2)), 2)
            assert seconds <= allowed, (kind, position)


@pytest.mark.parametrize("seed", range(60))
def test_mixed_failures_of_one_or_two_nodes(seed: int) -> None:
    chance = random.Random(seed)
    nodes = 1 + seed % 2
    plans = [[_random_fault(chance, questions(nodes)[at]) for _ in range(chance.randint(1, 6))] for at in range(nodes)]
    outcome, seconds = look_ups(*plans)
    judged(outcome)
    assert seconds <= bound(sum(questions(nodes)), nodes)


def _random_fault(chance: random.Random, asked: int) -> Fault:
    first = chance.randint(1, asked)
    last = chance.choice([first, first + chance.randint(1, 20), None])
    return Fault(KINDS[chance.choice(sorted(KINDS))], calls=Range(first, last, chance.choice([1, 1, 2, 3])))


@pytest.mark.parametrize("part", range(4))
def test_whole_recoveries_with_a_failure_at_each_question(part: int) -> None:
    """The same with device, wallet, journal and report: the report says "not complete", the wallet holds no untruth."""
    (asked,) = questions(1)
    for position in range(1 + part, asked + 1, 4):
        (kind,) = rotated(KINDS, position, 1)
        found, _ = scan([Fault(KINDS[kind], calls=Range(first=position))])
        judge(found)
        assert found.flagged, (kind, position)
        last = found.told[-1][1]
        assert isinstance(last, ev.RunEnded)
        assert last.statement.startswith("Not complete"), (kind, position)
        if found.error is not None:
            assert found.result.ending is Ending.FAILED
            assert found.error.sentence
            assert found.error.hint


def test_a_broken_judge_would_be_noticed() -> None:
    """The judge itself: a node that hides our second credential makes the one false ABSENT that nothing can prevent."""
    outcome, _ = look_ups([Hide(frozenset({our_cred_id(SECOND)}))])
    assert isinstance(outcome, IndexOutcome)
    wrong = next(cell for cell in outcome.cells if cell.key.counter == SECOND)
    assert wrong.state is CellState.ABSENT
    with pytest.raises(AssertionError, match="a false ABSENT"):
        judge_cell(wrong)
