"""The guide's real server on a real socket, with nothing behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.server.desk import Desk
from ledger_recovery.web.server.security import Keys
from ledger_recovery.web.server.serve import GuideServer, listen


async def never_ready(hub: Hub) -> Desk:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@asynccontextmanager
async def served() -> AsyncIterator[GuideServer]:
    """A server that answers, until the block ends."""
    with listen() as listening:
        server = GuideServer(Hub(), listening, Keys(), never_ready)
        up = asyncio.Event()
        serving = asyncio.create_task(server.serve(lambda url: up.set()))
        try:
            await up.wait()
            yield server
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
