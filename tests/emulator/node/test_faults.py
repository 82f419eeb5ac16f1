"""Faults on calls and connections over a real socket: which calls they strike, and how."""

from __future__ import annotations

import asyncio

import grpc
import grpc.aio
import pytest

from emulator.node import effects
from emulator.node.double import NodeDouble
from emulator.node.effects import Effect
from emulator.node.faults import Fault, Range
from emulator.node.refusal import STATUS_NAMES
from emulator.world import bundled
from emulator.world.derivation import account_address
from tests.emulator.node.client import (
    EMPTY,
    INFO,
    Client,
    by_address,
    by_cred_id,
    client,
    cred_id_on,
    given,
    outcome,
)

# ---- Which calls ----


async def outcomes(asking: Client, count: int) -> list[str]:
    return [await outcome(asking) for _ in range(count)]


@pytest.mark.parametrize(
    ("calls", "failing"),
    [
        (Range(), {1, 2, 3, 4, 5, 6, 7, 8, 9}),
        (Range(every=3), {3, 6, 9}),
        (Range(first=4, last=6), {4, 5, 6}),
        (Range(first=2, last=8, every=2), {3, 5, 7}),
        (Range(first=8), {8, 9}),
    ],
    ids=str,
)
async def test_by_running_number(asking: Client, node: NodeDouble, calls: Range, failing: set[int]) -> None:
    node.set_faults([Fault(effects.Fail("UNAVAILABLE"), calls=calls)])
    seen = await outcomes(asking, 9)
    assert {number for number, code in enumerate(seen, 1) if code == "UNAVAILABLE"} == failing


async def test_by_method_counting_only_that_method(asking: Client, node: NodeDouble) -> None:
    fault = Fault(effects.Fail("INTERNAL"), methods=frozenset({"GetNodeInfo"}), calls=Range(first=2))
    node.set_faults([fault])
    assert await outcomes(asking, 3) == ["OK"] * 3
    assert [await outcome(asking, "GetNodeInfo") for _ in range(3)] == ["OK", "INTERNAL", "INTERNAL"]


async def test_by_credential_id_and_address(asking: Client, node: NodeDouble) -> None:
    ours, other = cred_id_on(node, "A"), cred_id_on(node, "C")
    node.set_faults([Fault(effects.Fail("UNAVAILABLE"), keys=frozenset({ours, account_address(other)}))])
    assert await outcome(asking, "GetAccountInfo", by_cred_id(ours)) == "UNAVAILABLE"
    assert await outcome(asking, "GetAccountInfo", by_cred_id(other)) == "OK"
    alias = account_address(other)[:29] + b"abc"
    assert await outcome(asking, "GetAccountInfo", by_address(alias)) == "UNAVAILABLE"
    assert await outcome(asking) == "OK"


async def test_by_connection(node: NodeDouble) -> None:
    node.set_faults([Fault(effects.Fail("UNAVAILABLE"), connections=Range(every=2))])
    async with client(node.address) as first:
        assert await outcome(first) == "OK"
        async with client(node.address) as second:
            assert await outcome(second) == "UNAVAILABLE"
            assert await outcome(first) == "OK"
    assert [call.connection for call in node.calls] == [1, 2, 1]


async def test_new_faults_count_from_zero(asking: Client, node: NodeDouble) -> None:
    fault = Fault(effects.Fail("UNAVAILABLE"), calls=Range(last=1))
    for _ in range(2):
        node.set_faults([fault])
        assert await outcomes(asking, 2) == ["UNAVAILABLE", "OK"]
    node.set_faults([])
    assert await outcomes(asking, 1) == ["OK"]


async def test_log_of_calls(asking: Client, node: NodeDouble) -> None:
    ours = cred_id_on(node, "A")
    final = await asking.final()
    await asking.account(by_cred_id(ours, given(final.hash.value)))
    last = node.calls_of("GetAccountInfo")[-1]
    assert (last.key_kind, last.key, last.block) == ("cred_id", ours, final.hash.value.hex())
    assert [call.number for call in node.calls] == [1, 2]
    assert ours.hex() in str(last)


# ---- Before the answer ----


@pytest.mark.parametrize("status", STATUS_NAMES)
async def test_every_status(asking: Client, node: NodeDouble, status: str) -> None:
    node.set_faults([effects.Fail(status, "as asked")])
    assert await asking.refusal(INFO, EMPTY) == (status, "as asked")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("RESOURCE_EXHAUSTED", "Too many concurrent requests."),
        ("CANCELLED", "Timeout expired"),
        ("UNIMPLEMENTED", "`GetConsensusInfo` is not enabled."),
        ("NOT_FOUND", "account or block not found."),
    ],
)
async def test_texts_of_the_node(asking: Client, node: NodeDouble, status: str, text: str) -> None:
    node.set_faults([effects.Fail(status)])
    assert await asking.refusal(INFO, EMPTY) == (status, text)


