"""A guide that does nothing but tell events (or a bare page and stream), as a child process of the bench.

Prints its address and token when it listens, then obeys lines: `one`, `apart N SECONDS`, `burst N`, `memory N`. Each
answer is one line of JSON. Clock readings are of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

PAGES_FOLLOW: Final = 0.001
"""Seconds between the events of `memory`: in so long pages can follow."""
COUNTERS: Final = 25


class Bare:
    """The least that can do it: one page, and a stream of numbers, without state, templates or guard."""

    def __init__(self) -> None:
        self.version = 0
        self._news = asyncio.Event()

    def tell(self, number: int) -> int:
        self.version = number
        self._news.set()
        return number

    async def serve(self, ready: Callable[[str], None]) -> None:
        routes = [Route("/", self._page), Route("/events", self._events)]
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), ws="none", lifespan="off", log_config=None))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            ready(f"http://127.0.0.1:{listening.getsockname()[1]}/#bare")
            await server.serve(sockets=[listening])

    async def _page(self, request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>bare</title><h1>bare</h1>")

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._numbers(), media_type="text/event-stream")

    async def _numbers(self) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        while True:
            await self._news.wait()
            self._news.clear()
            yield f"id: {self.version}\ndata: {{}}\n\n"


class Guide:
    """The real pages over a hub whose state is a search under way."""

    def __init__(self) -> None:
        from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
        from ledger_recovery.recover.events import CellsAnswered
        from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState
        from ledger_recovery.web.run.hub import Hub
        from tests.support.guide_scenes import scenes

        self.hub = Hub(scenes()["06-looking-up"])
        ours = IdentityRef(0)

        def event(number: int) -> CellsAnswered:
            key = CellKey(ours, KeyScheme.LEGACY_V1, number % COUNTERS)
            unknown = number // COUNTERS % 2
            state, basis = (CellState.UNKNOWN, Basis.NONE) if unknown else (CellState.ABSENT, Basis.BOTH)
            return CellsAnswered(ours, (Cell(key, bytes(48), state, basis),))

        self._event = event

    def tell(self, number: int) -> int:
        """The state's version that holds the event."""
        self.hub.tell(self._event(number))
        return self.hub.state.version

    async def serve(self, ready: Callable[[str], None]) -> None:
        from ledger_recovery.web.run.hub import Hub
        from ledger_recovery.web.server.security import Keys
        from ledger_recovery.web.server.serve import GuideServer, listen

        async def load(hub: Hub) -> None:
            await asyncio.Event().wait()

        await GuideServer(self.hub, listen(), Keys(), load).serve(ready)  # type: ignore[arg-type]  # no desk is needed


async def run(kind: str) -> None:
    """Until standard input ends."""
    teller = Bare() if kind == "bare" else Guide()
    serving = asyncio.create_task(teller.serve(lambda url: print(url.replace("#", " "), flush=True)))
    lines: asyncio.Queue[str] = asyncio.Queue()
    threading.Thread(target=_read, args=(lines, asyncio.get_running_loop()), daemon=True).start()
    told = 0
    while words := (await lines.get()).split():
        count = int(words[1]) if len(words) > 1 else 1
        at = await _tell(teller, told, count, words)
        told += count
        print(json.dumps({"at": at, "rss_mb": _rss_mb()} if words[0] == "memory" else {"at": at}), flush=True)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def _tell(teller: Bare | Guide, told: int, count: int, words: list[str]) -> list[tuple[int, float]]:
    """(version, clock) of each event; only the newest for `memory`."""
    pause = float(words[2]) if words[0] == "apart" else PAGES_FOLLOW if words[0] == "memory" else 0.0
    at = []
    for number in range(told, told + count):
        began = time.monotonic()
        at.append((teller.tell(number), began))
        await asyncio.sleep(pause)
    return at[-1:] if words[0] == "memory" else at


def _rss_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 / 2**20


def _read(lines: asyncio.Queue[str], loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, "")


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
