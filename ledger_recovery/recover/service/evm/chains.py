"""All chains of an EVM run: asked together, each at a block of its own; an address is one person's on all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from chain.evm.smart_model import SmartAccount
from chain.model import Point
from ledger_recovery.errors import InputError, NodeError
from ledger_recovery.recover.evm.model import AddressOutcome, Answer, Holding
from ledger_recovery.recover.evm.result import ChainFacts
from ledger_recovery.recover.service.evm.chain_side import ChainSide

Before = Mapping[int, tuple[Point, Mapping[bytes, Answer]]]
"""Chain ID -> the block of an earlier part of this run, and what it answered."""


class Chains:
    """`before`: what a run that goes on knows already."""

    def __init__(self, sides: Sequence[ChainSide], before: Before) -> None:
        self._sides = tuple(sides)
        self._before = before
        self._asked: dict[bytes, None] = {}

    @property
    def all(self) -> tuple[ChainSide, ...]:
        return self._sides

    async def identify(self) -> None:
        """Learn which chain each node is on, before anything is asked of the Ledger.

        :raises NodeError: none of them answers.
        :raises InputError: two are on one chain, or a chain is missing that an earlier part of this run asked.
        """
        await asyncio.gather(*(side.identify() for side in self._sides))
        if self._sides and not self.alive:
            reasons = "; ".join(dict.fromkeys(side.why_not for side in self._sides))
            raise NodeError(
                f"no node answers: {reasons}", "check the network and the --rpc addresses; nothing was concluded"
            )
        self._refuse_doubles()
        known = {side.key for side in self._sides}
        missing = sorted(chain for chain in self._before if chain not in known)
        if missing and all(side.alive for side in self._sides):
            raise InputError(
                f"this run searched chain {', '.join(map(str, missing))} too, and no --rpc leads there",
                "give the same chains as before, each with its --rpc; or begin anew with: ledger-recovery recover",
            )

    async def pin(self) -> None:
        """Pin a block of each chain, unless that was done."""
        await asyncio.gather(*(self._pin(side) for side in self._sides))

    async def look(self, addresses: Iterable[bytes]) -> None:
        """Ask every chain for these addresses, all chains at once."""
        wanted = list(dict.fromkeys(addresses))
        self._asked |= dict.fromkeys(wanted)
        await asyncio.gather(*(side.look(wanted) for side in self._sides))

    async def look_for_smart_accounts(self, named: Sequence[bytes]) -> None:
        """Look for the smart accounts of every address that was asked for, where that was not done yet."""
        owners = list(self._asked)
        await asyncio.gather(*(side.look_for_smart_accounts(owners, named) for side in self._sides))

    async def look_for_tokens(self) -> None:
        """Read tokens of every address that was asked for, and of each chain's smart accounts."""
        await asyncio.gather(
            *(
                side.look_for_tokens([*self._asked, *(account.address for account in side.smart)])
                for side in self._sides
            )
        )

    @property
    def state(self) -> tuple[tuple[int, bool], ...]:
        """Of all sides; another one than before means that something is to be asked again."""
        return tuple(side.state for side in self._sides)

    @property
    def given_up(self) -> tuple[int, ...]:
        """The keys of the sides that answer nothing more in this run."""
        return tuple(side.key for side in self._sides if not side.alive)

    @property
    def alive(self) -> bool:
        """Whether any side may still answer."""
        return any(side.alive for side in self._sides)

    async def confirm(self) -> bool:
        """Whether every chain's answers and block still stand; where they do not, work is left."""
        return all(await asyncio.gather(*(side.confirm() for side in self._sides)))

    def outcomes(self) -> Mapping[bytes, AddressOutcome]:
        """Everything known of every address that was asked for."""
        smart: dict[bytes, list[tuple[int, SmartAccount]]] = {}
        for side in self._sides:
            for account in side.smart:
                smart.setdefault(account.owner, []).append((side.key, account))
        held = self._holders()
        return {a: AddressOutcome(a, self._answers(a), tuple(smart.get(a, ())), held.get(a, ())) for a in self._asked}

    def holdings(self) -> Mapping[bytes, tuple[Holding, ...]]:
        found: dict[bytes, tuple[Holding, ...]] = {}
        for side in self._sides:
            for address, held in side.holdings.items():
                found[address] = (*found.get(address, ()), *held)
        return found

    def facts(self) -> tuple[ChainFacts, ...]:
        return tuple(side.facts() for side in self._sides)

    async def close(self) -> None:
        await asyncio.gather(*(side.close() for side in self._sides))

    def _holders(self) -> Mapping[bytes, tuple[int, ...]]:
        """Who holds a token, and on which chains."""
        found: dict[bytes, dict[int, None]] = {}
        for address, holdings in self.holdings().items():
            chains = {held.chain_id: None for held in holdings if held.amount}
            if chains:
                found[address] = chains
        return {address: tuple(chains) for address, chains in found.items()}

    def _answers(self, address: bytes) -> dict[int, Answer]:
        answers = {side.key: side.answer(address) for side in self._sides}
        return {key: answer for key, answer in answers.items() if answer is not None}

    async def _pin(self, side: ChainSide) -> None:
        point, answers = self._before.get(side.key, (None, {}))
        await side.pin(None if point is None else point.block_hash, answers)

    def _refuse_doubles(self) -> None:
        seen: dict[int, ChainSide] = {}
        for side in self._sides:
            other = seen.setdefault(side.key, side)
            if other is not side:
                raise InputError(
                    f"two nodes are on one chain: {other.label} and {side.label} are both on {side.name} "
                    f"(chain {side.key})",
                    "give one --rpc for each chain",
                )
