"""The double as an HTTP server on loopback: each chain of the world at a path of its own, `/<chain id>`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.evm.rpc import answer
from emulator.evm.state import Chain
from emulator.loopback import LOOPBACK, listen
from emulator.web_server import WebServer

MAX_BODY = 8 * 1024 * 1024


class EvmDouble:
    """`urls`: of each chain, in the world's order. `asked`: methods of every request so far."""

    def __init__(self, chains: tuple[Chain, ...], port: int) -> None:
        self.chains = chains
        self.port = port
        self.asked: list[str] = []

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"http://{LOOPBACK}:{self.port}/{chain.chain_id}" for chain in self.chains)

    async def handle(self, request: Request) -> Response:
        chain = next((c for c in self.chains if str(c.chain_id) == request.path_params["chain"]), None)
        if chain is None:
            return Response("no such chain", status_code=404)
        body = await request.body()
        if len(body) > MAX_BODY:
            return Response("request entity too large", status_code=413)
        try:
            question = json.loads(body)
        except (ValueError, RecursionError):
            parse_error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}}
            return JSONResponse(parse_error)
        elements = question if isinstance(question, list) else [question]
        self.asked += [str(e.get("method")) for e in elements if isinstance(e, dict)]
        return JSONResponse(answer(chain, question))


@contextlib.asynccontextmanager
async def serving(chains: tuple[Chain, ...], port: int = 0) -> AsyncIterator[EvmDouble]:
    """A running double, ended with the block.

    :raises emulator.loopback.PortTaken: the port is taken
    """
    listener = listen(port)
    double = EvmDouble(chains, listener.getsockname()[1])
    app = Starlette(routes=[Route("/{chain}", double.handle, methods=["POST"])])
    server = WebServer(app)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield double
    finally:
        server.should_exit = True
        await task
        listener.close()
