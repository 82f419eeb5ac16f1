"""A JSON-RPC proxy with faults: it passes questions on to a real node and spoils the answers as a test says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

Spoil = Callable[[Any, Any], Any]
"""(question, answer of the node) -> the answer to give: JSON, raw bytes, or a whole web.Response."""


@dataclass
class RpcProxy:
    """`url`: of the proxy. `spoil`: applied to the next `times` posts (None: to all). `asked`: methods of each post."""

    url: str = ""
    spoil: Spoil | None = None
    times: int | None = None
    asked: list[list[str]] = field(default_factory=list)

    def fail(self, spoil: Spoil, times: int | None = None) -> None:
        self.spoil, self.times = spoil, times

    def _next(self) -> Spoil | None:
        if self.spoil is None or self.times == 0:
            return None
        if self.times is not None:
            self.times -= 1
        return self.spoil


@asynccontextmanager
async def rpc_proxy(target: str) -> AsyncIterator[RpcProxy]:
    """A proxy on a free port of loopback, ended with the block."""
    proxy = RpcProxy()

    async def handle(request: web.Request) -> web.Response:
        question = await request.json()
        proxy.asked.append([q["method"] for q in (question if isinstance(question, list) else [question])])
        async with session.post(target, json=question) as reply:
            answer: Any = await reply.json()
        spoil = proxy._next()
        given = answer if spoil is None else spoil(question, answer)
        if isinstance(given, web.Response):
            return given
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        return web.Response(body=body, content_type="application/json")

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/{rest:.*}", handle)
    runner = web.AppRunner(app)
    async with ClientSession() as session:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v2/secret-key-0123456789"
        try:
            yield proxy
        finally:
            await runner.cleanup()
