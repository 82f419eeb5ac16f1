"""One EVM chain behind one node, and views of it: every answer of a view is of its pinned block."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost
from chain.evm.account import DELEGATION_SIZE, EvmAccount, Kind, Token, delegate_of
from chain.evm.lens.programs import MAX_ADDRESSES, read_balances, token_call
from chain.evm.link import Call, RpcLink
from chain.evm.networks import EvmNetwork, network_of
from chain.evm.pinning import REPLICA_TRIES, ZERO_ADDRESS, PinnedBlock, by_number, chain_id_of, pin, still_known
from chain.evm.quantity import Garbled, data, hex_data
from chain.evm.reply import Kind as RefusalKind
from chain.evm.reply import Refused
from chain.evm.survey import Seen, Survey, Way
from chain.evm.timing import Timing
from chain.model import Point, Presence, Sighting, Unanswered

REVERTED: Final = "REVERTED"
CROSS_CHECKED: Final = 99
"""Addresses of a run that plain calls are asked about again at its end: three batches, under way together."""
_SYSTEM_RANDOM: Final = random.SystemRandom()


class EvmView:
    """One pinned block. `way` and `why`: how addresses are asked for here, for the report."""

    def __init__(self, link: RpcLink, network: EvmNetwork, pinned: PinnedBlock) -> None:
        self._link = link
        self._pinned = pinned
        self._survey = Survey(link, pinned.form)
        self.network = network

    @property
    def point(self) -> Point:
        return self._pinned.point

    @property
    def way(self) -> str:
        return self._survey.way.value

    @property
    def why(self) -> str:
        return self._survey.why

    async def look(self, handles: Sequence[bytes]) -> AsyncIterator[Sighting[EvmAccount] | Unanswered]:
        """Answer each address (20 bytes) exactly once.

        :raises PointLost: the node no longer knows the block; all of this call must be asked again at another.
        """
        wanted = list(dict.fromkeys(handles))
        found: dict[bytes, Seen | ChainError]
        try:
            found = dict(await self._survey.see(wanted))
        except PointLost:
            raise
        except ChainError as error:
            found = dict.fromkeys(wanted, error)
        if any(isinstance(answer, ChainError) for answer in found.values()):
            await self._require_block_if_it_answers()
        accounts = await self._accounts({a: s for a, s in found.items() if isinstance(s, Seen) and s.exists})
        for address in wanted:
            answer = found.get(address) or BadAnswer("no answer", code="NO_ANSWER", source=self._link.label)
            if isinstance(answer, ChainError):
                yield Unanswered(address, answer)
            elif answer.exists:
                yield Sighting(address, Presence.DEPLOYED, accounts[address], (self._link.label,))
            else:
                yield Sighting(address, Presence.ABSENT, None, (self._link.label,))

    async def balances(self, token: Token, addresses: Sequence[bytes]) -> Mapping[bytes, int | None] | None:
        """What each address holds of a token, in its smallest unit; None where that is not known.

        None altogether: this chain has no contract at the token's address, so nobody holds any of it.

        :raises PointLost: the block is gone. :raises BadAnswer, NodeUnavailable: no answer.
        """
        code = (await self._survey.codes([token.address]))[token.address]
        if code is None:
            await self._require_block_if_it_answers()
            return dict.fromkeys(addresses)
        if not code:
            return None
        found: dict[bytes, int | None] = {}
        for at in range(0, len(addresses), MAX_ADDRESSES):
            found |= await self._chunk_balances(token, addresses[at : at + MAX_ADDRESSES])
        return found

    async def call(self, to: bytes, payload: bytes) -> bytes:
        """What a contract (20 bytes) answers to a call at the block.

        :raises PointLost: the block is gone. :raises BadAnswer, NodeUnavailable: no answer.
        """
        return (await self.calls([(to, payload)]))[0]

    async def calls(self, wanted: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """As `call`, for several; all of them, or an error."""
        answers = await self.try_calls(wanted)
        failed = next((answer for answer in answers if isinstance(answer, ChainError)), None)
        if failed is not None:
            raise failed
        return [answer for answer in answers if isinstance(answer, bytes)]

    async def try_calls(self, wanted: Sequence[tuple[bytes, bytes]]) -> list[bytes | ChainError]:
        """Each call's own answer or error, in their order. The contract's own refusal is a BadAnswer, `REVERTED`.

        :raises PointLost: the block is gone. :raises BadAnswer, NodeUnavailable: the node answers nothing at all.
        """
        form = self._pinned.form
        forms: list[Call] = [("eth_call", ({"to": hex_data(to), "data": hex_data(p)}, form)) for to, p in wanted]
        answers: list[bytes | ChainError] = []
        for reply in await self._survey.batches(forms):
            try:
                if isinstance(reply, Refused):
                    answers.append(self._not_run(reply))
                else:
                    answers.append(data(reply.result))
            except Garbled as error:
                answers.append(BadAnswer(str(error), code="GARBLED", source=self._link.label))
        if any(isinstance(answer, ChainError) and answer.code != REVERTED for answer in answers):
            await self._require_block_if_it_answers()
        return answers

    async def contradicts(self, answers: Mapping[bytes, Sighting[EvmAccount]]) -> bool:
        """Whether plain calls give something else than answers that the lens gave at this block; a sample is asked.

        If so the lens is not used any more, and all of its answers are to be asked for again. It is believed when it
        says at first what plain calls say, and some of the accounts that could betray it may not have been among those.

        :raises NodeUnavailable, BadAnswer: no answer.
        """
        if self._survey.way is not Way.LENS:
            return False
        sample = _SYSTEM_RANDOM.sample(sorted(answers), min(CROSS_CHECKED, len(answers)))
        plain = await self._survey.plainly(sample)
        wrong = any(isinstance(seen, Seen) and _differs(answers[address], seen) for address, seen in plain.items())
        if wrong:
            self._survey.distrust()
        return wrong

    async def confirm(self) -> None:
        """Prove that the pinned block is still part of the chain, and that the node still answers at it.

        :raises PointLost: it is not: what was answered may be of a branch that died.
        """
        point = self.point
        header = await by_number(self._link, point.height)
        if header is None or header.block_hash != point.block_hash:
            raise self._lost("is not part of the chain any more")
        await self._require_block()

    def _not_run(self, refused: Refused) -> ChainError:
        source = self._link.label
        if refused.kind is RefusalKind.REVERTED:
            return BadAnswer("the contract refuses the call", code=REVERTED, source=source)
        told = f"the node {source} did not run the call: {refused.text}"
        return NodeUnavailable(told, code="CALL_REFUSED", source=source)

    async def _chunk_balances(self, token: Token, chunk: Sequence[bytes]) -> Mapping[bytes, int | None]:
        call: Call = ("eth_call", ({"data": hex_data(token_call(token.address, chunk))}, self._pinned.form))
        reply = (await self._link.batch([call]))[0]
        try:
            if not isinstance(reply, Refused):
                return dict(zip(chunk, read_balances(data(reply.result), len(chunk)), strict=True))
        except ValueError:
            pass
        return await self._single_balances(token, chunk)

    async def _single_balances(self, token: Token, chunk: Sequence[bytes]) -> Mapping[bytes, int | None]:
        payloads = [bytes.fromhex("70a08231") + bytes(12) + address for address in chunk]
        answers = await self.try_calls([(token.address, payload) for payload in payloads])
        return {a: _word(answer) for a, answer in zip(chunk, answers, strict=True)}

    async def _accounts(self, seen: Mapping[bytes, Seen]) -> Mapping[bytes, EvmAccount]:
        """Nonces of all that exist, and the code where its size is that of a delegation."""
        unread = [a for a, s in seen.items() if s.nonce is None]
        nonces = await self._survey.nonces(unread) if unread else {}
        short = [a for a, s in seen.items() if s.code_size == DELEGATION_SIZE]
        codes = await self._survey.codes(short) if short else {}
        return {a: _account(s, nonces.get(a), codes.get(a)) for a, s in seen.items()}

    async def _require_block(self) -> None:
        """:raises PointLost: the node knows the block no more, or keeps no state of it."""
        point = self.point
        if not await still_known(self._link, point.block_hash):
            raise self._lost("is not known to the node any more")
        probe: Call = ("eth_getBalance", (ZERO_ADDRESS, self._pinned.form))
        for _ in range(REPLICA_TRIES):
            if not isinstance((await self._link.batch([probe]))[0], Refused):
                return
        raise self._lost("has no state any more on the node, which keeps that of the newest blocks only")

    async def _require_block_if_it_answers(self) -> None:
        """After a failure: was it the block? A node that is silent altogether has answered nothing, and that stands.

        :raises PointLost: it was.
        """
        try:
            await self._require_block()
        except PointLost:
            raise
        except ChainError:
            return

    def _lost(self, how: str) -> PointLost:
        told = f"the pinned block {self.point.height} {how}"
        return PointLost(told, code="POINT_LOST", source=self._link.label)


class EvmChain:
    """One network behind one node.

    :param network: what the node must be on; None takes the chain that it names, out of `networks`.
    """

    def __init__(
        self, url: str, network: EvmNetwork | None, networks: Mapping[int, EvmNetwork], timing: Timing | None = None
    ) -> None:
        self._link = RpcLink(url, timing or Timing())
        self._network = network
        self._networks = networks

    @property
    def sources(self) -> tuple[str, ...]:
        """The node, as host and port; nothing else of its URL is ever shown."""
        return (self._link.label,)

    async def network(self) -> EvmNetwork:
        """The network, asked for when nobody named it."""
        if self._network is None:
            self._network = network_of(await chain_id_of(self._link), self._networks)
        return self._network

    async def pin(self, at: bytes | None = None) -> EvmView:
        """Pin the newest block of the best finality that the node offers; or with `at` (32 bytes) that very block.

        :raises BadAnswer: another chain (both IDs in the text). :raises PointLost: `at` is not known any more.
        :raises NodeUnavailable: no answer.
        """
        network = await self.network()
        return EvmView(self._link, network, await pin(self._link, network, datetime.now(UTC), at))

    async def close(self) -> None:
        await self._link.close()


def _differs(told: Sighting[EvmAccount], seen: Seen) -> bool:
    if told.detail is None:
        return seen.exists
    return (told.detail.balance, told.detail.code_size) != (seen.balance, seen.code_size)


def _account(seen: Seen, nonce: int | None, code: bytes | None) -> EvmAccount:
    own = seen.nonce if seen.nonce is not None else nonce
    if not seen.code_size:
        return EvmAccount(Kind.EOA, own, seen.balance, 0)
    if seen.code_size != DELEGATION_SIZE:
        return EvmAccount(Kind.CONTRACT, own, seen.balance, seen.code_size)
    if code is None or len(code) != seen.code_size:
        return EvmAccount(Kind.CODE_UNREAD, own, seen.balance, seen.code_size)
    delegate = delegate_of(code)
    kind = Kind.CONTRACT if delegate is None else Kind.DELEGATED
    return EvmAccount(kind, own, seen.balance, seen.code_size, delegate)


def _word(answer: bytes | ChainError) -> int | None:
    return int.from_bytes(answer, "big") if isinstance(answer, bytes) and len(answer) == 32 else None
