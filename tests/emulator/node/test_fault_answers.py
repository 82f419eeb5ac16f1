"""Faults in the answers themselves: bytes, metadata and streams; and TLS."""

from __future__ import annotations

import asyncio
import ssl

import grpc
import grpc.aio
import pytest
from google.protobuf.message import DecodeError

from chain.concordium.proto import concordium_pb2 as pb
from emulator.node import effects
from emulator.node.double import NodeDouble
from emulator.node.effects import Effect
from emulator.world import filler
from tests.emulator.node.client import (
    EMPTY,
    INFO,
    LAST_FINAL,
    Client,
    by_cred_id,
    client,
    cred_id_on,
    outcome,
    queries,
)
from tests.support.node import node_double


async def account_bytes(asking: Client, node: NodeDouble) -> bytes:
    # As bytes: grpc.aio hands a message that it cannot read to its caller as None and not as an error.
    request = by_cred_id(cred_id_on(node, "A")).SerializeToString()
    return await asking.raw("/concordium.v2.Queries/GetAccountInfo", request)


@pytest.mark.parametrize("effect", [effects.Garbage(), effects.Truncate(0.5)], ids=["garbage", "truncated"])
async def test_answers_that_are_no_message(asking: Client, node: NodeDouble, effect: Effect) -> None:
    whole = await account_bytes(asking, node)
    node.set_faults([effect])
    broken = await account_bytes(asking, node)
    assert 0 < len(broken) < len(whole)
    with pytest.raises(DecodeError):
        pb.AccountInfo.FromString(broken)


async def test_oversized_answer_exceeds_the_default_limit_of_grpc(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Oversize()])
    request = by_cred_id(cred_id_on(node, "A"))
    assert await outcome(asking, "GetAccountInfo", request) == "RESOURCE_EXHAUSTED"
    node.set_faults([effects.Oversize(100_000)])
    assert (await asking.account(request)).amount.value == 1_000_000_000


async def test_truncated_to_nothing_is_an_empty_message(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Truncate(0)])
    assert await asking.account(by_cred_id(cred_id_on(node, "A"))) == pb.AccountInfo()


async def test_blockhash_header_wrong_or_missing(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.BlockHashHeader("ab" * 32)])
    assert await asking.header("GetBlockInfo", LAST_FINAL) == "ab" * 32
    node.set_faults([effects.BlockHashHeader()])
    assert await asking.header("GetBlockInfo", LAST_FINAL) is None


async def test_list_cut_with_an_error(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Cut(10)])
    seen = []
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for item in asking.stub.GetAccountList(LAST_FINAL):
            seen.append(item.value)
    assert (caught.value.code(), len(seen)) == (grpc.StatusCode.UNAVAILABLE, 10)


async def test_list_cut_as_if_it_were_whole(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.Cut(10, status=None)])
    assert len(await asking.listed()) == 10


async def test_list_reordered_and_repeated(asking: Client, node: NodeDouble) -> None:
    plain = await asking.listed()
    assert len(plain) == 45
    node.set_faults([effects.Shuffle(3), effects.Duplicate(2)])
    mixed = await asking.listed()
    assert mixed[::2] != plain
    assert sorted(mixed[::2]) == sorted(plain)
    assert mixed[::2] == mixed[1::2]


async def test_own_accounts_are_spread_over_the_list(node: NodeDouble, asking: Client) -> None:
    fillers = {filler.address(number) for number in range(40)}
    places = [place for place, item in enumerate(await asking.listed()) if item not in fillers]
    assert len(places) == 5
    assert places[-1] - places[0] > 20


# ---- TLS ----


async def test_tls_with_a_certificate_of_its_own() -> None:
    async with node_double("empty", tls=True) as node:
        assert node.certificate is not None
        credentials = grpc.ssl_channel_credentials(node.certificate)
        async with grpc.aio.secure_channel(node.address, credentials) as channel:
            info = await queries(channel).GetConsensusInfo(EMPTY, timeout=20)
            assert info.genesis_block.value == node.world.network.genesis_hash
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", node.port, ssl=context)
        async with client(node.address) as plain:
            assert (await plain.refusal(INFO, EMPTY))[0] == "UNAVAILABLE"
