"""One pinned block of a Concordium network: look-ups by credential ID or address, and the list of all accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from chain.concordium.account_list import fetch_account_list
from chain.concordium.account_list_cache import AccountListCache
from chain.concordium.channel import Node
from chain.concordium.codec import CRED_ID_SIZE, HASH_SIZE
from chain.concordium.judgement import Answer
from chain.concordium.look import AddressQuestion, CredentialQuestion, Round
from chain.concordium.together import all_of
from chain.model import AccountList, Point


class ConcordiumView:
    """A `chain.ports.ListingView`. The first node answers, the others confirm; all were checked when it was pinned."""

    def __init__(
        self, nodes: Sequence[Node], point: Point, *, hashed_addresses: bool, cache: AccountListCache | None = None
    ) -> None:
        self._nodes = tuple(nodes)
        self._point = point
        self._hashed = hashed_addresses
        self._cache = cache

    @property
    def point(self) -> Point:
        return self._point

    def look(self, handles: Sequence[bytes]) -> AsyncGenerator[Answer, None]:
        """Answer each credential ID (48 bytes) once; equal ones are one question.

        :raises ValueError: at once, if one has another size.
        :raises PointLost: a node no longer knows the block; ask everything again at another.
        """
        _check_sizes(handles, CRED_ID_SIZE, "credential ID")
        question = CredentialQuestion(self._point.block_hash, hashed=self._hashed)
        return Round(self._nodes, self._point.block_hash, question).answers(handles)

    def look_by_address(self, addresses: Sequence[bytes]) -> AsyncGenerator[Answer, None]:
        """As `look`, for account addresses (32 bytes)."""
        _check_sizes(addresses, HASH_SIZE, "account address")
        question = AddressQuestion(self._point.block_hash, hashed=self._hashed)
        return Round(self._nodes, self._point.block_hash, question).answers(addresses)

    async def confirm(self) -> None:
        """Prove once more that every node knows the block.

        :raises PointLost: one does not.
        :raises ChainError: one could not be asked.
        """
        await all_of(node.prove(self._point.block_hash) for node in self._nodes)

    async def account_list(self, progress: Callable[[int], None] | None = None) -> AccountList:
        """The list of the first node, from the cache of this very block if it is there.

        :raises ChainError: not the whole list.
        """
        point = self._point
        if self._cache is not None:
            cached = await asyncio.to_thread(self._cache.load, point.genesis_hash, point.block_hash)
            if cached is not None:
                return cached
        fetched = await fetch_account_list(self._nodes[0], point.block_hash, progress)
        if self._cache is not None:
            await asyncio.to_thread(self._cache.store, point.genesis_hash, point.block_hash, fetched)
        return fetched


def _check_sizes(handles: Sequence[bytes], size: int, what: str) -> None:
    for handle in handles:
        if len(handle) != size:
            raise ValueError(f"{what}: {size} bytes are needed, one handle has {len(handle)}")
