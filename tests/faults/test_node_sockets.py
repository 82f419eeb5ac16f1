"""The same faults on real sockets: what grpc makes of them is what node_wire.py says, and nothing becomes ABSENT.

One whole scan for each kind of fault, against the node double in this process. Time-outs are shortened, not faked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from chain.concordium import queries
from chain.concordium.channel import Node
from chain.concordium.client import ConcordiumChain
from chain.concordium.connection import Connection, GrpcConnection
from chain.concordium.networks import TESTNET, parse_node_url
from chain.concordium.retry import RetryPolicy, StatusError, classify
from emulator.node.double import NodeDouble, wall_clock
from emulator.node.effects import Effect, Mute, Refuse
from emulator.node.faults import Fault, Range
from emulator.node.state import ChainState
from emulator.world.chain import build_chain
from ledger_recovery.errors import NodeError
from ledger_recovery.recover.model import IndexOutcome
from tests.faults.node_bench import ask_chain, judge_cell
from tests.faults.node_kinds import GARBLED, KINDS
from tests.faults.node_wire import WireNode
from tests.faults.node_world import world
from tests.support.node import node_double

QUICK = RetryPolicy(per_try=0.3, total=0.9, pause=0.01, longest_pause=0.02, shortest_try=0.05)
# Of a scan's questions: the first look-up, and one in the middle.
AFTER = (9, 40)


@asynccontextmanager
async def chain_to(
    *nodes: NodeDouble, scheme: str = "http", pem: bytes | None = None
) -> AsyncIterator[ConcordiumChain]:
    addresses = [parse_node_url(f"{scheme}://{node.address}") for node in nodes]
    named = [Node(str(address), [GrpcConnection(address, pem)], policy=QUICK) for address in addresses]
    yield ConcordiumChain(named, TESTNET)


async def outcome_with(faults: Sequence[Fault | Effect], nodes: int = 1) -> IndexOutcome | NodeError:
    async with AsyncExitStack() as stack:
        plans = [faults, *[()] * (nodes - 1)]
        running = [await stack.enter_async_context(node_double(world(), faults=plan)) for plan in plans]
        return await ask_chain(await stack.enter_async_context(chain_to(*running)))


def judged(outcome: IndexOutcome | NodeError) -> IndexOutcome | None:
    if isinstance(outcome, NodeError):
        return None
    for cell in outcome.cells:
        judge_cell(cell)
    return outcome


async def test_an_undisturbed_scan() -> None:
    outcome = judged(await outcome_with([], nodes=2))
    assert outcome is not None
    assert not outcome.unknown
    assert len(outcome.deployed) == 4


@pytest.mark.parametrize("kind", list(KINDS))
async def test_each_kind_of_failure(kind: str) -> None:
    for after in AFTER:
        outcome = judged(await outcome_with([Fault(KINDS[kind], calls=Range(first=after))]))
        assert outcome is None or outcome.unknown


@pytest.mark.parametrize("kind", list(KINDS))
async def test_the_node_in_memory_fails_as_grpc_does(kind: str) -> None:
    """Same class of failure, or the same bytes: what the thousands of scans in memory show holds for sockets."""
    started = wall_clock()
    in_memory = WireNode(ChainState(build_chain(world(), started), wall_clock), [KINDS[kind]])
    async with node_double(world(), faults=[KINDS[kind]]) as node:
        real = GrpcConnection(parse_node_url(f"http://{node.address}"))
        results = [await _told(connection) for connection in (real, in_memory.connect())]
        await real.close()
    assert results[0] == results[1]


async def _told(connection: Connection) -> tuple[object, ...]:
    query = queries.commitment_key(world().network.genesis_hash)
    try:
        reply = await connection.unary(query.path, query.payload, QUICK.per_try)
    except StatusError as error:
        return error.status, classify(error.status, error.text).code
    return reply.payload, reply.block_hash


@pytest.mark.parametrize("kind", [*GARBLED, "reset", "UNAVAILABLE", "INTERNAL"])
async def test_each_kind_with_a_second_node(kind: str) -> None:
    judged(await outcome_with([Fault(KINDS[kind], calls=Range(first=20))], nodes=2))


@pytest.mark.parametrize("effect", [Refuse(), Mute()], ids=["refuses", "accepts and says nothing"])
async def test_a_node_that_nobody_can_connect_to(effect: Effect) -> None:
    outcome = await outcome_with([effect])
    assert isinstance(outcome, NodeError)
    assert outcome.hint


@pytest.mark.parametrize("served", ["TLS", "plaintext"])
async def test_tls_that_does_not_fit(served: str) -> None:
    """A certificate that nobody vouches for, TLS where there is none, and none where there is TLS."""
    async with node_double(world(), tls=served == "TLS") as node, node_double(world(), tls=True) as other:
        tries = [("https", None), ("https", other.certificate)]
        if served == "TLS":
            tries.append(("http", None))
        for scheme, pem in tries:
            async with chain_to(node, scheme=scheme, pem=pem) as chain:
                outcome = await ask_chain(chain)
            assert isinstance(outcome, NodeError), (scheme, served)
            assert outcome.hint


async def test_a_node_that_stops_in_the_middle() -> None:
    """Questions are open when its port closes and its connections are reset."""
    async with node_double(world()) as node, chain_to(node) as chain:
        scan = asyncio.create_task(ask_chain(chain))
        await node.wait_for(lambda calls: len(calls) > 40)
        node.set_faults([Refuse()])
        outcome = await scan
    judged(outcome)
    assert isinstance(outcome, NodeError) or outcome.unknown
