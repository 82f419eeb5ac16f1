"""When one node's silence is an outage, and for how long: the rules alone, and as a node's questions follow them."""

from __future__ import annotations

import asyncio

import pytest
from google.protobuf.message import Message

from chain.concordium import queries
from chain.concordium.outage import Outage
from chain.errors import NodeUnavailable
from tests.unit.chain import builders
from tests.unit.chain.scripted import Bend, FakeClock, ScriptedConnection, failing, node

ERROR = NodeUnavailable("node one:1: the node did not answer in time", code="TIMEOUT", source="one:1", tries=3)
SILENCE = 5.0


def outage(*, began: float = 0.0, ended: float = 15.0, last_answer: float | None = None) -> Outage:
    found = Outage(SILENCE)
    if last_answer is not None:
        found.answered(last_answer)
    found.failed(ERROR, began, ended)
    return found


def test_a_new_node_is_not_down() -> None:
    assert Outage(SILENCE).refusal(0.0, 0.0) is None
    assert not Outage(SILENCE).found_since(0.0)


def test_those_who_waited_meanwhile_get_the_same_error_and_no_try() -> None:
    refusal = outage().refusal(queued=3.0, now=15.0)
    assert refusal is not None
    assert (refusal.detail, refusal.code, refusal.source, refusal.tries) == (ERROR.detail, "TIMEOUT", "one:1", 0)


@pytest.mark.parametrize(("now", "doubted"), [(15.1, True), (29.9, True), (30.0, False)])
def test_the_next_question_to_a_node_that_hung_has_one_try(now: float, doubted: bool) -> None:
    """One question may hang where the node does not; so it is asked, and decides."""
    found = outage()
    assert found.refusal(queued=now, now=now) is None
    assert found.doubted(now) is doubted


@pytest.mark.parametrize(("now", "refused"), [(25.1, True), (39.9, True), (40.0, False)])
def test_when_that_fails_too_nobody_asks_for_as_long_as_it_took_to_find_out(now: float, refused: bool) -> None:
    found = outage()
    found.failed(ERROR, 20.0, 25.0)
    assert (found.refusal(queued=now, now=now) is not None) is refused
    assert not found.doubted(now)


def test_several_that_fail_together_are_one_outage() -> None:
    found = outage()
    found.failed(ERROR, 0.1, 15.1)
    assert found.refusal(queued=15.05, now=15.1) is not None
    assert found.refusal(queued=15.2, now=15.2) is None
    assert found.doubted(15.2)
    # Begun between the two, so after it was found.
    found.failed(ERROR, 15.05, 20.05)
    assert not found.doubted(20.1)
    assert found.refusal(queued=20.1, now=20.1) is not None


def test_an_outage_long_after_begins_anew() -> None:
    found = outage()
    found.failed(ERROR, 20.0, 25.0)
    found.failed(ERROR, 100.0, 115.0)
    assert found.doubted(115.1)


def test_a_node_that_fails_at_once_is_asked_again_at_once() -> None:
    quick = outage(ended=0.5)
    assert quick.refusal(queued=0.6, now=0.6) is None
    assert not quick.doubted(0.6)
    assert quick.refusal(queued=0.4, now=0.6) is not None


@pytest.mark.parametrize(
    ("last_answer", "down"), [(None, True), (-1.0, True), (0.0, True), (10.0, True), (10.1, False), (14.9, False)]
)
def test_others_that_were_answered_meanwhile_speak_for_the_node(last_answer: float | None, down: bool) -> None:
    found = outage(last_answer=last_answer)
    assert (found.refusal(3.0, 15.0) is not None) is down
    assert found.found_since(3.0) is down


def test_one_of_many_quick_failures_is_no_outage() -> None:
    assert outage(ended=0.5, last_answer=0.2).refusal(0.1, 0.5) is None


def test_an_answer_ends_it() -> None:
    found = outage()
    found.answered(16.0)
    assert found.refusal(3.0, 16.0) is None
    assert not found.found_since(3.0)
    assert not found.doubted(16.0)


def test_only_questions_from_before_are_hopeless() -> None:
    assert outage().found_since(14.9)
    assert not outage().found_since(15.0)


class Counted(ScriptedConnection):
    """Sets `enough` at the n-th question for a block, and fails from there on if there is a `failure`."""

    def __init__(self, enough: int, failure: Bend | None = None) -> None:
        super().__init__()
        self.enough = asyncio.Event()
        self._left = enough
        self._failure = failure
        self.bent["GetBlockInfo"] = self._count

    def _count(self, payload: bytes) -> Message:
        self._left -= 1
        if self._left > 0:
            return self.answer("GetBlockInfo", payload)
        self.enough.set()
        return self._failure(payload) if self._failure is not None else self.answer("GetBlockInfo", payload)


async def test_a_watch_ends_when_the_node_is_down() -> None:
    connection = Counted(5, failing("UNAVAILABLE"))
    with pytest.raises(NodeUnavailable, match="cannot be reached"):
        await node(connection).watch(builders.BLOCK)
    assert len(connection.calls) == 4 + 3


@pytest.mark.parametrize("failure", [None, failing("RESOURCE_EXHAUSTED"), failing("INVALID_ARGUMENT")])
async def test_a_watch_goes_on_as_long_as_the_node_says_something(failure: Bend | None) -> None:
    connection = Counted(2, failure)
    watching = asyncio.create_task(node(connection).watch(builders.BLOCK))
    await connection.enough.wait()
    for _ in range(200):
        await asyncio.sleep(0)
    assert not watching.done()
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


async def test_a_question_that_began_before_is_not_tried_again() -> None:
    """Another question finds the node down while this one is under way: its first failure is its last."""
    clock = FakeClock()
    connection = ScriptedConnection(bent={"GetAccountInfo": failing("UNAVAILABLE"), "GetBlockInfo": failing("ABORTED")})
    asked = node(connection, clock)
    account = queries.account_by_cred_id(builders.BLOCK, builders.cred_id(1))
    results = await asyncio.gather(
        asked.ask(account), *(asked.ask(queries.block(builders.BLOCK)) for _ in range(3)), return_exceptions=True
    )
    assert {type(result) for result in results} == {NodeUnavailable}
    assert connection.calls.count("GetAccountInfo") <= 3
