"""Wait for several things at once and let all of them finish, then raise the first failure in the given order.

Unlike a task group this leaves one plain error, and which one does not depend on who was faster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")


async def all_of(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    """The results in order.

    :raises BaseException: what the first one, in order, of those that failed has raised.
    """
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    good: list[T] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        good.append(result)
    return good


async def both(first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    """`all_of` for two results of different types.

    :raises BaseException: what the first has raised, else what the second has.
    """
    one, other = await asyncio.gather(first, second, return_exceptions=True)
    if isinstance(one, BaseException):
        raise one
    if isinstance(other, BaseException):
        raise other
    return one, other
