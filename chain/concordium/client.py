"""A Concordium network behind one or more nodes: check who they are, and pin one finalized block for a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from chain.concordium import queries
from chain.concordium.account_list_cache import AccountListCache
from chain.concordium.channel import Node, Reply
from chain.concordium.codec import HASH_SIZE, BlockFacts
from chain.concordium.networks import Network
from chain.concordium.timing import Timing
from chain.concordium.together import all_of, both
from chain.concordium.view import ConcordiumView
from chain.errors import BadAnswer, PointLost
from chain.model import Finality, Point

T = TypeVar("T")

# concordium-node's own health check draws the line at the same age.
MAX_AGE_SECONDS: Final = 300.0
# A block cannot be from the future; clocks that differ by more than this cannot judge its age either.
FUTURE_TOLERANCE_SECONDS: Final = 60.0
# A second node may be some blocks behind the first; blocks come about every two seconds.
LAG_SECONDS: Final = 10.0
LAG_PAUSE: Final = 0.5


class ConcordiumChain:
    """A `chain.ports.ListingChain`. Nothing is asked of any node before `pin`."""

    def __init__(
        self,
        nodes: Sequence[Node],
        network: Network,
        *,
        max_age_seconds: float = MAX_AGE_SECONDS,
        cache: AccountListCache | None = None,
        timing: Timing | None = None,
    ) -> None:
        """`nodes`: at least one, each of another address. They are closed with this chain.

        :raises ValueError: no node, or one twice (it could not confirm itself).
        """
        sources = [node.source for node in nodes]
        if not sources:
            raise ValueError("no node is given; hint: name at least one")
        if len(set(sources)) != len(sources):
            raise ValueError("a node is given twice; hint: a node cannot confirm its own answers, name another one")
        self._nodes = tuple(nodes)
        self._network = network
        self._max_age = max_age_seconds
        self._cache = cache
        self._timing = timing or Timing()

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(node.source for node in self._nodes)

    async def pin(self, at: bytes | None = None) -> ConcordiumView:
        """Pin the first node's last finalized block, or with `at` that block; every node must be of this network.

        :param at: hash of a block (32 bytes) that was pinned before; its age is told and not refused.
        :raises BadAnswer: WRONG_NETWORK, STALE, CLOCK, WRONG_KEY, NOT_FINAL, NODES_DIFFER, or an unusable answer.
        :raises PointLost: a node does not know the block given by `at`.
        :raises NodeUnavailable: a node did not answer.
        """
        if at is not None and len(at) != HASH_SIZE:
            raise ValueError(f"a block hash has {HASH_SIZE} bytes, this one has {len(at)}")
        first = self._nodes[0]
        _, block = await both(
            all_of(self._check_network(node) for node in self._nodes),
            self._last_finalized(first) if at is None else self._pinned_before(first, at),
        )
        key, _ = await both(
            self._commitment_key(first, block.block_hash),
            all_of(self._check_knows(node, block, wait=at is None) for node in self._nodes),
        )
        point = Point(
            network=self._network.name,
            genesis_hash=self._network.genesis_hash,
            block_hash=block.block_hash,
            height=block.height,
            slot_time=block.slot_time,
            age_seconds=self._age(block),
            finality=Finality.FINALIZED,
            sources=self.sources,
            commitment_key=key,
        )
        return ConcordiumView(self._nodes, point, hashed_addresses=self._network.hashed_addresses, cache=self._cache)

    async def close(self) -> None:
        await all_of(node.close() for node in self._nodes)

    async def _check_network(self, node: Node) -> None:
        facts = _value(node, await node.ask(queries.consensus()))
        if facts.genesis_hash != self._network.genesis_hash:
            raise BadAnswer(
                f"node {node.source} is of another network: its genesis block is {facts.genesis_hash.hex()}, that of"
                f" {self._network.name} is {self._network.genesis_hash.hex()};"
                " hint: choose the other network, or another node",
                code="WRONG_NETWORK",
                source=node.source,
            )

    async def _last_finalized(self, node: Node) -> BlockFacts:
        block = _value(node, await node.ask(queries.last_finalized_block()))
        if not block.finalized:
            raise _refused(
                node, "NOT_FINAL", f"calls block {block.block_hash.hex()} its last finalized one, and not final"
            )
        self._check_age(node, block)
        return block

    async def _pinned_before(self, node: Node, block_hash: bytes) -> BlockFacts:
        reply = await node.ask(queries.block(block_hash))
        if reply.value is None:
            raise node.lost(block_hash)
        if reply.value.block_hash != block_hash or not reply.value.finalized:
            raise _refused(node, "NOT_FINAL", f"does not show block {block_hash.hex()} as a finalized one")
        return reply.value

    def _age(self, block: BlockFacts) -> float:
        """Seconds that the block lies behind our clock; small negative values are the clocks' difference."""
        return (self._timing.now() - block.slot_time).total_seconds()

    def _check_age(self, node: Node, block: BlockFacts) -> None:
        age = self._age(block)
        if age < -FUTURE_TOLERANCE_SECONDS:
            what = f"has a block {-age:.0f} s in the future"
            raise _refused(node, "CLOCK", what, "this computer's clock may be off: set it right")
        if age > self._max_age:
            what = (
                f"has a last finalized block of {block.slot_time:%Y-%m-%d %H:%M:%S} UTC, {age:.0f} s ago"
                f" ({self._max_age:.0f} s are allowed)"
            )
            hint = "it may be catching up, or this computer's clock is off; accounts made since then would be missed"
            raise _refused(node, "STALE", what, hint)

    async def _commitment_key(self, node: Node, block_hash: bytes) -> bytes:
        key = _value(node, await node.ask(queries.commitment_key(block_hash)))
        expected = self._network.commitment_key
        if expected is not None and key != expected:
            raise _refused(
                node,
                "WRONG_KEY",
                f"has the commitment key {key.hex()[:16]}…, not {expected.hex()[:16]}… of {self._network.name}",
                "credential IDs made with it would be wrong; choose another node",
            )
        return key

    async def _check_knows(self, node: Node, block: BlockFacts, *, wait: bool) -> None:
        """Every connection of the node must know the block, and agree about it; a node a little behind may catch up."""
        deadline = self._timing.monotonic() + (LAG_SECONDS if wait else 0.0)
        while True:
            seen = await _seen_by_all(node, block.block_hash)
            if seen is not None and seen.finalized and seen.height == block.height:
                return
            if self._timing.monotonic() >= deadline:
                raise node.lost(block.block_hash) if seen is None and not wait else _differs(node, block, seen)
            await self._timing.sleep(LAG_PAUSE)


async def _seen_by_all(node: Node, block_hash: bytes) -> BlockFacts | None:
    """The block as the node shows it, None unless all that answer for the node know it."""
    try:
        reply, _ = await both(node.ask(queries.block(block_hash)), node.prove(block_hash))
    except PointLost:
        return None
    return reply.value


def _value(node: Node, reply: Reply[T]) -> T:
    if reply.value is None:
        raise _refused(node, "NOT_FOUND", "does not find its own last finalized block", "it may be starting; try again")
    return reply.value


def _differs(node: Node, block: BlockFacts, seen: BlockFacts | None) -> BadAnswer:
    if seen is None:
        what = f"still does not know block {block.block_hash.hex()} at height {block.height}"
    else:
        what = (
            f"has block {block.block_hash.hex()} at height {seen.height}, {'' if seen.finalized else 'not '}final,"
            f" the first node at height {block.height}, final"
        )
    return _refused(node, "NODES_DIFFER", what, "it may be behind; try again, or leave this node out")


def _refused(node: Node, code: str, what: str, hint: str = "choose another node") -> BadAnswer:
    return BadAnswer(f"node {node.source} {what}; hint: {hint}", code=code, source=node.source)