async def test_delay_per_method_and_as_server_time() -> None:
    slept: list[float] = []
    at_once = most = 0

    async def sleep(seconds: float) -> None:
        nonlocal at_once, most
        slept.append(seconds)
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    slow = Fault(effects.Delay(5, workers=1), methods=frozenset({"GetAccountInfo"}))
    async with NodeDouble(bundled.load("sample"), faults=[slow], sleep=sleep) as node:
        async with client(node.address) as asking:
            assert await outcome(asking) == "OK"
            assert slept == []
            request = by_cred_id(cred_id_on(node, "A"))
            await asyncio.gather(*(asking.account(request) for _ in range(8)))
    assert (slept, most) == ([5] * 8, 1)


async def test_hang_ends_only_by_the_client(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Hang()])
    call = asyncio.ensure_future(asking.stub.GetConsensusInfo(EMPTY))
    await node.wait_for(lambda calls: len(calls) == 1)
    assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    node.set_faults([])
    assert await outcome(asking) == "OK"


async def test_beyond_the_limit_in_flight_is_refused_at_once(node: NodeDouble) -> None:
    held = asyncio.Event()

    async def wait(seconds: float) -> None:
        await held.wait()

    faults: list[Fault | Effect] = [
        Fault(effects.Delay(1), methods=frozenset({"GetNodeInfo"})),
        effects.Limits(per_connection=10, total=3),
    ]
    async with NodeDouble(bundled.load("sample"), faults=faults, sleep=wait) as busy:
        async with client(busy.address) as asking:
            waiting = [asyncio.ensure_future(asking.call("GetNodeInfo", EMPTY)) for _ in range(3)]
            await busy.wait_for(lambda calls: len(calls) == 3)
            assert await asking.refusal(INFO, EMPTY) == ("RESOURCE_EXHAUSTED", "Too many concurrent requests.")
            held.set()
            await asyncio.gather(*waiting)
            assert await outcome(asking) == "OK"


async def test_beyond_the_limit_of_a_connection_calls_wait() -> None:
    held = asyncio.Event()

    async def wait(seconds: float) -> None:
        await held.wait()

    faults: list[Fault | Effect] = [
        Fault(effects.Delay(1), methods=frozenset({"GetNodeInfo"})),
        effects.Limits(per_connection=2, total=100),
    ]
    async with NodeDouble(bundled.load("sample"), faults=faults, sleep=wait) as busy:
        async with client(busy.address) as asking, client(busy.address) as another:
            waiting = [asyncio.ensure_future(asking.call("GetNodeInfo", EMPTY)) for _ in range(2)]
            await busy.wait_for(lambda calls: len(calls) == 2)
            third = asyncio.ensure_future(asking.call(INFO, EMPTY))
            await busy.wait_for(lambda calls: len(calls) == 3)
            assert await outcome(another) == "OK"
            assert not third.done()
            held.set()
            await asyncio.gather(*waiting, third)


async def test_request_timeout_is_cancelled(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Delay(3600), effects.Limits(seconds=0.01)])
    assert await asking.refusal(INFO, EMPTY) == ("CANCELLED", "Timeout expired")


# ---- On the connection ----


async def test_refused_connection_and_recovery_on_the_same_port(node: NodeDouble) -> None:
    address = node.address
    node.set_faults([effects.Refuse()])
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", node.port)
    async with client(address) as asking:
        assert (await asking.refusal(INFO, EMPTY))[0] == "UNAVAILABLE"
    node.set_faults([])
    assert node.address == address
    async with client(address) as asking:
        assert await outcome(asking) == "OK"


async def test_refusing_resets_open_connections(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Hang()])
    call = asyncio.ensure_future(outcome(asking))
    await node.wait_for(lambda calls: len(calls) == 1)
    node.set_faults([effects.Refuse()])
    assert await call == "UNAVAILABLE"


async def test_reset_in_the_middle_of_a_call(asking: Client, node: NodeDouble) -> None:
    node.set_faults([Fault(effects.Reset(), calls=Range(first=2, last=2))])
    assert await outcomes(asking, 2) == ["OK", "UNAVAILABLE"]
    # A channel may offer its next call to the dead connection, so the node is asked over another one.
    async with client(node.address) as another:
        assert await outcome(another) == "OK"
    assert node.calls[0].connection == node.calls[1].connection != node.calls[2].connection


async def test_mute_accepts_and_says_nothing(node: NodeDouble) -> None:
    node.set_faults([Fault(effects.Mute(), connections=Range(last=1))])
    async with client(node.address) as asking:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asking.stub.GetConsensusInfo(EMPTY, timeout=0.3, wait_for_ready=True)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert node.calls == []
