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
_OF_ANY_CAUSE: Final = (Kind.OTHER, Kind.UNSUPPORTED)
"""Refusals whose cause may be the batch, or each of its questions."""


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
    """Questions about existence at one block of one node. `way` changes until the first answer, and by `distrust`."""

    def __init__(self, link: RpcLink, form: BlockForm) -> None:
        self._link = link
        self._form = form
        self._quick = True
        self._why = ""
        self._most = BATCH_CHUNK
        self._chosen = False
        self._choosing = asyncio.Lock()

    @property
    def way(self) -> Way:
        if self._quick:
            return Way.LENS
        return Way.BATCHES if self._most > 1 else Way.SINGLES

    @property
    def why(self) -> str:
        """What keeps this node from being asked in the quickest way; "" for nothing."""
        if self._most == 1:
            return "; ".join(filter(None, (self._why, "it takes no batches")))
        if self._most < BATCH_CHUNK:
            return "; ".join(filter(None, (self._why, f"it takes no more than {self._most} questions at once")))
        return self._why

    async def see(self, addresses: Sequence[bytes]) -> Found:
        """Each address' own answer or error; every address that was asked is in it.

        :raises NodeUnavailable, BadAnswer: the node answers nothing at all.
        """
        async with self._choosing:
            if not self._chosen and addresses:
                await self._choose(addresses[:SAMPLE])
                self._chosen = True
        size = LENS_CHUNK if self._quick else max(1, BATCH_CHUNK // 3)
        chunks = [addresses[at : at + size] for at in range(0, len(addresses), size)]
        parts = await asyncio.gather(*(self._chunk(chunk) for chunk in chunks))
        return {address: answer for part in parts for address, answer in part.items()}

    async def plainly(self, addresses: Sequence[bytes]) -> Found:
        """As `see`, by plain calls whatever the way is.

        :raises NodeUnavailable, BadAnswer: the node answers nothing at all.
        """
        return await self._by_calls(addresses)

    def distrust(self) -> None:
        """Give up the lens, whose answers plain calls have contradicted."""
        self._quick, self._why = False, "the quick way gave other answers here than plain calls"

    async def nonces(self, addresses: Sequence[bytes]) -> Mapping[bytes, int | None]:
        """The nonces; None where the node did not answer."""
        replies = await self._all("eth_getTransactionCount", addresses)
        return {a: _number(reply, NONCE_LIMIT) for a, reply in zip(addresses, replies, strict=True)}

    async def codes(self, addresses: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
        """The code at each address; None where the node did not answer."""
        replies = await self._all("eth_getCode", addresses)
        return {a: _code(reply) for a, reply in zip(addresses, replies, strict=True)}

    async def batches(self, calls: Sequence[Call]) -> list[Reply]:
        """Replies in the order of the calls, in as large batches as the node takes.

        :raises NodeUnavailable, BadAnswer: it gives no answer to one of them.
        """
        size = self._most
        parts = await asyncio.gather(*(self._batch(calls[at : at + size]) for at in range(0, len(calls), size)))
        return [reply for part in parts for reply in part]

    async def _all(self, method: str, addresses: Sequence[bytes]) -> Sequence[Reply]:
        try:
            return await self.batches([self._call(method, address) for address in addresses])
        except ChainError as error:
            return (Refused(Kind.MISSING, None, error.detail),) * len(addresses)

    async def _chunk(self, addresses: Sequence[bytes]) -> Found:
        """One chunk; what befalls it is no error of the others."""
        try:
            return await (self._by_lens if self._quick else self._by_calls)(addresses)
        except ChainError as error:
            return dict.fromkeys(addresses, error)

    async def _batch(self, calls: Sequence[Call]) -> list[Reply]:
        """One batch; what is refused for its size is asked again in less, down to single calls."""
        replies = list(await self._link.batch(calls))
        again = [at for at, reply in enumerate(replies) if _for_its_size(reply)]
        if len(calls) > 1 and len(again) < len(calls) and await self._is_the_batch(calls[0], replies):
            again = list(range(len(calls)))
        if len(calls) == 1 or not again:
            return replies
        if len(again) < len(calls):
            for at, reply in zip(again, await self._batch([calls[at] for at in again]), strict=True):
                replies[at] = reply
            return replies
        middle = len(calls) // 2
        parts = [*await self._batch(calls[:middle]), *await self._batch(calls[middle:])]
        if any(isinstance(reply, Value) for reply in parts):
            self._most = min(self._most, middle)
        return parts

    async def _is_the_batch(self, first: Call, replies: Sequence[Reply]) -> bool:
        """Whether all were refused, and the first of them is answered when it is asked by itself."""
        if not all(isinstance(reply, Refused) and reply.kind in _OF_ANY_CAUSE for reply in replies):
            return False
        return isinstance((await self._link.batch([first]))[0], Value)

    async def _choose(self, sample: Sequence[bytes]) -> None:
        plain = await self._by_calls(sample)
        try:
            seen = await self._lens(sample)
        except (_LensRefused, ChainError) as error:
            self._quick, self._why = False, f"this node refuses the quick way: {error}"
        else:
            agreed = all(isinstance(p, ChainError) or replace(p, nonce=None) == seen[a] for a, p in plain.items())
            if not agreed:
                self.distrust()
            elif all(isinstance(p, ChainError) for p in plain.values()):
                self._quick, self._why = False, "plain calls did not confirm the quick way here"

    async def _by_lens(self, addresses: Sequence[bytes]) -> Found:
        try:
            return dict(await self._lens(addresses))
        except _LensRefused:
            if len(addresses) > SMALLEST_LENS:
                middle = len(addresses) // 2
                return {**await self._by_lens(addresses[:middle]), **await self._by_lens(addresses[middle:])}
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


def _for_its_size(reply: Reply) -> bool:
    return isinstance(reply, Refused) and reply.kind is Kind.TOO_LARGE


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
