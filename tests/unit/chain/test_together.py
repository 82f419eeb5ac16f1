"""Several things at once: results in order, all of them finished, and an error that no speed decides on."""

from __future__ import annotations

import asyncio

import pytest

from chain.concordium.together import all_of, both


class Refused(Exception):
    pass


async def refuse(word: str, after: asyncio.Event | None = None) -> str:
    if after is not None:
        await after.wait()
    raise Refused(word)


async def test_results_come_in_order_though_the_first_ends_last() -> None:
    ended = asyncio.Event()

    async def first() -> str:
        await ended.wait()
        return "first"

    async def second() -> int:
        ended.set()
        return 2

    assert await both(first(), second()) == ("first", 2)


@pytest.mark.parametrize("way", [both, lambda *two: all_of(two)])
async def test_the_first_ones_error_counts_though_the_second_fails_sooner(way: object) -> None:
    failed = asyncio.Event()

    async def second() -> str:
        failed.set()
        raise Refused("second")

    assert callable(way)
    with pytest.raises(Refused, match="first"):
        await way(refuse("first", failed), second())


async def test_one_error_waits_until_the_other_has_ended() -> None:
    ended = []

    async def slow() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ended.append("slow")

    with pytest.raises(Refused, match="only"):
        await both(refuse("only"), slow())
    with pytest.raises(Refused, match="only"):
        await both(slow(), refuse("only"))
    assert ended == ["slow", "slow"]
