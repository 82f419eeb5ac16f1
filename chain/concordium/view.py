"""One pinned block of a Concordium network: look-ups by credential ID or address, and the list of all accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace

from chain.concordium.account_list import fetch_account_list
from chain.concordium.account_list_cache import AccountListCache
from chain.concordium.channel import Node
from chain.concordium.codec import CRED_ID_SIZE, HASH_SIZE
from chain.concordium.judgement import Answer
from chain.concordium.look import AddressQuestion, CredentialQuestion, Round
from chain.concordium.together import all_of
from chain.errors import ChainError, PointLost
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
        """A whole list: from the cache of this very block, else from the last node, else from the one before.

        Of several nodes the last comes first, so that the list is another source than the node that answers look-ups.

        :raises PointLost: a node no longer knows the block.
        :raises ChainError: no node gave the whole list; the error of the first one asked.
        """
        point = self._point
        if self._cache is not None:
            cached = await asyncio.to_thread(self._cache.load, point.genesis_hash, point.block_hash)
            if cached is not None:
                return cached
        fetched = await self._fetch_list(progress)
        if self._cache is not None:
            await asyncio.to_thread(self._cache.store, point.genesis_hash, point.block_hash, fetched)
        return fetched

    async def _fetch_list(self, progress: Callable[[int], None] | None) -> AccountList:
        failures: list[ChainError] = []
        for node in reversed(self._nodes):
            try:
                fetched = await fetch_account_list(node, self._point.block_hash, progress)
                return replace(fetched, refused=tuple(error.detail for error in failures))
            except PointLost:
                raise
            except ChainError as error:
                failures.append(error)
        raise failures[0]


def _check_sizes(handles: Sequence[bytes], size: int, what: str) -> None:
    for handle in handles:
        if len(handle) != size:
            raise ValueError(f"{what}: {size} bytes are needed, one handle has {len(handle)}")
