"""Fetch and match an account list in a process of its own, so that its memory and processor time can be told.

    list_client.py NODE CACHE ours     through the program's own client, into the cache; twice: cold, then cached
    list_client.py NODE CACHE plain    as a straightforward client would: grpc.aio, a message object each, a set
Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grpc.aio

from chain.concordium import queries
from chain.concordium.proto import concordium_pb2 as pb
from chain.connect import open_chain
from ledger_recovery.recover.scan import list_matches
from tests.support.cells import index_keys

IDENTITIES = 10


def lap() -> Callable[[], tuple[float, float]]:
    """Seconds (clock, processor) since now."""
    wall, cpu = time.perf_counter(), time.process_time()
    return lambda: (time.perf_counter() - wall, time.process_time() - cpu)


async def ours(node: str, cache: Path) -> dict[str, object]:
    """Cold: stream, prove whole, sort, store. Cached: read, verify, and match 10 identities x 512 credential IDs."""
    keys = [index_keys(number) for number in range(IDENTITIES)]
    chain = open_chain("concordium", "testnet", [f"http://{node}"], max_age_seconds=math.inf, cache_dir=cache)
    try:
        view = await chain.pin()
        cold = lap()
        fetched = await view.account_list()
        cold_cost = cold()
        cached = lap()
        again = await view.account_list()
        matches = sum(len(list_matches(key, again.addresses)) for key in keys)
        cached_cost = cached()
        if not again.cached or len(again.addresses) != len(fetched.addresses) or matches:
            raise RuntimeError("the cache did not give back what was fetched")
        return {"count": len(fetched.addresses), "cold": cold_cost, "cached": cached_cost}
    finally:
        await chain.close()


async def plain(node: str) -> dict[str, object]:
    """No proof of wholeness, no limits, no cache."""
    async with grpc.aio.insecure_channel(node) as channel:
        last = queries.last_finalized_block()
        block = last.decode(await channel.unary_unary(last.path, None, None)(last.payload))
        query = queries.account_list(block.block_hash)
        cold = lap()
        call = channel.unary_stream(query.path, None, pb.AccountAddress.FromString)(query.payload)
        addresses = {message.value async for message in call}
        return {"count": len(addresses), "cold": cold()}


def main() -> None:
    """See the head of this file."""
    node, cache, way = sys.argv[1:]
    found = asyncio.run(ours(node, Path(cache)) if way == "ours" else plain(node))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
