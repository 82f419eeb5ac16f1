"""Read one long gRPC stream in a thread, and hand its elements over to the event loop in batches.

Why not grpc.aio: for the 105 000 elements of an account list it costs 6.6 s of processor time, this way 2.0 s (measured
with grpcio 1.85 against the same server).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import grpc

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]

# Makes the reading thread read the socket itself, instead of waiting for a second one.
CHANNEL_OPTION: Final = ("SingleThreadedUnaryStream", 1)
BATCH: Final = 256
# The longest wait for the header, then for each further batch. A node may take long to start listing.
IDLE_SECONDS = 30.0


async def read_stream(call: Any, on_header: Callable[[Metadata], None], on_element: Callable[[bytes], None]) -> None:
    """Give the header, then each element, to the two callables, in the event loop; return if the end was an OK.

    :param call: a started unary-stream call of a synchronous channel; it is over when this returns or raises.
    :raises grpc.RpcError: the stream ended with another status.
    :raises TimeoutError: it stood still. What the callables raise comes through.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Any] = asyncio.Queue()
    thread = loop.run_in_executor(None, _pump, call, lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
    try:
        async with asyncio.timeout(IDLE_SECONDS) as guard:
            take: Callable[[Any], None] = on_header
            while (item := await items.get()) is not None:
                guard.reschedule(loop.time() + IDLE_SECONDS)
                take(item)
                take = _each(on_element)
        await thread
    finally:
        call.cancel()
        with suppress(grpc.RpcError):
            await thread


def _each(on_element: Callable[[bytes], None]) -> Callable[[Sequence[bytes]], None]:
    def take(batch: Sequence[bytes]) -> None:
        for element in batch:
            on_element(element)

    return take


def _pump(call: Any, hand_over: Callable[[Any], object]) -> None:
    """In the thread: the header, batches of elements, and None at the end, whatever end it was."""
    try:
        hand_over(call.initial_metadata())
        batch: list[bytes] = []
        for element in call:
            batch.append(element)
            if len(batch) == BATCH:
                hand_over(batch)
                batch = []
        hand_over(batch)
    finally:
        hand_over(None)
