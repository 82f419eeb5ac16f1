"""[pure] The protocols that the recovery speaks to: Chain pins a finalized block, View answers at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, TypeVar

from chain.model import AccountList, Point, Sighting, Unanswered

D_co = TypeVar("D_co", covariant=True)


class View(Protocol[D_co]):
    """One pinned block. Every answer of a run comes through the same view."""

    @property
    def point(self) -> Point: ...

    def look(self, handles: Sequence[bytes]) -> AsyncIterator[Sighting[D_co] | Unanswered]:
        """Answer each handle exactly once, in any order.

        :raises PointLost: a node no longer knows the block; what this call had answered must be asked again.
        """
        ...

    async def confirm(self) -> None:
        """Prove once more that every node still knows the pinned block. Called at the end of a scan.

        :raises PointLost: one does not; its negatives prove nothing.
        :raises NodeUnavailable: it could not be asked.
        """
        ...


class ListingView(View[D_co], Protocol[D_co]):
    """A view that can also stream every account address of its block (a second source for first credentials)."""

    async def account_list(self, progress: Callable[[int], None] | None = None) -> AccountList:
        """Fetch the whole list or raise; a cut stream is never a list. `progress` gets the count so far.

        :raises ChainError: not the whole list, or an element that is no address.
        """
        ...

    def look_by_address(self, addresses: Sequence[bytes]) -> AsyncIterator[Sighting[D_co] | Unanswered]:
        """As `look`, but the handles are 32-byte account addresses; the detail's status is that of the account."""
        ...


class Chain(Protocol[D_co]):
    """One network behind one or more nodes."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The nodes, as host:port."""
        ...

    async def pin(self, at: bytes | None = None) -> View[D_co]:
        """Pin the last finalized block, its network and age checked; or with `at` (32 bytes) that very block again.

        A block given by `at` must be known and finalized on every node; its age is told, not refused (a run that is
        resumed or retried keeps the block it began with, so that answers never mix).

        :raises BadAnswer: another network (both genesis hashes in the text), another commitment key, or too old.
        :raises PointLost: a node does not know the block given by `at`.
        :raises NodeUnavailable: no node answered within the stated bound.
        """
        ...

    async def close(self) -> None: ...


class ListingChain(Chain[D_co], Protocol[D_co]):
    """A chain whose views list their accounts."""

    async def pin(self, at: bytes | None = None) -> ListingView[D_co]: ...
