"""The gRPC edge: admits calls within the node's limits, applies the faults, and sends what `answers` gives.

Messages travel as bytes, so that an answer can also be one that no message type allows.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from chain.concordium.proto import concordium_pb2 as pb
from emulator.node import effects
from emulator.node.answers import Answer, Method, method_at
from emulator.node.faults import NO_FAULTS, Call, FaultPlan, FaultRunner
from emulator.node.refusal import Refusal
from emulator.node.state import ChainState
from emulator.node.view import TRUE_VIEW

Context = grpc.aio.ServicerContext[Any, Any]
Sleep = Callable[[float], Awaitable[object]]

if TYPE_CHECKING:
    _Handler = grpc.GenericRpcHandler[bytes, bytes]
else:
    # Generic in its stub only.
    _Handler = grpc.GenericRpcHandler


class NodeService(_Handler):
    """Serves every method of a node on one gRPC server.

    :param connection_of: number of the connection behind a peer's port
    :param reset: resets a connection
    :param arrived: told of each call before it is answered
    """

    def __init__(
        self,
        state: ChainState,
        *,
        connection_of: Callable[[int], int],
        reset: Callable[[int], None],
        arrived: Callable[[Call], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._state = state
        self._connection_of = connection_of
        self._reset = reset
        self._arrived = arrived
        self._sleep = sleep
        self._count = 0
        self._in_flight = 0
        self.set_faults(NO_FAULTS)

    def set_faults(self, plan: FaultPlan) -> None:
        """Use another plan, its counters at zero, for calls from now on."""
        self._runner = FaultRunner(plan)
        self._limits = plan.limits
        self._per_connection: dict[int, asyncio.Semaphore] = defaultdict(self._connection_slots)
        self._workers: dict[effects.Delay, asyncio.Semaphore] = {}

    def _connection_slots(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self._limits.per_connection)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Find the handler of a method; requests and answers stay bytes."""
        method = method_at(handler_call_details.method)

        async def one(request: bytes, context: Context) -> bytes:
            return await self._one(method, request, context)

        async def stream(request: bytes, context: Context) -> AsyncIterator[bytes]:
            async for message in self._stream(method, request, context):
                yield message

        if method.streams:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(one)

    async def _one(self, method: Method, request: bytes, context: Context) -> bytes:
        try:
            met, answer = await self._begin(method, request, context)
            return next(_messages(answer, met))
        except Refusal as refusal:
            return await _abort(context, refusal)

    async def _stream(self, method: Method, request: bytes, context: Context) -> AsyncIterator[bytes]:
        try:
            met, answer = await self._begin(method, request, context)
            for message in _messages(answer, met):
                yield message
        except Refusal as refusal:
            await _abort(context, refusal)

    async def _begin(self, method: Method, request: bytes, context: Context) -> tuple[Sequence[effects.Effect], Answer]:
        """All up to the first reply, which is what the node's limits are about."""
        call = self._call(method, request, context)
        met = self._runner.effects(call)
        self._arrived(call)
        await self._connection_effects(call, met)
        async with self._admitted(call.connection):
            await self._wait(met)
            for effect in met:
                if isinstance(effect, effects.Fail):
                    raise effect.refusal(method.name)
            view = TRUE_VIEW
            for effect in met:
                if isinstance(effect, effects.ViewEffect):
                    view = effect.seen(view)
            answer = method.answer(self._state, view, request)
            await context.send_initial_metadata(_metadata(answer, met))
        return met, answer

    def _call(self, method: Method, request: bytes, context: Context) -> Call:
        self._count += 1
        port = int(context.peer().rpartition(":")[2])
        key_kind, key, block = _asked(method, request)
        return Call(self._count, method.name, self._connection_of(port), key, key_kind, block)

    async def _connection_effects(self, call: Call, met: Sequence[effects.Effect]) -> None:
        for effect in met:
            if isinstance(effect, effects.Reset):
                self._reset(call.connection)
            if isinstance(effect, effects.Reset | effects.Hang):
                await asyncio.Event().wait()

    async def _wait(self, met: Sequence[effects.Effect]) -> None:
        for effect in met:
            if not isinstance(effect, effects.Delay):
                continue
            if effect.workers is None:
                await self._sleep(effect.seconds)
                continue
            async with self._workers.setdefault(effect, asyncio.Semaphore(effect.workers)):
                await self._sleep(effect.seconds)

    @asynccontextmanager
    async def _admitted(self, connection: int) -> AsyncIterator[None]:
        """The node's layers, outermost first: slots of the connection, time limit, slots of the node."""
        async with self._per_connection[connection]:
            timeout = asyncio.timeout(self._limits.seconds)
            try:
                async with timeout:
                    if self._in_flight >= self._limits.total:
                        raise effects.Fail("RESOURCE_EXHAUSTED").refusal("")
                    self._in_flight += 1
                    try:
                        yield
                    finally:
                        self._in_flight -= 1
            except TimeoutError:
                raise effects.Fail("CANCELLED").refusal("") from None


async def _abort(context: Context, refusal: Refusal) -> bytes:
    await context.abort(grpc.StatusCode[refusal.status], refusal.text)
    raise refusal


def _messages(answer: Answer, met: Sequence[effects.Effect]) -> Iterator[bytes]:
    messages = iter(answer.messages)
    for effect in met:
        if isinstance(effect, effects.StreamEffect):
            messages = effect.streamed(messages)
        elif isinstance(effect, effects.MessageEffect):
            messages = map(effect.altered, messages)
    return messages


def _metadata(answer: Answer, met: Sequence[effects.Effect]) -> tuple[tuple[str, str], ...]:
    content = None if answer.block is None else answer.block.hash.hex()
    for effect in met:
        if isinstance(effect, effects.BlockHashHeader):
            content = effect.content
    return () if content is None else (("blockhash", content),)


def _asked(method: Method, request: bytes) -> tuple[str | None, bytes | None, str | None]:
    """What a call asks for, for the log and for faults on single accounts; a bad request asks for nothing."""
    if method.name != "GetAccountInfo":
        return None, None, None
    message = pb.AccountInfoRequest()
    try:
        message.ParseFromString(request)
    except DecodeError:
        return None, None, None
    given = message.block_hash.given.value.hex() or message.block_hash.WhichOneof("block_hash_input")
    identifier = message.account_identifier
    choice = identifier.WhichOneof("account_identifier_input")
    if choice == "cred_id":
        return choice, identifier.cred_id.value, given
    if choice == "address":
        return choice, identifier.address.value, given
    return choice, identifier.account_index.value.to_bytes(8, "big"), given
