"""Three co-owners make thousands of Safe candidates of one owner: others get their turn, and cancelling works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from chain.evm.account import EvmAccount, Kind
from chain.evm.client import EvmView
from chain.evm.networks import EvmNetwork
from chain.evm.safe import RECIPES, safe_address
from chain.evm.smart_accounts import AT_ONCE, GAP, TURN, find_smart_accounts
from chain.model import Presence, Sighting

OWNER = b"\x0a" * 20
NAMED = [bytes([n]) * 20 for n in (1, 2, 3)]
CANDIDATES = (1 * 1 + 6 * 2 + 18 * 3 + 24 * 4) * len(RECIPES) * GAP
"""Orders of one to four owners, each with as many thresholds as owners."""


class EmptyChain:
    """Holds nothing but the addresses of `there`; notes how many addresses came in each question."""

    network = EvmNetwork("empty", 7)

    def __init__(self, *there: bytes) -> None:
        self.there = there
        self.asked: list[int] = []

    async def look(self, addresses: Sequence[bytes]) -> AsyncIterator[Sighting[EvmAccount]]:
        self.asked.append(len(addresses))
        for address in addresses:
            if address in self.there:
                yield Sighting(address, Presence.DEPLOYED, EvmAccount(Kind.EOA, 0, 5, 0), ("empty",))
            else:
                yield Sighting(address, Presence.ABSENT, None, ("empty",))

    async def try_calls(self, wanted: Sequence[Any]) -> list[bytes]:
        return [b"" for _ in wanted]


def searching(chain: EmptyChain) -> Any:
    return find_smart_accounts(cast(EvmView, chain), [OWNER], NAMED)


async def test_others_get_their_turn_while_candidates_are_computed() -> None:
    chain, turns = EmptyChain(), 0
    task = asyncio.create_task(searching(chain))
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert (await task).asked == sum(chain.asked) >= CANDIDATES
    assert turns >= CANDIDATES // TURN
    assert max(chain.asked) <= AT_ONCE < CANDIDATES, "what is asked at once is bounded, and so is the memory it takes"


async def test_a_cancelled_search_computes_and_asks_nothing_more() -> None:
    chain = EmptyChain()
    task = asyncio.create_task(searching(chain))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sum(chain.asked) < CANDIDATES


async def test_every_part_is_searched_and_a_hit_in_any_leads_on() -> None:
    """A Safe of all four owners, and one of the owner alone whose salt is the last that is asked at first."""
    together = safe_address(RECIPES[0], (OWNER, *NAMED), 4, 0)
    last, behind = (safe_address(RECIPES[-1], (OWNER,), 1, salt) for salt in (GAP - 1, 2 * GAP - 1))
    found = await searching(EmptyChain(together, last, behind))
    assert {s.address: (len(s.first_owners), s.salt) for s in found.found} == {
        together: (4, 0),
        last: (1, GAP - 1),
        behind: (1, 2 * GAP - 1),
    }
