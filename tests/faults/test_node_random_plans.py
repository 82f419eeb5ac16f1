"""Hypothesis invents the faults of one or two nodes: no false ABSENT, no crash, and an end within the bound.

The plans are the emulator's own (emulator/node/FAULTS.md); lies are left out, for they are not errors (test_node_lies).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emulator.node.effects import (
    BlockAge,
    BlockHashHeader,
    ClockOff,
    Cut,
    Delay,
    Duplicate,
    Effect,
    Fail,
    Forget,
    Garbage,
    Hang,
    Lag,
    Oversize,
    Reset,
    Shuffle,
    Software,
    Truncate,
)
from emulator.node.faults import Fault, Range
from emulator.node.view import Generation
from ledger_recovery.recover.model import IndexOutcome
from ledger_recovery.recover.policy import Mode
from tests.faults.node_bench import judge, judge_cell, look_ups, questions, scan
from tests.faults.node_kinds import STATUSES, bound
from tests.faults.node_world import REMOVED, SECOND

# NODE_FAULTS=all in the environment looks further, each time elsewhere.
MORE = 10 if os.environ.get("NODE_FAULTS") == "all" else 1

EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    st.builds(Fail, st.sampled_from(sorted(STATUSES)), st.one_of(st.none(), st.text(max_size=40))),
    st.sampled_from([Hang(), Reset(), Garbage(), Oversize(), Duplicate()]),
    st.builds(Delay, st.floats(0, 40)),
    # Not any fraction: a cut between two map entries leaves a whole message, which is a lie (test_node_lies.py).
    st.builds(Truncate, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])),
    st.builds(Garbage, st.binary(max_size=60)),
    st.builds(BlockHashHeader, st.one_of(st.none(), st.text("0123456789abcdefxyz", max_size=70))),
    st.builds(BlockAge, st.floats(-4000, 4000)),
    st.builds(ClockOff, st.floats(-4000, 4000)),
    st.builds(Cut, st.integers(0, 9), st.sampled_from([None, "UNAVAILABLE", "INTERNAL", "DATA_LOSS"])),
    st.builds(Shuffle, st.integers(0, 9)),
    st.builds(Software, st.sampled_from(Generation)),
)
RANGES = st.builds(
    lambda first, length, every: Range(first, None if length is None else first + length, every),
    st.integers(1, 100),
    st.one_of(st.none(), st.integers(0, 30)),
    st.integers(1, 4),
)
METHODS = st.one_of(
    st.just(frozenset[str]()),
    st.sampled_from(["GetAccountInfo", "GetBlockInfo", "GetAccountList", "GetConsensusInfo"]).map(
        lambda name: frozenset({name})
    ),
)
# A replica that does not know the block may be dealt every second question, but it stays so until it is asked to prove
# the block; one that catches up in between deceives whoever has no second node.
REPLICAS = st.builds(
    lambda effect, first, every: Fault(effect, calls=Range(first, None, every)),
    st.one_of(st.just(Forget()), st.builds(Lag, st.integers(0, 700_000))),
    st.integers(1, 100),
    st.sampled_from([1, 2]),
)
PLANS = st.lists(st.one_of(st.builds(Fault, EFFECTS, methods=METHODS, calls=RANGES), REPLICAS), max_size=5)
# Each pin anew asks everything again, and there are three of those.
PINS = 4


def judged(outcome: object, mode: Mode) -> None:
    if isinstance(outcome, IndexOutcome):
        for cell in outcome.cells:
            if mode is not Mode.PRIVATE or cell.key.counter not in (SECOND, REMOVED):
                judge_cell(cell)


@given(plans=st.lists(PLANS, min_size=1, max_size=2), mode=st.sampled_from(Mode))
@settings(max_examples=80 * MORE, deadline=None, derandomize=MORE == 1, suppress_health_check=[HealthCheck.too_slow])
@example(plans=[[Fault(Forget(), calls=Range(20)), Fault(Hang(), calls=Range(40))]], mode=Mode.THOROUGH)
def test_no_plan_makes_a_credential_absent(plans: list[list[Fault]], mode: Mode) -> None:
    outcome, seconds = look_ups(*plans, mode=mode)
    judged(outcome, mode)
    assert seconds <= PINS * bound(sum(questions(len(plans))), len(plans))


@given(plans=st.lists(PLANS, min_size=1, max_size=2))
@settings(max_examples=25 * MORE, deadline=None, derandomize=MORE == 1, suppress_health_check=[HealthCheck.too_slow])
def test_no_plan_spoils_a_whole_recovery(plans: list[list[Fault]]) -> None:
    """With wallet, journal and report: the run ends with a report, and nothing untrue is in the wallet."""
    found, _ = scan(*plans)
    judge(found)
    if found.error is not None:
        assert found.error.hint
