"""Nodes that die, hang, crawl or drown: who waits for them, and for how long at most.

A node that is gone is told within 15 s, and the run is over 5 s later. Of all others
`node_kinds.bound` says how long a scan may take.
"""

from __future__ import annotations

import asyncio

import pytest

from chain.model import Unanswered
from emulator.node.effects import Delay, Effect, Fail, Hang
from emulator.node.faults import Fault, Range
from emulator.world.chain import build_chain
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import CellState, IndexOutcome
from ledger_recovery.recover.policy import Mode
from tests.faults import node_world, virtual_time
from tests.faults.node_bench import (
    Desk,
    Scan,
    ask,
    chain_of,
    desk_on,
    judge,
    judge_cell,
    look_ups,
    questions,
    scan,
    wire,
)
from tests.faults.node_kinds import GONE_SECONDS, LIST_SECONDS, QUESTION_SECONDS, SLACK, bound
from tests.faults.node_world import FIRST, LISTED, SECOND


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.value)
def test_a_node_that_hangs_from_the_start(mode: Mode) -> None:
    found, _ = scan([Hang()], mode=mode)
    assert found.error is not None
    assert "did not answer in time" in found.error.sentence
    assert found.seconds <= QUESTION_SECONDS


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.value)
def test_a_node_that_dies_in_the_middle(mode: Mode) -> None:
    """Whatever is open at it, a stream included; with one more try to be sure the whole run is over."""
    (node,) = scan([], mode=mode)[1]
    for dies in range(9, len(node.calls) + 1, 6):
        found, _ = scan([Fault(Hang(), calls=Range(first=dies))], mode=mode)
        judge(found)
        assert found.flagged
        assert found.seconds <= GONE_SECONDS + SLACK, dies


def test_many_open_questions_cost_no_more_than_one() -> None:
    """All four indices of a run, a hundred questions, are open when the node dies; then the run ends by itself."""
    found, (node,) = scan([Fault(Hang(), calls=Range(first=30))], last=3)
    judge(found)
    unknown = len(found.result.unknown_cells)
    assert unknown > 100
    told = found.first_told(lambda e: isinstance(e, ev.CellsAnswered) and e.cells[0].state is CellState.UNKNOWN)
    assert told <= QUESTION_SECONDS + SLACK
    assert found.seconds <= GONE_SECONDS + SLACK
    assert len(node.calls) < 100, "those who queued did not each try for themselves"


def test_a_dead_node_is_left_alone_only_for_a_while() -> None:
    """One short try to be sure, then nothing for as long as it took to find out: later indices may find it well."""

    async def scene() -> tuple[list[int], list[str]]:
        node = wire()
        view = await chain_of([node]).pin()
        node.set_faults([Hang()])
        handles = [node_world.our_cred_id(counter) for counter in range(3)]
        asked, said = [], []
        for pause in (0.0, 1.0, 1.0, 20.0):
            await asyncio.sleep(pause)
            before = len(node.calls)
            answers = [answer async for answer in view.look(handles)]
            asked.append(len(node.calls) - before)
            said += [answer.error.code for answer in answers if isinstance(answer, Unanswered)]
        node.set_faults([])
        await asyncio.sleep(20.0)
        said += [type(answer).__name__ async for answer in view.look(handles)]
        return asked, said

    asked, said = virtual_time.run(scene)
    assert asked == [9, 3, 0, 9]
    assert said == ["TIMEOUT"] * 12 + ["Sighting"] * 3


def test_a_short_outage_leaves_unknown_cells_that_a_retry_fills() -> None:
    """A node that restarts: no second approval, no second look at what was answered."""

    async def scene() -> tuple[Scan, Scan, Desk]:
        node = wire([Fault(Fail("UNAVAILABLE"), methods=frozenset({"GetAccountInfo"}), calls=Range(5, 40))])
        with desk_on([node], Mode.DIRECT) as desk:
            first = await desk.recover()
            second = await desk.retry()
            return first, second, desk

    first, second, desk = virtual_time.run(scene)
    judge(first)
    judge(second)
    assert first.error is None
    assert first.result.unknown_cells
    assert not second.result.unknown_cells
    assert len(desk.device.approved) == 1


SLOW: dict[str, list[Effect | Fault]] = {
    "answers at the last moment": [Delay(4.9)],
    "hangs at every second question": [Fault(Hang(), calls=Range(first=9, every=2))],
    "hangs at two of three": [Fault(Hang(), calls=Range(9, None, 3)), Fault(Hang(), calls=Range(10, None, 3))],
    "answers the third try, late": [Delay(4.9), Fault(Fail("UNAVAILABLE"), calls=Range(first=9, every=2))],
    "is drowned": [Fault(Fail("RESOURCE_EXHAUSTED"), calls=Range(first=9))],
    "fails inside, late": [Delay(4.9), Fault(Fail("INTERNAL"), calls=Range(first=9))],
    "starts to list and stops": [Fault(Hang(), methods=frozenset({"GetAccountList"}))],
}


@pytest.mark.parametrize("nodes", [1, 2])
@pytest.mark.parametrize("name", list(SLOW))
def test_the_bound_of_a_scan_is_kept(name: str, nodes: int) -> None:
    """The worst nodes are those that answer just often enough not to be dead."""
    outcome, seconds = look_ups(*[SLOW[name]] * nodes)
    if isinstance(outcome, IndexOutcome):
        for cell in outcome.cells:
            judge_cell(cell)
    assert seconds <= bound(sum(questions(nodes)), nodes)


def test_a_list_that_trickles_is_given_up() -> None:
    """One address every 20 s: never silent for long enough to be dead, and not done for a quarter of an hour."""

    async def scene() -> tuple[IndexOutcome, float]:
        node = wire(chain=build_chain(node_world.world(), virtual_time.START_MS, filler_accounts=40))
        node.trickle = 20.0
        outcome = await ask([node])
        assert isinstance(outcome, IndexOutcome)
        return outcome, virtual_time.seconds()

    outcome, seconds = virtual_time.run(scene)
    for cell in outcome.cells:
        judge_cell(cell)
    assert {cell.reason_code for cell in outcome.unknown} == {"TIMEOUT"}
    assert LIST_SECONDS <= seconds <= LIST_SECONDS + 2 * QUESTION_SECONDS


def test_one_dead_node_of_two_does_not_stop_the_other() -> None:
    """What was to be confirmed stays open, and what the first node shows is not lost."""
    found, _ = scan([], [Fault(Hang(), calls=Range(first=9))])
    judge(found)
    assert found.seconds <= 2 * GONE_SECONDS + SLACK
    states = {counter: cell.state for counter, cell in found.cells.items()}
    assert states[FIRST] is states[SECOND] is states[LISTED] is CellState.DEPLOYED
    assert CellState.ABSENT not in {states[counter] for counter in range(25)}
