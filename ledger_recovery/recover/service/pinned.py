"""The pinned block of a run and its account list; a lost block is pinned anew, once, for everybody.

A generation number tells answers of different blocks apart: evidence of an old generation is dropped, never mixed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chain.concordium.account import CredentialSighting
from chain.errors import ChainError, PointLost
from chain.model import AccountList, Point
from chain.ports import ListingChain, ListingView
from ledger_recovery.errors import NodeError
from ledger_recovery.recover.events import Emit, ListFailed, ListProgress, ListReady, Pinned, Warned
from ledger_recovery.recover.result import ListFacts
from ledger_recovery.recover.service.translate import node_errors

MAX_REPINS = 3
"""A node that keeps losing finalized blocks is not worth a fourth try."""

View = ListingView[CredentialSighting]
OnPoint = Callable[[Point], None]


class PinnedChain:
    """One chain, the view of the moment, and the account list of that view (fetched once, in the background)."""

    def __init__(
        self, chain: ListingChain[CredentialSighting], *, uses_list: bool, emit: Emit, on_point: OnPoint
    ) -> None:
        self._chain = chain
        self._uses_list = uses_list
        self._emit = emit
        self._on_point = on_point
        self._lock = asyncio.Lock()
        self._view: View | None = None
        self._list: asyncio.Task[AccountList] | None = None
        self.generation = 0
        self.list_facts: ListFacts | None = None

    @property
    def repins(self) -> int:
        return max(0, self.generation - 1)

    @property
    def current(self) -> tuple[int, View]:
        if self._view is None:
            raise RuntimeError("the chain is not pinned yet")
        return self.generation, self._view

    async def pin(self, at: bytes | None = None) -> Point:
        """Pin for the first time: the block `at` again if the node still knows it, else the last finalized one.

        :raises NodeError: no node, another network, or too old a block.
        """
        with node_errors():
            try:
                view = await self._chain.pin(at)
            except PointLost:
                view = await self._chain.pin()
        self._take(view, again=at is not None and view.point.block_hash != at)
        return view.point

    async def lost(self, generation: int) -> None:
        """Somebody found the block of `generation` forgotten: pin again, unless another already did.

        :raises NodeError: too often, or no node.
        """
        async with self._lock:
            if generation != self.generation:
                return
            if self.repins >= MAX_REPINS:
                raise NodeError(
                    f"the node lost the pinned block {MAX_REPINS + 1} times",
                    "use another --node; nothing was concluded from the lost blocks",
                )
            with node_errors():
                view = await self._chain.pin()
            self._take(view, again=True)

    async def account_list(self, generation: int) -> AccountList:
        """The list of that generation's block.

        :raises ChainError: it could not be read whole.
        :raises PointLost: the generation is over.
        """
        task = self._list
        if task is None or generation != self.generation:
            raise PointLost("the pinned block changed", code="REPINNED")
        return await asyncio.shield(task)

    async def close(self) -> None:
        await self._drop_list()
        await self._chain.close()

    def _take(self, view: View, *, again: bool) -> None:
        self._view = view
        self.generation += 1
        self._on_point(view.point)
        self._emit(Pinned(view.point, again))
        if self._list is not None:
            self._list.cancel()
        self._list = asyncio.create_task(self._fetch(view)) if self._uses_list else None

    async def _fetch(self, view: View) -> AccountList:
        try:
            found = await view.account_list(lambda count: self._emit(ListProgress(count)))
        except ChainError as error:
            self.list_facts = ListFacts(source=error.source, error_code=error.code, error=error.detail)
            self._emit(ListFailed(error.code, error.detail))
            raise
        for why in found.refused:
            self._emit(Warned(f"another source had to stand in for an account list: {why}"))
        self.list_facts = ListFacts(len(found.addresses), found.source, found.cached)
        self._emit(ListReady(len(found.addresses), found.source, found.cached))
        return found

    async def _drop_list(self) -> None:
        if self._list is None:
            return
        self._list.cancel()
        # Retrieve whatever the task ended with: its failure was told as an event already.
        await asyncio.gather(self._list, return_exceptions=True)
        self._list = None
