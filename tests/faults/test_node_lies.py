"""Nodes that answer, and lie: what one source can show, what only a second one can, and what a lie can never do.

A lie of one node that no second source contradicts cannot be seen. So each lie is told by one node, then by either one
of two: two nodes flag every lie about accounts, and the cells are right or UNKNOWN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from chain.concordium.account import CredentialStatus
from chain.concordium.codec import Malformed, decode_account
from emulator.node.effects import (
    BlockAge,
    Effect,
    Fail,
    Forget,
    Hide,
    Lag,
    ListMore,
    Substitute,
    Truncate,
    WrongNetwork,
)
from emulator.node.encode import account_info
from emulator.node.faults import Fault, Range
from emulator.node.view import Generation
from emulator.world.derivation import account_address
from ledger_recovery.errors import NodeError
from ledger_recovery.recover.model import CellState, IndexOutcome
from ledger_recovery.recover.policy import Mode
from tests.faults import virtual_time
from tests.faults.node_bench import Scan, ask, desk_on, distinct_questions, judge, judge_cell, look_ups, scan, wire
from tests.faults.node_wire import Faults, WireNode
from tests.faults.node_world import (
    FIRST,
    LISTED,
    NEVER,
    OURS,
    REMOVED,
    SECOND,
    chain,
    invented_chain,
    our_cred_id,
    world,
)

HONEST: Faults = []


def ids(*counters: int) -> frozenset[bytes]:
    return frozenset(our_cred_id(counter) for counter in counters)


def both(*counters: int) -> frozenset[bytes]:
    """The credentials and the accounts whose first ones they are."""
    return ids(*counters) | {account_address(our_cred_id(counter)) for counter in counters}


@dataclass(frozen=True)
class Lie:
    """`alone`: whether one node that tells it is found out.

    `spoils`: counters whose cells are wrong when nobody contradicts it. `list_only`: look-ups do not show it.
    """

    effect: Effect
    alone: bool
    spoils: tuple[int, ...] = ()
    list_only: bool = False


LIES: dict[str, Lie] = {
    # Omitted accounts. A first credential is in the account list as well; if the list omits it too, the chain's
    # numbering shows that the list is not whole, and only what was looked up directly is wrong.
    "omits a first credential from look-ups": Lie(Hide(ids(FIRST), list=False), alone=True),
    "omits a first account everywhere": Lie(Hide(both(FIRST)), alone=True, spoils=(FIRST,)),
    "omits a first account from the list": Lie(Hide(both(FIRST), lookups=False), alone=True, list_only=True),
    "omits an account beyond the window": Lie(Hide(both(LISTED)), alone=True),
    "omits a second credential": Lie(Hide(ids(SECOND)), alone=False, spoils=(SECOND,)),
    "omits a removed credential": Lie(Hide(ids(REMOVED)), alone=False, spoils=(REMOVED,)),
    # Added accounts.
    "lists an account that is not there": Lie(ListMore(cred_ids=(our_cred_id(NEVER),)), alone=True, list_only=True),
    "lists a stranger that is not there": Lie(ListMore(addresses=(b"\x07" * 32,)), alone=True, list_only=True),
    "shows another's account for a credential that never was": Lie(
        Substitute({our_cred_id(NEVER): our_cred_id(SECOND)}), alone=False, spoils=(NEVER,)
    ),
    # Swapped accounts. That a first credential was removed cannot be, that a second one was can.
    "swaps two first accounts": Lie(
        Substitute({our_cred_id(FIRST): our_cred_id(LISTED), our_cred_id(LISTED): our_cred_id(FIRST)}), alone=True
    ),
    "answers for another credential": Lie(Substitute({our_cred_id(FIRST): our_cred_id(SECOND)}), alone=True),
    "answers for another credential, and by address too": Lie(
        Substitute(
            {
                our_cred_id(FIRST): our_cred_id(SECOND),
                account_address(our_cred_id(FIRST)): account_address(our_cred_id(LISTED)),
            }
        ),
        alone=True,
    ),
    "answers for another credential where ours is second": Lie(
        Substitute({our_cred_id(SECOND): our_cred_id(FIRST)}), alone=False, spoils=(SECOND,)
    ),
}


def spoiled(found: Scan) -> set[int]:
    """The counters whose cells say something untrue."""
    wrong = set()
    for counter, cell in found.cells.items():
        try:
            judge_cell(cell)
        except AssertionError:
            wrong.add(counter)
    return wrong


@pytest.mark.parametrize("name", list(LIES))
def test_one_lying_node(name: str) -> None:
    """Where the table says that one source cannot show it, that is so: otherwise the table is out of date."""
    lie = LIES[name]
    found, _ = scan([lie.effect])
    assert found.flagged == lie.alone
    assert spoiled(found) == set(lie.spoils)


@pytest.mark.parametrize("liar", [0, 1], ids=["the first lies", "the second lies"])
@pytest.mark.parametrize("name", list(LIES))
def test_one_of_two_nodes_lies(name: str, liar: int) -> None:
    """Flagged, and no cell is wrong. The second of two nodes lists, so that the first is not asked for its list."""
    lie = LIES[name]
    plans = [HONEST, HONEST]
    plans[liar] = [lie.effect]
    found, asked = scan(*plans)
    judge(found)
    heard = not lie.list_only or any(call.method == "GetAccountList" for call in asked[liar].calls)
    assert heard == (not lie.list_only or liar == 1)
    assert found.flagged == heard


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.value)
def test_a_second_node_in_every_mode(mode: Mode) -> None:
    """Direct mode has no list. Private mode has nothing else, and says that it sees first credentials only."""
    for lie in LIES.values():
        for liar in (0, 1):
            plans = [HONEST, HONEST]
            plans[liar] = [lie.effect]
            outcome, _ = look_ups(*plans, mode=mode)
            assert isinstance(outcome, IndexOutcome)
            for cell in outcome.cells:
                if mode is not Mode.PRIVATE or cell.key.counter not in (SECOND, REMOVED):
                    judge_cell(cell)


@pytest.mark.parametrize("nodes", [1, 2])
def test_a_node_that_invents_an_account_of_ours(nodes: int) -> None:
    """All that it says fits together: only another node can contradict it, and then the cell says so."""

    async def scene() -> IndexOutcome:
        inventor = wire(chain=invented_chain())
        asked = [inventor, *[wire() for _ in range(nodes - 1)]]
        outcome = await ask(asked)
        assert isinstance(outcome, IndexOutcome)
        return outcome

    invented = next(cell for cell in virtual_time.run(scene).cells if cell.key.counter == NEVER)
    assert invented.state is CellState.DEPLOYED, "an account that is shown is told, never swallowed"
    assert bool(invented.disagreements) == (nodes == 2)


def test_an_account_cut_at_any_byte() -> None:
    """Refused at every byte but one: between two credentials the rest is a whole message, and lies about the second.

    Only another node can show that; the encoding holds no count of what it holds.
    """
    account = next(account for account in chain().accounts if account.name == "shared")
    raw = account_info(account, world().blocks.finalized_height, Generation.CURRENT)
    assert len(decode_account(raw).credentials) == 2
    passed = []
    for size in range(len(raw)):
        try:
            passed.append((size, len(decode_account(raw[:size]).credentials)))
        except Malformed:
            continue
    ((size, credentials),) = passed
    assert credentials == 1
    cut = Fault(Truncate(size / len(raw) + 1e-9), keys=ids(SECOND))
    alone, _ = look_ups([cut])
    assert isinstance(alone, IndexOutcome)
    (wrong,) = [cell for cell in alone.deployed if cell.key.counter == SECOND]
    assert wrong.sighting is not None
    assert wrong.sighting.status is CredentialStatus.REMOVED
    found, _ = scan([cut], HONEST)
    judge(found)
    assert found.flagged


# ---- Wrong at the gate: refused before anything is asked ----

OTHER = WrongNetwork(bytes(32), "Another network")
GATE: dict[str, tuple[Effect, str]] = {
    "of another network": (OTHER, "another network"),
    "an hour behind": (Lag(1800), "s ago|NODES_DIFFER|does not know"),
    "with old blocks": (BlockAge(3600), "s ago|NODES_DIFFER|does not know|at height"),
    "ahead of our clock": (BlockAge(-3600), "in the future"),
}


@pytest.mark.parametrize("name", list(GATE))
def test_a_node_that_is_refused_at_once(name: str) -> None:
    effect, told = GATE[name]
    found, (node,) = scan([effect])
    assert found.error is not None
    assert re.search(told, found.error.sentence)
    assert not node_was_asked_for_credentials(node)


@pytest.mark.parametrize("wrong", [0, 1], ids=["the first", "the second"])
@pytest.mark.parametrize("name", ["of another network", "an hour behind"])
def test_of_two_nodes_one_is_refused_at_once(name: str, wrong: int) -> None:
    plans = [HONEST, HONEST]
    plans[wrong] = [GATE[name][0]]
    found, asked = scan(*plans)
    if name == "an hour behind" and wrong == 1:
        assert found.error is not None
        assert "node2" in found.error.sentence
    assert found.error is not None
    assert not any(node_was_asked_for_credentials(node) for node in asked)
    assert found.seconds < 30


def node_was_asked_for_credentials(node: WireNode) -> bool:
    return any(call.method in ("GetAccountInfo", "GetAccountList") for call in node.calls)


# ---- Replicas and forgetting ----


@pytest.mark.parametrize("every", [2, 3, 4])
def test_a_lagging_replica_behind_one_address(every: int) -> None:
    """One replica of a few lags and is dealt every n-th question: it is told apart when the block is proved."""
    found, _ = scan([Fault(Lag(600_000), calls=Range(first=9, every=every))])
    judge(found)
    assert found.flagged


@pytest.mark.parametrize("connection", [1, 2])
def test_a_lagging_replica_behind_one_of_two_connections(connection: int) -> None:
    fault = Fault(Lag(600_000), connections=Range(connection, connection))
    found, _ = scan([fault], prepare=lambda desk: setattr(desk, "connections", 2))
    judge(found)
    assert found.flagged


@pytest.mark.parametrize("behind", [0, 1], ids=["the first", "the second"])
def test_one_of_two_nodes_falls_behind_later(behind: int) -> None:
    """From its tenth question on it answers from an old state, in which the pinned block does not exist."""
    plans: list[Faults] = [HONEST, HONEST]
    plans[behind] = [Fault(Lag(600_000), calls=Range(first=10))]
    found, _ = scan(*plans)
    judge(found)
    assert found.flagged


def test_a_node_that_forgets_the_block_at_each_question() -> None:
    """It never knows the block again: each answer before and after is dropped, and the run ends by saying so."""
    for position in distinct_questions(9)[::2]:
        outcome, seconds = look_ups([Fault(Forget(), calls=Range(position, position + 40))])
        if isinstance(outcome, IndexOutcome):
            for cell in outcome.cells:
                judge_cell(cell)
        assert seconds < 60


def test_a_node_that_forgets_the_block_once_and_for_all_is_pinned_anew() -> None:
    async def scene() -> Scan:
        node = wire()
        with desk_on([node]) as desk:
            # From then on all hashes are others: what was pinned is gone, what is pinned now is known.
            node.arrived = lambda number: node.set_faults([Forget()]) if number == 40 else None
            return await desk.recover()

    found = virtual_time.run(scene)
    judge(found)
    assert not found.flagged
    assert found.result.repins == 1
    assert {counter for counter, cell in found.cells.items() if cell.state is CellState.DEPLOYED} == OURS


@pytest.mark.parametrize("part", range(2))
def test_a_false_not_found_at_each_question(part: int) -> None:
    """The status of an absence: one node deceives only about what no list shows, and of two nodes none does."""
    for position in distinct_questions(9)[part::2]:
        lie = Fault(Fail("NOT_FOUND"), calls=Range(position, position))
        found, _ = look_ups([lie])
        assert isinstance(found, IndexOutcome | NodeError)
        if isinstance(found, IndexOutcome):
            for cell in found.cells:
                if cell.key.counter not in (SECOND, REMOVED):
                    judge_cell(cell)
        both, _ = look_ups([lie], HONEST)
        if isinstance(both, IndexOutcome):
            for cell in both.cells:
                judge_cell(cell)
