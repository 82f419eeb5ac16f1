"""One round of questions at a pinned block: each handle answered exactly once, no absence without proof.

When there is another node it is asked as well. "Active" stands if it cannot be asked, "absent" and "removed" do not;
these are also held back until at the end every node they rest on proved that it still knows the block.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from chain.concordium import judgement, queries
from chain.concordium.account import ChainAccount, CredentialStatus
from chain.concordium.channel import Node
from chain.concordium.judgement import Answer, Held, Said
from chain.errors import ChainError, PointLost
from chain.model import Unanswered


class Question(Protocol):
    """How to put a handle to one node, and what the answer means."""

    async def put(self, node: Node, handle: bytes) -> Said:
        """Ask once, retries included.

        :raises ChainError: no answer, or one that cannot be right.
        """
        ...


class CredentialQuestion:
    """The handle is a credential ID (48 bytes)."""

    def __init__(self, block_hash: bytes, *, hashed: bool) -> None:
        self._block_hash = block_hash
        self._hashed = hashed

    async def put(self, node: Node, handle: bytes) -> Said:
        reply = await node.ask(queries.account_by_cred_id(self._block_hash, handle))
        if reply.value is None:
            return Said(node.source, None, reply.tries, negative=True)
        found = judgement.judge_credential(handle, reply.value, node.source, hashed=self._hashed)
        if found.status is CredentialStatus.ACTIVE:
            return Said(node.source, found, reply.tries)
        # "Removed" is also what an answer for another credential looks like. If the ID is some account's first one
        # it cannot have been removed, and that account would be found under the ID's own hash.
        own = await node.ask(queries.account_by_address(self._block_hash, judgement.address_of(handle)))
        if own.value is not None:
            raise judgement.swapped(handle, node.source)
        return Said(node.source, found, reply.tries + own.tries, negative=True)


class AddressQuestion:
    """The handle is an account address (32 bytes)."""

    def __init__(self, block_hash: bytes, *, hashed: bool) -> None:
        self._block_hash = block_hash
        self._hashed = hashed

    async def put(self, node: Node, handle: bytes) -> Said:
        reply = await node.ask(queries.account_by_address(self._block_hash, handle))
        if reply.value is None:
            return Said(node.source, None, reply.tries, negative=True)
        account: ChainAccount = reply.value
        found = judgement.judge_address(handle, account, node.source, hashed=self._hashed)
        return Said(node.source, found, reply.tries)


class Round:
    """The nodes in the order in which they are asked; the first answers, another one confirms."""

    def __init__(self, nodes: Sequence[Node], block_hash: bytes, question: Question) -> None:
        self._nodes = tuple(nodes)
        self._block_hash = block_hash
        self._question = question

    async def answers(self, handles: Sequence[bytes]) -> AsyncGenerator[Answer, None]:
        """Yield one answer for each different handle.

        :raises PointLost: a node no longer knows the block; nothing that is still held back is let go.
        """
        outcomes: asyncio.Queue[Answer | None] = asyncio.Queue()
        producer = asyncio.create_task(self._produce(tuple(dict.fromkeys(handles)), outcomes))
        try:
            while (answer := await outcomes.get()) is not None:
                yield answer
            await producer
        finally:
            producer.cancel()
            with suppress(asyncio.CancelledError, ChainError):
                await producer

    async def _produce(self, handles: Sequence[bytes], outcomes: asyncio.Queue[Answer | None]) -> None:
        held: list[Held] = []

        async def one(handle: bytes) -> None:
            result = await self._resolve(handle)
            if result.rests_on:
                held.append(result)
            else:
                outcomes.put_nowait(result.answer)

        try:
            async with asyncio.TaskGroup() as group:
                for handle in handles:
                    group.create_task(one(handle))
            unproven = await self._proofs(frozenset().union(*(result.rests_on for result in held)))
            for result in held:
                outcomes.put_nowait(judgement.settle(result, unproven))
        finally:
            outcomes.put_nowait(None)

    async def _resolve(self, handle: bytes) -> Held:
        errors: dict[str, ChainError] = {}
        first = await self._ask_any(handle, self._nodes, errors)
        if first is None:
            tries = sum(error.tries for error in errors.values())
            return Held(Unanswered(handle, next(iter(errors.values())), tries))
        others = [node for node in self._nodes if node.source not in errors and node.source != first.source]
        second = await self._ask_any(handle, others, errors)
        if second is not None:
            held = judgement.combine(handle, first, second)
        elif first.final or len(self._nodes) == 1:
            held = judgement.alone(handle, first)
        else:
            return Held(judgement.unconfirmed(handle, first, errors))
        for error in errors.values():
            held = judgement.contradicted(held, error)
        return held

    async def _ask_any(self, handle: bytes, nodes: Sequence[Node], errors: dict[str, ChainError]) -> Said | None:
        """The first node that answers; the errors of those before it are added to `errors`."""
        for node in nodes:
            try:
                return await self._question.put(node, handle)
            except ChainError as error:
                errors[node.source] = error
        return None

    async def _proofs(self, sources: frozenset[str]) -> Mapping[str, ChainError]:
        """Have each of these nodes prove the block; the result holds those that could not be asked.

        :raises PointLost: one does not know it.
        """
        nodes = [node for node in self._nodes if node.source in sources]
        results = await asyncio.gather(*(node.prove(self._block_hash) for node in nodes), return_exceptions=True)
        unproven: dict[str, ChainError] = {}
        for node, result in zip(nodes, results, strict=True):
            if isinstance(result, ChainError) and not isinstance(result, PointLost):
                unproven[node.source] = result
            elif result is not None:
                raise result
        return unproven
