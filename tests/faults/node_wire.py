"""A node in memory behind the client's Connection protocol: the emulator's answers and faults, without a socket.

Errors are those that grpc makes of the same fault; test_node_sockets.py holds this file to real sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chain.concordium.connection import MAX_MESSAGE, RawReply
from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.retry import StatusError
from chain.concordium.stream_reader import IDLE_SECONDS
from emulator.node import effects
from emulator.node.answers import Answer, Method, method_at
from emulator.node.effects import Effect
from emulator.node.faults import Call, Fault, FaultPlan, FaultRunner
from emulator.node.refusal import Refusal
from emulator.node.state import ChainState
from emulator.node.view import TRUE_VIEW, View
from emulator.world.chain import Chain

LATENCY = 0.01
_OF_A_BLOCK = frozenset({"GetAccountInfo", "GetBlockInfo"})
"""What these say depends on the chain, the question and the last finalized block, and on nothing else."""

_said: dict[int, tuple[Chain, dict[tuple[str, bytes, int], Answer | Refusal]]] = {}
"""By the chain's identity; the chain is kept, so that no other one gets its place in memory."""

Faults = Sequence[Fault | Effect]


@dataclass
class WireNode:
    """One node, any number of connections to it. `arrived` is told each call's number before it is answered.

    `trickle`: seconds between two elements of a stream.
    """

    state: ChainState
    faults: Faults = ()
    calls: list[Call] = field(default_factory=list)
    arrived: Callable[[int], None] = lambda number: None
    trickle: float = 0.0
    _opened: int = 0

    def __post_init__(self) -> None:
        self.set_faults(self.faults)

    def set_faults(self, faults: Faults) -> None:
        """Replace all faults, with counters at zero."""
        self._runner = FaultRunner(FaultPlan.of(*faults))

    def connect(self) -> WireConnection:
        self._opened += 1
        return WireConnection(self, self._opened)

    def answer(self, method: Method, view: View, payload: bytes) -> Answer:
        """What an undisturbed node says. While its chain stands still that is the same in thousands of scans.

        :raises Refusal: it has no answer.
        """
        if view is not TRUE_VIEW or method.name not in _OF_A_BLOCK:
            return method.answer(self.state, view, payload)
        _, said = _said.setdefault(id(self.state.chain), (self.state.chain, {}))
        question = method.name, payload, self.state.finalized_height(view)
        if question not in said:
            try:
                said[question] = method.answer(self.state, view, payload)
            except Refusal as refusal:
                said[question] = refusal
        known = said[question]
        if isinstance(known, Refusal):
            raise Refusal(known.status, known.text)
        return known

    def count(self, method: str, payload: bytes, connection: int) -> Sequence[Effect]:
        """Note a call; the effects that it meets."""
        call = Call(len(self.calls) + 1, method, connection, *_asked(method, payload))
        self.calls.append(call)
        self.arrived(call.number)
        return self._runner.effects(call)


@dataclass
class WireConnection:
    """A `chain.concordium.connection.Connection`."""

    node: WireNode
    number: int

    async def unary(self, path: str, payload: bytes, timeout: float) -> RawReply:
        answer, met = await self._begin(path, payload, timeout)
        try:
            message = next(_messages(answer, met), None)
        except Refusal as refusal:
            raise StatusError(refusal.status, refusal.text) from None
        if message is None:
            raise StatusError("UNKNOWN", "Unexpected: the handler gave no message")
        return RawReply(_received(message), _header(answer, met))

    async def stream(
        self, path: str, payload: bytes, on_header: Callable[[str | None], None], on_element: Callable[[bytes], None]
    ) -> None:
        answer, met = await self._begin(path, payload, IDLE_SECONDS)
        on_header(_header(answer, met))
        try:
            for message in _messages(answer, met):
                await asyncio.sleep(self.node.trickle)
                on_element(_received(message))
        except Refusal as refusal:
            raise StatusError(refusal.status, refusal.text) from None

    async def close(self) -> None:
        return None

    async def _begin(self, path: str, payload: bytes, timeout: float) -> tuple[Answer, Sequence[Effect]]:
        method = method_at(path)
        met = self.node.count(method.name, payload, self.number)
        await self._wait(met, timeout)
        view = TRUE_VIEW
        for effect in met:
            if isinstance(effect, effects.Reset):
                raise StatusError("UNAVAILABLE", "recvmsg:Connection reset by peer")
            if isinstance(effect, effects.Fail):
                refusal = effect.refusal(method.name)
                raise StatusError(refusal.status, refusal.text)
            if isinstance(effect, effects.ViewEffect):
                view = effect.seen(view)
        try:
            return self.node.answer(method, view, payload), met
        except Refusal as refusal:
            raise StatusError(refusal.status, refusal.text) from None

    async def _wait(self, met: Sequence[Effect], timeout: float) -> None:
        delay = LATENCY + sum(effect.seconds for effect in met if isinstance(effect, effects.Delay))
        if delay >= timeout or any(isinstance(effect, effects.Hang | effects.Mute) for effect in met):
            await asyncio.sleep(timeout)
            raise StatusError("DEADLINE_EXCEEDED", "Deadline Exceeded")
        await asyncio.sleep(delay)


def _messages(answer: Answer, met: Sequence[Effect]) -> Iterator[bytes]:
    messages = iter(answer.messages)
    for effect in met:
        if isinstance(effect, effects.StreamEffect):
            messages = effect.streamed(messages)
        elif isinstance(effect, effects.MessageEffect):
            messages = map(effect.altered, messages)
    return messages


def _received(message: bytes) -> bytes:
    if len(message) > MAX_MESSAGE:
        text = f"CLIENT: Received message larger than max ({len(message)} vs. {MAX_MESSAGE})"
        raise StatusError("RESOURCE_EXHAUSTED", text)
    return message


def _header(answer: Answer, met: Sequence[Effect]) -> str | None:
    content = None if answer.block is None else answer.block.hash.hex()
    for effect in met:
        if isinstance(effect, effects.BlockHashHeader):
            content = effect.content
    return content


def _asked(method: str, payload: bytes) -> tuple[bytes | None, str | None]:
    """The key that a look-up asks for, so that a fault can be meant for one credential."""
    if method != "GetAccountInfo":
        return None, None
    identifier = pb.AccountInfoRequest.FromString(payload).account_identifier
    choice = identifier.WhichOneof("account_identifier_input")
    if choice == "account_index":
        return identifier.account_index.value.to_bytes(8, "big"), choice
    return (identifier.cred_id.value if choice == "cred_id" else identifier.address.value), choice
