"""Fields that our own client does not read but others insist on: the official SDK refuses an answer without them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain.concordium.proto import concordium_pb2 as pb
from emulator.world import bundled
from tests.emulator.node.client import EMPTY, LAST_FINAL, by_index, client
from tests.support.node import node_double

SLOTS = {"GetConsensusInfo": ["slot_duration"], "GetBlockInfo": ["slot_number"]}
ROUNDS = {
    "GetConsensusInfo": ["current_timeout_duration", "current_round", "current_epoch", "trigger_block_time"],
    "GetBlockInfo": ["round", "epoch"],
}


@pytest.mark.parametrize(("protocol", "present", "absent"), [(5, SLOTS, ROUNDS), (6, ROUNDS, SLOTS)])
async def test_slots_up_to_protocol_five_and_rounds_from_six_on(
    protocol: int, present: dict[str, list[str]], absent: dict[str, list[str]]
) -> None:
    world = bundled.load("sample")
    world = replace(world, network=replace(world.network, protocol_version=protocol))
    async with node_double(world) as node, client(node.address) as asking:
        answers = {
            "GetConsensusInfo": await asking.call("GetConsensusInfo", EMPTY),
            "GetBlockInfo": await asking.call("GetBlockInfo", LAST_FINAL),
        }
    for method, answer in answers.items():
        assert [answer.HasField(name) for name in present[method]] == [True] * len(present[method])
        assert [answer.HasField(name) for name in absent[method]] == [False] * len(absent[method])


async def test_a_block_has_its_state_hash_and_energy() -> None:
    async with node_double("sample") as node, client(node.address) as asking:
        block: pb.BlockInfo = await asking.call("GetBlockInfo", LAST_FINAL)
    assert len(block.state_hash.value) == 32
    assert block.HasField("transactions_energy_cost")


async def test_a_validators_pool_has_all_three_commission_rates() -> None:
    async with node_double("demo") as node, client(node.address) as asking:
        stakes = [item for item in node.chain.accounts if item.stake is not None and item.stake.kind == "validator"]
        infos = [await asking.account(by_index(item.index)) for item in stakes]
    assert infos
    for info in infos:
        rates = info.stake.baker.pool_info.commission_rates
        assert [rates.HasField(name) for name in ("finalization", "baking", "transaction")] == [True] * 3
