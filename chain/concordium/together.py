"""Wait for several things at once and let all of them finish, then raise the first failure in the given order.

Unlike a task group this leaves one plain error, and which one does not depend on who was faster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


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
