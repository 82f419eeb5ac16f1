"""A bare gRPC client for the node double's tests: the generated stubs and no logic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest

from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.proto import concordium_pb2_grpc
from emulator.node.double import NodeDouble

DEADLINE = 20.0
"""Seconds; only a broken double lets a call run into it."""

INFO = "GetConsensusInfo"
EMPTY = pb.Empty()
LAST_FINAL = pb.BlockHashInput(last_final=pb.Empty())
BEST = pb.BlockHashInput(best=pb.Empty())


def given(block_hash: bytes) -> pb.BlockHashInput:
    return pb.BlockHashInput(given=pb.BlockHash(value=block_hash))


def at_height(height: int) -> pb.BlockHashInput:
    return pb.BlockHashInput(absolute_height=pb.AbsoluteBlockHeight(value=height))


def by_cred_id(cred_id: bytes, block: pb.BlockHashInput = LAST_FINAL) -> pb.AccountInfoRequest:
    wanted = pb.AccountIdentifierInput(cred_id=pb.CredentialRegistrationId(value=cred_id))
    return pb.AccountInfoRequest(block_hash=block, account_identifier=wanted)


def by_address(address: bytes, block: pb.BlockHashInput = LAST_FINAL) -> pb.AccountInfoRequest:
    wanted = pb.AccountIdentifierInput(address=pb.AccountAddress(value=address))
    return pb.AccountInfoRequest(block_hash=block, account_identifier=wanted)


def by_index(index: int, block: pb.BlockHashInput = LAST_FINAL) -> pb.AccountInfoRequest:
    wanted = pb.AccountIdentifierInput(account_index=pb.AccountIndex(value=index))
    return pb.AccountInfoRequest(block_hash=block, account_identifier=wanted)


def as_bytes(message: bytes) -> bytes:
    return message


def queries(channel: object) -> Any:
    """The generated stub, which has no types of its own."""
    stub: Any = concordium_pb2_grpc.QueriesStub
    return stub(channel)


class Client:
    """Unary calls as `await client.call(...)`, streams as lists, refusals as (status, text)."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.stub = queries(channel)

    async def call(self, method: str, request: Any) -> Any:
        return await getattr(self.stub, method)(request, timeout=DEADLINE)

    async def account(self, request: pb.AccountInfoRequest) -> pb.AccountInfo:
        answer: pb.AccountInfo = await self.call("GetAccountInfo", request)
        return answer

    async def header(self, method: str, request: Any) -> str | None:
        call = getattr(self.stub, method)(request, timeout=DEADLINE)
        metadata = dict(await call.initial_metadata())
        call.cancel()
        return metadata.get("blockhash")

    async def listed(self, block: pb.BlockHashInput = LAST_FINAL) -> list[bytes]:
        call = self.stub.GetAccountList(block, timeout=DEADLINE)
        return [item.value async for item in call]

    async def final(self) -> pb.BlockInfo:
        answer: pb.BlockInfo = await self.call("GetBlockInfo", LAST_FINAL)
        return answer

    async def refusal(self, method: str, request: Any) -> tuple[str, str]:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.call(method, request)
        return caught.value.code().name, caught.value.details() or ""

    async def raw(self, path: str, request: bytes = b"") -> bytes:
        method = self.channel.unary_unary(path, as_bytes, as_bytes)
        answer: bytes = await method(request, timeout=DEADLINE)
        return answer


@asynccontextmanager
async def client(address: str) -> AsyncIterator[Client]:
    """A client with a connection of its own."""
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 4 * 1024 * 1024)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield Client(channel)


def cred_id_on(node: NodeDouble, account: str, position: int = 0) -> bytes:
    """A credential ID by the name that the world gives its account."""
    return next(item for item in node.chain.accounts if item.name == account).credentials[position].cred_id


async def outcome(asking: Client, method: str = INFO, request: object = EMPTY) -> str:
    """ "OK", or the name of the status that a call ends with."""
    try:
        await asking.call(method, request)
    except grpc.aio.AioRpcError as error:
        return error.code().name
    return "OK"
