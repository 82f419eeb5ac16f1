"""Which addresses exist at the pinned block: by the lens, else by plain batches, else by single calls.

The way is chosen once, on the first question, and the lens is believed only after plain calls confirmed what it says
of a sample: some virtual machines give EXTCODEHASH another meaning. Whatever a reply does not prove is an error of
that one address, never an absence and never its neighbour's answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import Final

from chain.errors import BadAnswer, ChainError, NodeUnavailable
from chain.evm.lens.programs import AccountWord, account_call, read_accounts
from chain.evm.link import Call, RpcLink
from chain.evm.pinning import BlockForm
from chain.evm.quantity import Garbled, data, hex_data, quantity
from chain.evm.reply import Kind, Refused, Reply, Value

LENS_CHUNK: Final = 600
SMALLEST_LENS: Final = 20
BATCH_CHUNK: Final = 99
"""Calls in one batch: three for an address."""
SAMPLE: Final = 8
NONCE_LIMIT: Final = 2**64
"""EIP-2681."""
_SILENCE: Final = (Kind.RATE, Kind.MISSING)
"""Refusals that a smaller batch would meet as well."""


@unique
class Way(Enum):
    """How addresses are asked for; the report tells it."""

    LENS = "one call for hundreds of addresses"
    BATCHES = "batches of plain calls"
    SINGLES = "single calls"


@dataclass(frozen=True, slots=True)
class Seen:
    """An answered address. `nonce`: None where the lens answered, which cannot see it."""

    exists: bool
    balance: int
    code_size: int
    nonce: int | None = None


Found = Mapping[bytes, Seen | ChainError]


class Survey:
    """Questions about existence at one block of one node. `way` and `why` may change until the first answer."""

    def __init__(self, link: RpcLink, form: BlockForm) -> None:
        self._link = link
        self._form = form
        self.way = Way.LENS
        self.why = ""
        self._chosen = False
        self._choosing = asyncio.Lock()

    async def see(self, addresses: Sequence[bytes]) -> Found:
        """Each address' own answer or error; every address that was asked is in it.

        :raises NodeUnavailable, BadAnswer: the node answers nothing at all.
        """
        async with self._choosing:
            if not self._chosen and addresses:
                await self._choose(addresses[:SAMPLE])
                self._chosen = True
        size = LENS_CHUNK if self.way is Way.LENS else max(1, BATCH_CHUNK // 3)
        chunks = [addresses[at : at + size] for at in range(0, len(addresses), size)]
        see = self._by_lens if self.way is Way.LENS else self._by_calls
        parts = await asyncio.gather(*(see(chunk) for chunk in chunks))
        return {address: answer for part in parts for address, answer in part.items()}

    async def nonces(self, addresses: Sequence[bytes]) -> Mapping[bytes, int | None]:
        """The nonces; None where the node did not answer."""
        calls = [self._call("eth_getTransactionCount", address) for address in addresses]
        replies = await self.batches(calls)
        return {a: _number(reply, NONCE_LIMIT) for a, reply in zip(addresses, replies, strict=True)}

    async def codes(self, addresses: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
        """The code at each address; None where the node did not answer."""
        replies = await self.batches([self._call("eth_getCode", address) for address in addresses])
        return {a: _code(reply) for a, reply in zip(addresses, replies, strict=True)}

    async def batches(self, calls: Sequence[Call]) -> list[Reply]:
        """Replies in the order of the calls, in as large batches as the node takes."""
        size = 1 if self.way is Way.SINGLES else BATCH_CHUNK
        parts = await asyncio.gather(*(self._batch(calls[at : at + size]) for at in range(0, len(calls), size)))
        return [reply for part in parts for reply in part]

    async def _batch(self, calls: Sequence[Call]) -> list[Reply]:
        """One batch; one that is too large is halved, down to single calls."""
        replies = list(await self._link.batch(calls))
        if len(calls) > 1 and all(isinstance(r, Refused) and r.kind not in _SILENCE for r in replies):
            middle = len(calls) // 2
            return [*await self._batch(calls[:middle]), *await self._batch(calls[middle:])]
        return replies

    async def _choose(self, sample: Sequence[bytes]) -> None:
        plain = await self._by_calls(sample)
        try:
            seen = await self._lens(sample)
        except (_LensRefused, ChainError) as error:
            self.way, self.why = Way.BATCHES, f"this node refuses the quick way: {error}"
        else:
            agreed = all(isinstance(p, ChainError) or replace(p, nonce=None) == seen[a] for a, p in plain.items())
            if agreed and not all(isinstance(p, ChainError) for p in plain.values()):
                return
            self.way, self.why = Way.BATCHES, "the quick way gave other answers here than plain calls"
        if len(sample) > 1 and not await self._takes_batches(sample):
            self.way, self.why = Way.SINGLES, self.why + "; and it takes no batches"

    async def _takes_batches(self, sample: Sequence[bytes]) -> bool:
        """Whether batches are answered; silence says nothing about that."""
        replies = await self._link.batch([self._call("eth_getBalance", address) for address in sample])
        return any(isinstance(reply, Value) or reply.kind in _SILENCE for reply in replies)

    async def _by_lens(self, addresses: Sequence[bytes]) -> Found:
        try:
            return dict(await self._lens(addresses))
        except _LensRefused as refused:
            if len(addresses) > SMALLEST_LENS:
                middle = len(addresses) // 2
                return {**await self._by_lens(addresses[:middle]), **await self._by_lens(addresses[middle:])}
            del refused
            return await self._by_calls(addresses)

    async def _lens(self, addresses: Sequence[bytes]) -> Mapping[bytes, Seen]:
        call: Call = ("eth_call", ({"data": hex_data(account_call(addresses))}, self._form))
        reply = (await self._link.batch([call]))[0]
        if isinstance(reply, Refused):
            raise _LensRefused(reply.text or reply.kind.value)
        try:
            words = read_accounts(data(reply.result), len(addresses))
        except ValueError as error:
            raise _LensRefused(str(error)) from None
        return {a: _seen(word) for a, word in zip(addresses, words, strict=True)}

    async def _by_calls(self, addresses: Sequence[bytes]) -> Found:
        methods = ("eth_getBalance", "eth_getTransactionCount", "eth_getCode")
        replies = await self.batches([self._call(m, a) for a in addresses for m in methods])
        thirds = [replies[at : at + 3] for at in range(0, len(replies), 3)]
        return {a: self._plain(three) for a, three in zip(addresses, thirds, strict=True)}

    def _plain(self, replies: Sequence[Reply]) -> Seen | ChainError:
        refused = next((r for r in replies if isinstance(r, Refused)), None)
        if refused is not None:
            told = f"the node {self._link.label} did not answer: {refused.text}"
            return NodeUnavailable(told, code=refused.kind.value.upper().replace("-", "_"), source=self._link.label)
        balance, nonce, code = _number(replies[0]), _number(replies[1], NONCE_LIMIT), _code(replies[2])
        if balance is None or nonce is None or code is None:
            told = f"the node {self._link.label} answered with something that is no balance, nonce or code"
            return BadAnswer(told, code="GARBLED", source=self._link.label)
        return Seen(bool(balance or nonce or code), balance, len(code), nonce)

    def _call(self, method: str, address: bytes) -> Call:
        return (method, (hex_data(address), self._form))


class _LensRefused(Exception):
    """The node did not run the lens, or its answer is not the lens'."""


def _seen(word: AccountWord) -> Seen:
    return Seen(word.exists, word.balance, word.code_size)


def _number(reply: Reply, limit: int = 2**256) -> int | None:
    try:
        return quantity(reply.result, limit) if isinstance(reply, Value) else None
    except Garbled:
        return None


def _code(reply: Reply) -> bytes | None:
    try:
        return data(reply.result) if isinstance(reply, Value) else None
    except Garbled:
        return None
