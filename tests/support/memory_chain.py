"""A chain in memory behind the ports: for tests of the recovery that need no socket. Faults are plain fields."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chain.concordium.account import ChainAccount, CredentialSighting, CredentialStatus
from chain.errors import ChainError, NodeUnavailable, PointLost
from chain.model import AccountList, Finality, Point, Presence, Sighting, Unanswered
from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY

SOURCE = "memory:1"


def unavailable(detail: str = "the node is away") -> NodeUnavailable:
    return NodeUnavailable(detail, code="UNAVAILABLE", source=SOURCE, tries=3)


@dataclass
class MemoryChain:
    """`deployed`: credential ID -> sighting. `broken`: handles that stay unanswered. `hidden`: handles that the node
    wrongly calls absent. `lose_after`: the block is forgotten after so many answered handles (each pin resets it)."""

    deployed: dict[bytes, CredentialSighting] = field(default_factory=dict)
    broken: set[bytes] = field(default_factory=set)
    hidden: set[bytes] = field(default_factory=set)
    list_error: ChainError | None = None
    pin_error: ChainError | None = None
    lose_after: int | None = None
    lose_times: int = 1
    asked: list[bytes] = field(default_factory=list)
    asked_at: dict[int, set[bytes]] = field(default_factory=dict)
    listed: int = 0
    pins: int = 0
    gate: asyncio.Event | None = None

    sources: tuple[str, ...] = (SOURCE,)

    @property
    def accounts(self) -> dict[bytes, ChainAccount]:
        return {s.account.address: s.account for s in self.deployed.values()}

    async def pin(self, at: bytes | None = None) -> MemoryView:
        if self.pin_error is not None:
            raise self.pin_error
        if at is not None and self.pins and at != self._block():
            raise PointLost("unknown block", code="UNKNOWN_BLOCK", source=SOURCE)
        if at is None:
            self.pins += 1
        return MemoryView(self, self._point())

    async def close(self) -> None:
        return None

    def _block(self) -> bytes:
        return hashlib.sha256(b"block %d" % self.pins).digest()

    def _point(self) -> Point:
        return Point(
            network="testnet",
            genesis_hash=b"\x42" * 32,
            block_hash=self._block(),
            height=1000 + self.pins,
            slot_time=datetime(2026, 1, 1, tzinfo=UTC),
            age_seconds=3.0,
            finality=Finality.FINALIZED,
            sources=self.sources,
            commitment_key=KNOWN_COMMITMENT_KEY,
        )


@dataclass
class MemoryView:
    chain: MemoryChain
    point: Point
    answered: int = 0

    async def look(self, handles: Sequence[bytes]) -> AsyncIterator[Sighting[CredentialSighting] | Unanswered]:
        for handle in handles:
            if self.chain.gate is not None:
                await self.chain.gate.wait()
            self._spend()
            self.chain.asked.append(handle)
            self.chain.asked_at.setdefault(self.point.height, set()).add(handle)
            if handle in self.chain.broken:
                yield Unanswered(handle, unavailable(), 3)
            elif handle in self.chain.deployed and handle not in self.chain.hidden:
                yield Sighting(handle, Presence.DEPLOYED, self.chain.deployed[handle], self.chain.sources)
            else:
                yield Sighting(handle, Presence.ABSENT, None, self.chain.sources)

    async def look_by_address(
        self, addresses: Sequence[bytes]
    ) -> AsyncIterator[Sighting[CredentialSighting] | Unanswered]:
        for address in addresses:
            holder = self.chain.accounts.get(address)
            if address in self.chain.broken:
                yield Unanswered(address, unavailable(), 3)
            elif holder is None or address in self.chain.hidden:
                yield Sighting(address, Presence.ABSENT, None, self.chain.sources)
            else:
                first = holder.credentials[0]
                detail = CredentialSighting(CredentialStatus.ACTIVE, holder, first)
                yield Sighting(address, Presence.DEPLOYED, detail, self.chain.sources)

    async def account_list(self, progress: Callable[[int], None] | None = None) -> AccountList:
        self.chain.listed += 1
        if self.chain.list_error is not None:
            raise self.chain.list_error
        if progress is not None:
            progress(len(self.chain.accounts))
        return AccountList(frozenset(self.chain.accounts), SOURCE)

    async def confirm(self) -> None:
        if self.point.block_hash != self.chain._block():
            raise PointLost("unknown block", code="UNKNOWN_BLOCK", source=SOURCE)

    def _spend(self) -> None:
        self.answered += 1
        limit = self.chain.lose_after
        if limit is not None and self.answered > limit and self.chain.lose_times > 0:
            self.chain.lose_times -= 1
            raise PointLost("unknown block", code="UNKNOWN_BLOCK", source=SOURCE)
