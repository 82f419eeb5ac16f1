"""The retry table, and one node's questions on a clock that only moves when someone waits."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium import queries
from chain.concordium.channel import IN_FLIGHT, PROOFS, Node
from chain.concordium.connection import RawReply
from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.retry import MAX_TEXT, RetryPolicy, StatusError, classify, clean_text
from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost
from tests.unit.chain import builders
from tests.unit.chain.scripted import FakeClock, Ledger, ScriptedConnection, failing, node

QUERY = queries.account_by_cred_id(builders.BLOCK, builders.cred_id(1))
BAD = BadAnswer
DOWN = NodeUnavailable

# Status and text as concordium-node or grpc give them; our code; how often it is asked; our error.
CASES: list[tuple[str, str, str, int, type[ChainError]]] = [
    ("UNAVAILABLE", "Connection refused", "UNAVAILABLE", 3, DOWN),
    ("UNAVAILABLE", "Ssl handshake failed: WRONG_VERSION_NUMBER", "TLS", 2, DOWN),
    ("UNAVAILABLE", "Ssl handshake failed: CERTIFICATE_VERIFY_FAILED", "TLS", 2, DOWN),
    ("DEADLINE_EXCEEDED", "Deadline Exceeded", "TIMEOUT", 3, DOWN),
    ("CANCELLED", "Timeout expired", "TIMEOUT", 3, DOWN),
    ("RESOURCE_EXHAUSTED", "Too many concurrent requests.", "OVERLOADED", 6, DOWN),
    ("RESOURCE_EXHAUSTED", "Received message larger than max (5 vs. 4)", "TOO_LARGE", 1, BAD),
    ("INTERNAL", "Internal error: account or block. Please report this bug at", "INTERNAL", 2, DOWN),
    ("UNKNOWN", "", "UNKNOWN", 2, DOWN),
    ("ABORTED", "", "ABORTED", 2, DOWN),
    ("UNIMPLEMENTED", "`GetAccountInfo` is not enabled.", "NOT_ENABLED", 1, DOWN),
    ("INVALID_ARGUMENT", "missing field", "REFUSED", 1, BAD),
    ("UNAUTHENTICATED", "", "FORBIDDEN", 1, DOWN),
    ("PERMISSION_DENIED", "", "FORBIDDEN", 1, DOWN),
    ("DATA_LOSS", "", "UNEXPECTED", 1, DOWN),
]


@pytest.mark.parametrize(("status", "text", "code", "tries", "kind"), CASES, ids=[f"{c[0]} {c[2]}" for c in CASES])
async def test_each_status(status: str, text: str, code: str, tries: int, kind: type[ChainError]) -> None:
    connection = ScriptedConnection(bent={"GetAccountInfo": failing(status, text)})
    with pytest.raises(ChainError) as caught:
        await node(connection).ask(QUERY)
    error = caught.value
    assert (type(error), error.code, error.tries, error.source) == (kind, code, tries, "one:1")
    assert len(connection.calls) == tries
    assert "hint:" in error.detail
    assert status in error.detail


async def test_not_found_is_an_answer_and_not_asked_again() -> None:
    connection = ScriptedConnection()
    reply = await node(connection).ask(QUERY)
    assert (reply.value, reply.tries, len(connection.calls)) == (None, 1, 1)


async def test_a_failure_that_passes_is_not_seen() -> None:
    state = Ledger()
    state.add({0: builders.cred_id(1)})
    connection = ScriptedConnection(state)
    failures = iter([StatusError("UNAVAILABLE", ""), StatusError("CANCELLED", "Timeout expired")])

    def flaky(payload: bytes) -> pb.AccountInfo:
        for failure in failures:
            raise failure
        answer = connection.answer("GetAccountInfo", payload)
        assert isinstance(answer, pb.AccountInfo)
        return answer

    connection.bent["GetAccountInfo"] = flaky
    clock = FakeClock()
    reply = await node(connection, clock).ask(QUERY)
    assert reply.tries == 3
    assert reply.value is not None
    # 0.2 s and 0.4 s, each spread over its upper half by a jitter of 0.5.
    assert clock.waits == pytest.approx([0.15, 0.3])


class Hanging(ScriptedConnection):
    """Never answers: every try lasts as long as it is allowed to."""

    clock: FakeClock

    async def unary(self, path: str, payload: bytes, timeout: float) -> RawReply:
        self.calls.append(path)
        started = self.clock.seconds
        await asyncio.sleep(0)
        self.clock.seconds = max(self.clock.seconds, started + timeout)
        raise StatusError("DEADLINE_EXCEEDED", "Deadline Exceeded")


def hanging(clock: FakeClock) -> Hanging:
    connection = Hanging()
    connection.clock = clock
    return connection


async def test_a_hanging_node_is_reported_within_fifteen_seconds() -> None:
    clock = FakeClock()
    connection = hanging(clock)
    with pytest.raises(NodeUnavailable, match="did not answer in time"):
        await node(connection, clock).ask(QUERY)
    assert 10.0 < clock.seconds <= 15.0
    assert len(connection.calls) == 3


async def test_many_questions_to_a_hanging_node_take_no_longer_than_one() -> None:
    clock = FakeClock()
    connection = hanging(clock)
    asked = node(connection, clock)
    results = await asyncio.gather(*(asked.ask(QUERY) for _ in range(256)), return_exceptions=True)
    assert {type(result) for result in results} == {NodeUnavailable}
    assert clock.seconds <= 15.0
    assert len(connection.calls) == 3 * IN_FLIGHT


async def test_a_question_asked_after_an_outage_is_asked_anew() -> None:
    clock = FakeClock()
    connection = ScriptedConnection(bent={"GetAccountInfo": failing("UNAVAILABLE")})
    asked = node(connection, clock)
    with pytest.raises(NodeUnavailable):
        await asked.ask(QUERY)
    connection.bent.clear()
    clock.seconds += 1
    assert (await asked.ask(QUERY)).value is None


async def test_one_failing_question_does_not_stop_the_others() -> None:
    one, other = ScriptedConnection(), ScriptedConnection()
    asked = Node("one:1", [one, other], timing=FakeClock().timing, in_flight=1)
    one.bent["GetCryptographicParameters"] = failing("UNAVAILABLE")
    # The second question is answered on the other connection while the first one fails; the third waits behind it.
    failed, answered, waited = await asyncio.gather(
        asked.ask(queries.commitment_key(builders.BLOCK)), asked.ask(QUERY), asked.ask(QUERY), return_exceptions=True
    )
    assert one.calls == ["GetCryptographicParameters"] * 3 + ["GetAccountInfo"]
    assert isinstance(failed, NodeUnavailable)
    assert not isinstance(answered, BaseException)
    assert not isinstance(waited, BaseException)


async def test_at_most_ten_questions_are_in_flight_on_a_connection() -> None:
    one, other = ScriptedConnection(), ScriptedConnection()
    asked = Node("one:1", [one, other], timing=FakeClock().timing)
    await asyncio.gather(*(asked.ask(QUERY) for _ in range(100)))
    assert (one.most_in_flight, other.most_in_flight) == (IN_FLIGHT, IN_FLIGHT)
    assert (len(one.calls), len(other.calls)) == (50, 50)


async def test_every_connection_proves_the_block() -> None:
    one, other = ScriptedConnection(), ScriptedConnection()
    asked = Node("one:1", [one, other], timing=FakeClock().timing)
    await asked.prove(builders.BLOCK)
    assert (len(one.calls), len(other.calls)) == (PROOFS, PROOFS)
    other.blocks.clear()
    with pytest.raises(PointLost):
        await asked.prove(builders.BLOCK)


async def test_a_cancelled_question_gives_its_slot_back() -> None:
    class Stuck(ScriptedConnection):
        async def unary(self, path: str, payload: bytes, timeout: float) -> RawReply:
            await asyncio.Event().wait()
            raise AssertionError

    asked = Node("one:1", [Stuck(), ScriptedConnection()], timing=FakeClock().timing, in_flight=1)
    stuck = [asyncio.ensure_future(asked.ask(QUERY))]
    await asyncio.sleep(0)
    assert (await asked.ask(QUERY)).value is None
    stuck.append(asyncio.ensure_future(asked.ask(QUERY)))
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    assert [lane.load for lane in asked._lanes] == [0, 0]


@given(tries=st.integers(1, 10_000), jitter=st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_pauses_grow_and_stay_bounded(tries: int, jitter: float) -> None:
    policy = RetryPolicy()
    pause = policy.delay(tries, jitter)
    assert 0 < pause <= policy.longest_pause
    assert math.isclose(policy.delay(1, 1.0), policy.pause)
    assert policy.delay(tries + 1, jitter) >= pause


@given(text=st.text(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_a_nodes_text_is_safe_to_show(text: str) -> None:
    shown = clean_text(text)
    assert len(shown) <= MAX_TEXT
    assert shown.isprintable()


def test_terminal_commands_do_not_come_through() -> None:
    assert clean_text("a\x1b[31mred\r\nb\u202e") == "a [31mred b"


def test_an_unlisted_status_is_asked_once() -> None:
    assert classify("NO_SUCH_STATUS", "").tries == 1
