"""Every account address of one block, from one node: a whole list or an error, never a part.

Whole means: the stream ended with status OK, no address came twice, and the chain's own numbering agrees. Accounts are
numbered 0, 1, 2, ..., so of n accounts the one numbered n - 1 exists and is in the list, and none is numbered n.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

from chain.concordium import queries
from chain.concordium.account_list_file import MAX_ADDRESSES
from chain.concordium.address_set import AddressCollector, AddressSet, Doubled
from chain.concordium.channel import Node, Reply
from chain.errors import BadAnswer
from chain.model import AccountList

PROGRESS_EVERY: Final = 1000


async def fetch_account_list(
    node: Node, block_hash: bytes, progress: Callable[[int], None] | None = None
) -> AccountList:
    """Stream the list and prove it whole. `progress` gets the count so far; after a cut it begins again.

    :raises PointLost: the node does not know the block.
    :raises ChainError: it could not be asked, or what it gave is not the whole list.
    """
    # First of all, so that a dead node is told apart within seconds from one that takes its time to list.
    await node.prove(block_hash)
    collector = AddressCollector()

    def begin() -> Callable[[bytes], None]:
        nonlocal collector
        collector = AddressCollector()
        return lambda address: _take(node, collector, address, progress)

    reply = await _while_up(node, block_hash, node.collect(queries.account_list(block_hash), begin))
    if reply.value is None:
        raise node.lost(block_hash)
    if reply.value == 0:
        raise _not_whole(node, "it gave no account at all", "EMPTY")
    try:
        # In a thread: sorting a long list would hold up the look-ups meanwhile.
        addresses = await asyncio.to_thread(collector.finish)
    except Doubled as error:
        raise _not_whole(node, f"it gave account {error.address[:4].hex()}… twice", "DOUBLED") from None
    await _check_numbering(node, block_hash, addresses)
    if progress is not None:
        progress(len(addresses))
    return AccountList(addresses, node.source)


async def _while_up(node: Node, block_hash: bytes, reading: Coroutine[object, object, Reply[int]]) -> Reply[int]:
    """Read the stream, but not for longer than the node answers other questions."""
    stream = asyncio.create_task(reading)
    watch = asyncio.create_task(node.watch(block_hash))
    try:
        await asyncio.wait((stream, watch), return_when=asyncio.FIRST_COMPLETED)
        return await (stream if stream.done() else watch)
    finally:
        for task in (stream, watch):
            task.cancel()
        await asyncio.gather(stream, watch, return_exceptions=True)


def _take(node: Node, collector: AddressCollector, address: bytes, progress: Callable[[int], None] | None) -> None:
    collector.add(address)
    if len(collector) > MAX_ADDRESSES:
        raise _not_whole(node, f"it gave more than {MAX_ADDRESSES} accounts", "TOO_LARGE")
    if progress is not None and len(collector) % PROGRESS_EVERY == 0:
        progress(len(collector))


async def _check_numbering(node: Node, block_hash: bytes, addresses: AddressSet) -> None:
    count = len(addresses)
    last = await node.ask(queries.account_by_index(block_hash, count - 1))
    if last.value is None:
        raise _not_whole(node, f"it gave {count} accounts but has no account number {count - 1}", "NOT_WHOLE")
    if last.value.index != count - 1 or last.value.address not in addresses:
        raise _not_whole(node, f"its account number {count - 1} is not in the list", "NOT_WHOLE")
    beyond = await node.ask(queries.account_by_index(block_hash, count))
    if beyond.value is not None:
        raise _not_whole(node, f"it gave {count} accounts but also has an account number {count}", "NOT_WHOLE")
    # "Not found" is only worth something from a node that still knows the block.
    await node.prove(block_hash)


def _not_whole(node: Node, why: str, code: str) -> BadAnswer:
    detail = f"the account list of node {node.source} is not whole: {why}; hint: try again, or choose another node"
    return BadAnswer(detail, code=code, source=node.source)
