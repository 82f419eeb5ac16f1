"""Pinning: whose node it is, how old its last block is, and whether all nodes speak of the same block."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf.message import Message

from chain.concordium.client import LAG_SECONDS, ConcordiumChain
from chain.concordium.networks import MAINNET, Network
from chain.concordium.proto import concordium_pb2 as pb
from chain.errors import BadAnswer, NodeUnavailable, PointLost
from chain.model import Finality
from chain.ports import ListingChain
from tests.unit.chain import builders
from tests.unit.chain.scripted import FakeClock, ScriptedConnection, failing, node


def chain_of(
    *connections: ScriptedConnection,
    clock: FakeClock | None = None,
    network: Network = MAINNET,
    max_age_seconds: float = 300.0,
) -> ConcordiumChain:
    clock = clock or FakeClock()
    nodes = [node(connection, clock, f"node{n}:1") for n, connection in enumerate(connections)]
    return ConcordiumChain(nodes, network, max_age_seconds=max_age_seconds, timing=clock.timing)


async def refusal(chain: ConcordiumChain, at: bytes | None = None) -> BadAnswer:
    with pytest.raises(BadAnswer) as caught:
        await chain.pin(at)
    assert "hint:" in caught.value.detail
    return caught.value


async def test_a_pinned_point_says_all_that_it_rests_on() -> None:
    clock = FakeClock(builders.SLOT_TIME + timedelta(seconds=7.5))
    point = (await chain_of(ScriptedConnection(), ScriptedConnection(), clock=clock).pin()).point
    assert (point.network, point.genesis_hash) == ("mainnet", builders.GENESIS)
    assert (point.block_hash, point.height, point.slot_time) == (builders.BLOCK, 1234, builders.SLOT_TIME)
    assert (point.age_seconds, point.finality) == (7.5, Finality.FINALIZED)
    assert point.sources == ("node0:1", "node1:1")
    assert point.commitment_key == builders.COMMITMENT_KEY


async def test_nothing_is_asked_before_pinning_and_all_is_closed_with_the_chain() -> None:
    connection = ScriptedConnection()
    chain: ListingChain[object] = chain_of(connection)
    assert (chain.sources, connection.calls) == (("node0:1",), [])
    await chain.close()
    assert connection.closed


@pytest.mark.parametrize("place", [0, 1])
async def test_another_network_is_refused_with_both_hashes(place: int) -> None:
    connections = [ScriptedConnection(), ScriptedConnection()]
    connections[place].genesis = builders.OTHER_GENESIS
    error = await refusal(chain_of(*connections))
    assert (error.code, error.source) == ("WRONG_NETWORK", f"node{place}:1")
    assert builders.OTHER_GENESIS.hex() in error.detail and builders.GENESIS.hex() in error.detail


async def test_another_commitment_key_is_refused_on_a_known_network_only() -> None:
    key = builders.COMMITMENT_KEY[:-1] + b"\x00"
    assert (await refusal(chain_of(ScriptedConnection(key=key)))).code == "WRONG_KEY"
    own = Network("own", builders.GENESIS, None)
    assert (await chain_of(ScriptedConnection(key=key), network=own).pin()).point.commitment_key == key


@pytest.mark.parametrize(("age", "accepted"), [(300.0, True), (300.5, False), (-60.0, True), (-60.5, False)])
async def test_the_age_of_the_last_block(age: float, accepted: bool) -> None:
    chain = chain_of(ScriptedConnection(), clock=FakeClock(builders.SLOT_TIME + timedelta(seconds=age)))
    if accepted:
        assert (await chain.pin()).point.age_seconds == age
    else:
        error = await refusal(chain)
        assert error.code == ("STALE" if age > 0 else "CLOCK")
        assert "clock" in error.detail


async def test_an_old_block_is_accepted_when_told_so() -> None:
    clock = FakeClock(builders.SLOT_TIME + timedelta(days=900))
    point = (await chain_of(ScriptedConnection(), clock=clock, max_age_seconds=float("inf")).pin()).point
    assert point.age_seconds == timedelta(days=900).total_seconds()


async def test_a_block_that_is_not_final_is_refused() -> None:
    connection = ScriptedConnection(blocks={builders.BLOCK: builders.block_info(finalized=False)})
    assert (await refusal(chain_of(connection))).code == "NOT_FINAL"


async def test_a_node_that_cannot_find_its_own_block_is_refused() -> None:
    connection = ScriptedConnection(bent={"GetCryptographicParameters": failing("NOT_FOUND", "block not found.")})
    assert (await refusal(chain_of(connection))).code == "NOT_FOUND"


async def test_a_dead_node_is_named() -> None:
    dead = ScriptedConnection(bent={"GetConsensusInfo": failing("UNAVAILABLE")})
    with pytest.raises(NodeUnavailable, match="node1:1"):
        await chain_of(ScriptedConnection(), dead).pin()


async def test_a_second_node_may_catch_up() -> None:
    clock = FakeClock()
    behind = ScriptedConnection(blocks={})

    def later(payload: bytes) -> Message:
        if clock.seconds > 3:
            behind.blocks[builders.BLOCK] = builders.block_info()
        return behind.answer("GetBlockInfo", payload)

    behind.bent["GetBlockInfo"] = later
    point = (await chain_of(ScriptedConnection(), behind, clock=clock).pin()).point
    assert point.block_hash == builders.BLOCK
    assert 3 < clock.seconds <= LAG_SECONDS


async def test_a_second_node_that_stays_behind_is_refused() -> None:
    clock = FakeClock()
    error = await refusal(chain_of(ScriptedConnection(), ScriptedConnection(blocks={}), clock=clock))
    assert (error.code, error.source) == ("NODES_DIFFER", "node1:1")
    assert clock.seconds <= LAG_SECONDS + 1


@pytest.mark.parametrize("seen", [builders.block_info(height=1), builders.block_info(finalized=False)])
async def test_a_second_node_that_shows_the_block_otherwise_is_refused(seen: pb.BlockInfo) -> None:
    assert (await refusal(chain_of(ScriptedConnection(), ScriptedConnection(blocks={builders.BLOCK: seen})))).code == (
        "NODES_DIFFER"
    )


OLD = builders.block_info(builders.OTHER_BLOCK, height=1000, slot_time=builders.SLOT_TIME - timedelta(days=2))


def with_old_block() -> ScriptedConnection:
    return ScriptedConnection(blocks={builders.BLOCK: builders.block_info(), builders.OTHER_BLOCK: OLD}, header=None)


async def test_a_block_pinned_before_is_pinned_again_whatever_its_age() -> None:
    point = (await chain_of(with_old_block(), with_old_block()).pin(builders.OTHER_BLOCK)).point
    assert (point.block_hash, point.height) == (builders.OTHER_BLOCK, 1000)
    assert point.age_seconds == timedelta(days=2).total_seconds()


@pytest.mark.parametrize("place", [0, 1])
async def test_a_block_pinned_before_and_now_unknown_is_lost(place: int) -> None:
    connections = [with_old_block(), with_old_block()]
    del connections[place].blocks[builders.OTHER_BLOCK]
    with pytest.raises(PointLost) as caught:
        await chain_of(*connections).pin(builders.OTHER_BLOCK)
    assert caught.value.source == f"node{place}:1"


async def test_a_block_pinned_before_must_still_be_final() -> None:
    connection = with_old_block()
    rolled_back = builders.block_info(builders.OTHER_BLOCK, finalized=False)
    connection.blocks[builders.OTHER_BLOCK] = rolled_back
    assert (await refusal(chain_of(connection), builders.OTHER_BLOCK)).code == "NOT_FINAL"


async def test_a_hash_of_another_size_is_no_block() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        await chain_of(ScriptedConnection()).pin(b"\x01" * 31)


def test_a_node_cannot_confirm_itself() -> None:
    one = node(ScriptedConnection(), source="node:1")
    with pytest.raises(ValueError, match="given twice"):
        ConcordiumChain([one, one], MAINNET)
    with pytest.raises(ValueError, match="no node"):
        ConcordiumChain([], replace(MAINNET, name="other"))
