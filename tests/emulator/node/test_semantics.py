"""The node's semantics, row by row, over a real socket with the generated stubs and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import grpc
import grpc.aio
import pytest
import pytest_asyncio

from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.proto import grpc_health_pb2
from emulator.node.double import NodeDouble
from emulator.node.effects import BlockAge
from emulator.world import filler
from emulator.world.derivation import ON_CHAIN_COMMITMENT_KEY, account_address
from emulator.world.model import Own
from tests.emulator.node.client import (
    BEST,
    LAST_FINAL,
    Client,
    as_bytes,
    at_height,
    by_address,
    by_cred_id,
    by_index,
    client,
    given,
)
from tests.support.node import node_double

ABSENT = ("NOT_FOUND", "account or block not found.")
NO_BLOCK = ("NOT_FOUND", "block not found.")
MISSING = ("INVALID_ARGUMENT", "missing field")
LAST_HEIGHT = 1_000_000


@pytest_asyncio.fixture
async def node() -> AsyncIterator[NodeDouble]:
    async with node_double("edges") as running:
        yield running


@pytest_asyncio.fixture
async def asking(node: NodeDouble) -> AsyncIterator[Client]:
    async with client(node.address) as connected:
        yield connected


def cred_id(node: NodeDouble, counter: int, identity: str = "zero") -> bytes:
    for account in node.chain.accounts:
        for item in account.credentials:
            if item.origin == Own(identity, counter):
                return item.cred_id
    raise KeyError(counter)


# ---- Look-ups ----


async def test_never_deployed_on_a_known_block(asking: Client) -> None:
    assert await asking.refusal("GetAccountInfo", by_cred_id(b"\x80" * 48)) == ABSENT


async def test_unknown_block_looks_the_same(asking: Client, node: NodeDouble) -> None:
    wanted = by_cred_id(cred_id(node, 0), given(bytes(32)))
    assert await asking.refusal("GetAccountInfo", wanted) == ABSENT
    wanted = by_cred_id(cred_id(node, 0), at_height(LAST_HEIGHT + 2))
    assert await asking.refusal("GetAccountInfo", wanted) == ABSENT


async def test_active_credential(asking: Client, node: NodeDouble) -> None:
    account = await asking.account(by_cred_id(cred_id(node, 0)))
    assert account.creds[0].initial.cred_id.value == cred_id(node, 0)
    assert account.address.value == account_address(cred_id(node, 0))
    assert account.encryption_key.value == ON_CHAIN_COMMITMENT_KEY[:48] + cred_id(node, 0)
    assert account.creds[0].initial.HasField("ip_id")
    assert account.creds[0].initial.ip_id.value == 0
    assert not account.HasField("stake")


async def test_removed_credential_finds_the_account_without_it(asking: Client, node: NodeDouble) -> None:
    account = await asking.account(by_cred_id(cred_id(node, 5)))
    assert sorted(account.creds) == [0]
    assert account.creds[0].normal.cred_id.value != cred_id(node, 5)
    while_active = await asking.account(by_cred_id(cred_id(node, 5), at_height(150)))
    assert while_active.creds[1].normal.cred_id.value == cred_id(node, 5)
    assert await asking.refusal("GetAccountInfo", by_cred_id(cred_id(node, 5), at_height(99))) == ABSENT


async def test_later_credential_of_a_shared_account(asking: Client, node: NodeDouble) -> None:
    account = await asking.account(by_cred_id(cred_id(node, 2)))
    assert account.creds[3].normal.cred_id.value == cred_id(node, 2)
    assert account.address.value != account_address(cred_id(node, 2))
    assert sorted(account.creds) == [0, 1, 3, 200]
    assert account.threshold.value == 2


@pytest.mark.parametrize("size", [0, 1, 47, 49])
async def test_wrong_length_of_a_credential_id(asking: Client, size: int) -> None:
    assert await asking.refusal("GetAccountInfo", by_cred_id(bytes(size))) == MISSING


@pytest.mark.parametrize(
    "request_",
    [
        pb.AccountInfoRequest(),
        pb.AccountInfoRequest(block_hash=LAST_FINAL),
        by_cred_id(bytes(48), pb.BlockHashInput()),
        by_cred_id(bytes(48), given(bytes(31))),
        by_address(bytes(31)),
    ],
    ids=["empty", "no account", "no block", "short hash", "short address"],
)
async def test_missing_fields(asking: Client, request_: pb.AccountInfoRequest) -> None:
    assert await asking.refusal("GetAccountInfo", request_) == MISSING


async def test_account_created_after_the_block(asking: Client, node: NodeDouble) -> None:
    new = cred_id(node, 11)
    assert await asking.refusal("GetAccountInfo", by_cred_id(new)) == ABSENT
    assert (await asking.account(by_cred_id(new, BEST))).amount.value == 4600
    assert await asking.refusal("GetAccountInfo", by_address(account_address(new))) == ABSENT


async def test_address_and_its_aliases(asking: Client, node: NodeDouble) -> None:
    address = account_address(cred_id(node, 24))
    for asked in (address, address[:29] + b"\x00\x00\x07"):
        assert (await asking.account(by_address(asked))).address.value == address
    assert await asking.refusal("GetAccountInfo", by_address(address[:28] + bytes(4))) == ABSENT


async def test_account_by_index(asking: Client, node: NodeDouble) -> None:
    account = await asking.account(by_index(19))
    assert account.stake.baker.baker_info.baker_id.value == 19
    assert account.stake.baker.is_suspended
    assert await asking.refusal("GetAccountInfo", by_index(76)) == ABSENT


async def test_filler_accounts_are_accounts(asking: Client, node: NodeDouble) -> None:
    by_number = await asking.account(by_index(node.chain.first_filler_index + 5))
    assert by_number == await asking.account(by_address(filler.address(5)))
    assert by_number == await asking.account(by_cred_id(filler.cred_id(5)))
    last = node.chain.first_filler_index + node.chain.filler_accounts
    assert await asking.refusal("GetAccountInfo", by_index(last)) == ABSENT


async def test_stakes_schedules_and_cooldowns(asking: Client, node: NodeDouble) -> None:
    passive = await asking.account(by_cred_id(cred_id(node, 18)))
    assert passive.stake.delegator.target.WhichOneof("target") == "passive"
    delegator = await asking.account(by_cred_id(cred_id(node, 19)))
    assert delegator.stake.delegator.target.baker.value == 19
    assert [(c.amount.value, c.status) for c in delegator.cooldowns] == [
        (1_000_000, 0),
        (500_000, 1),
        (250_000, 2),
    ]
    locked = await asking.account(by_cred_id(cred_id(node, 20)))
    times = [release.timestamp.value for release in locked.schedule.schedules]
    assert (locked.schedule.total.value, len(times)) == (28_000_000, 7)
    assert times == sorted(times)
    assert locked.available_balance.value == 12_000_000


async def test_several_keys(asking: Client, node: NodeDouble) -> None:
    keys = (await asking.account(by_cred_id(cred_id(node, 14)))).creds[0].normal.keys
    assert sorted(keys.keys) == [0, 1, 2]
    assert all(len(key.ed25519_key) == 32 for key in keys.keys.values())


# ---- Blocks and networks ----


async def test_consensus_info(asking: Client, node: NodeDouble) -> None:
    info = await asking.call("GetConsensusInfo", pb.Empty())
    assert info.genesis_block.value == node.world.network.genesis_hash
    assert info.last_finalized_block_height.value == LAST_HEIGHT
    assert info.best_block_height.value == LAST_HEIGHT + 1
    assert info.protocol_version == 8
    assert (await asking.final()).hash.value == info.last_finalized_block.value


async def test_blocks_by_every_name(asking: Client, node: NodeDouble) -> None:
    final = await asking.final()
    assert (final.height.value, final.finalized) == (LAST_HEIGHT, True)
    assert final == await asking.call("GetBlockInfo", given(final.hash.value))
    assert final == await asking.call("GetBlockInfo", at_height(LAST_HEIGHT))
    best = await asking.call("GetBlockInfo", BEST)
    assert (best.height.value, best.finalized, best.parent_block.value) == (
        LAST_HEIGHT + 1,
        False,
        final.hash.value,
    )
    assert best.slot_time.value - final.slot_time.value == 2000
    genesis = await asking.call("GetBlockInfo", at_height(0))
    assert genesis.hash.value == node.world.network.genesis_hash
    assert node.chain.started - final.slot_time.value == 2000


async def test_hash_fixed_by_the_world(asking: Client) -> None:
    block = await asking.call("GetBlockInfo", at_height(999_990))
    assert block.hash.value.hex() == "0" * 59 + "f4236"
    assert (await asking.call("GetBlockInfo", given(block.hash.value))).height.value == 999_990


async def test_unknown_blocks(asking: Client) -> None:
    for wanted in (given(bytes(32)), given(b"\xff" * 32), at_height(2**64 - 1), at_height(LAST_HEIGHT + 2)):
        assert await asking.refusal("GetBlockInfo", wanted) == NO_BLOCK
        assert await asking.refusal("GetCryptographicParameters", wanted) == NO_BLOCK
    assert await asking.refusal("GetBlockInfo", pb.BlockHashInput()) == MISSING


async def test_relative_heights(asking: Client) -> None:
    relative = pb.BlockHashInput.RelativeHeight(genesis_index=pb.GenesisIndex(value=0), height=pb.BlockHeight(value=12))
    found = await asking.call("GetBlockInfo", pb.BlockHashInput(relative_height=relative))
    assert found.height.value == 12
    relative.genesis_index.value = 1
    wanted = pb.BlockHashInput(relative_height=relative)
    assert await asking.refusal("GetBlockInfo", wanted) == NO_BLOCK


async def test_blocks_at_height(asking: Client) -> None:
    absolute = pb.BlocksAtHeightRequest.Absolute(height=pb.AbsoluteBlockHeight(value=LAST_HEIGHT))
    answer = await asking.call("GetBlocksAtHeight", pb.BlocksAtHeightRequest(absolute=absolute))
    assert [item.value for item in answer.blocks] == [(await asking.final()).hash.value]
    absolute.height.value = LAST_HEIGHT + 5
    answer = await asking.call("GetBlocksAtHeight", pb.BlocksAtHeightRequest(absolute=absolute))
    assert len(answer.blocks) == 0


async def test_cryptographic_parameters(asking: Client) -> None:
    parameters = await asking.call("GetCryptographicParameters", LAST_FINAL)
    assert parameters.on_chain_commitment_key == ON_CHAIN_COMMITMENT_KEY
    assert parameters.genesis_string == "Emulated network of corner cases"
    assert len(parameters.bulletproof_generators) == 24_580


# ---- Lists, metadata, the node itself ----


async def test_account_list(asking: Client, node: NodeDouble) -> None:
    listed = await asking.listed()
    own = {account.address for account in node.chain.accounts if account.created_at <= LAST_HEIGHT}
    assert len(listed) == len(set(listed)) == len(own) + 50
    assert own < set(listed)
    assert len(await asking.listed(BEST)) == len(listed) + 1
    with pytest.raises(grpc.aio.AioRpcError, match="block not found"):
        await asking.listed(given(bytes(32)))


@pytest.mark.parametrize("method", ["GetBlockInfo", "GetCryptographicParameters", "GetAccountList"])
async def test_blockhash_header_names_the_block_used(asking: Client, method: str) -> None:
    final = await asking.final()
    assert await asking.header(method, LAST_FINAL) == final.hash.value.hex()


async def test_blockhash_header_is_absent_on_errors_and_without_a_block(asking: Client, node: NodeDouble) -> None:
    final = (await asking.final()).hash.value.hex()
    assert await asking.header("GetAccountInfo", by_cred_id(cred_id(node, 0))) == final
    assert await asking.header("GetAccountInfo", by_cred_id(bytes(48))) is None
    assert await asking.header("GetConsensusInfo", pb.Empty()) is None


async def test_next_sequence_number(asking: Client, node: NodeDouble) -> None:
    known = pb.AccountAddress(value=account_address(cred_id(node, 0)))
    answer = await asking.call("GetNextAccountSequenceNumber", known)
    assert (answer.sequence_number.value, answer.all_final) == (1, True)
    assert await asking.refusal("GetNextAccountSequenceNumber", pb.AccountAddress(value=b"")) == MISSING


async def test_identity_providers(asking: Client) -> None:
    providers = [item async for item in asking.stub.GetIdentityProviders(LAST_FINAL)]
    assert [item.identity.value for item in providers] == [0, 2**32 - 1]
    assert providers[0].HasField("identity")
    assert len(providers[0].verify_key.value) == 4568


async def test_node_info(asking: Client, node: NodeDouble) -> None:
    info = await asking.call("GetNodeInfo", pb.Empty())
    assert info.peer_version == "10.0.8"
    assert info.local_time.value >= node.chain.started
    assert info.node.WhichOneof("consensus_status") == "passive"


async def test_health_of_a_node_that_is_up_to_date(asking: Client) -> None:
    assert await asking.raw("/concordium.health.Health/Check") == b""
    answer = await asking.raw("/grpc.health.v1.Health/Check")
    assert grpc_health_pb2.HealthCheckResponse.FromString(answer).status == 1
    wanted = grpc_health_pb2.HealthCheckRequest(service="concordium.v2.Queries").SerializeToString()
    assert await asking.raw("/grpc.health.v1.Health/Check", wanted) == answer


async def test_health_of_a_node_that_is_behind(asking: Client, node: NodeDouble) -> None:
    node.set_faults([BlockAge(301)])
    with pytest.raises(grpc.aio.AioRpcError, match="Last finalized block is too far behind") as caught:
        await asking.raw("/concordium.health.Health/Check")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    answer = await asking.raw("/grpc.health.v1.Health/Check")
    assert grpc_health_pb2.HealthCheckResponse.FromString(answer).status == 2


async def test_health_of_unknown_services(asking: Client) -> None:
    wanted = grpc_health_pb2.HealthCheckRequest(service="x").SerializeToString()
    with pytest.raises(grpc.aio.AioRpcError, match="Service not known: x"):
        await asking.raw("/grpc.health.v1.Health/Check", wanted)
    with pytest.raises(grpc.aio.AioRpcError, match="Watch is not implemented"):
        watch = asking.channel.unary_stream("/grpc.health.v1.Health/Watch", as_bytes, as_bytes)
        async for _ in watch(b""):
            pass


async def test_methods_that_are_not_enabled(asking: Client) -> None:
    wanted = pb.TransactionHash(value=hashlib.sha256(b"").digest())
    assert await asking.refusal("GetBlockItemStatus", wanted) == (
        "UNIMPLEMENTED",
        "`GetBlockItemStatus` is not enabled.",
    )
    with pytest.raises(grpc.aio.AioRpcError, match="`GetBlocks` is not enabled"):
        async for _ in asking.stub.GetBlocks(pb.Empty()):
            pass


async def test_bytes_that_are_no_request(asking: Client) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="failed to decode Protobuf") as caught:
        await asking.raw("/concordium.v2.Queries/GetAccountInfo", b"\xff\xff")
    assert caught.value.code() is grpc.StatusCode.INTERNAL
