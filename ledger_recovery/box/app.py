"""The Box's ASGI application: routes, translation of errors, upkeep while it runs.

`guard` bounds and answers, `routing` finds the endpoint, `door` lets in, `room` acts; `openapi` describes all of it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.box.did_desk import DidDesk
from ledger_recovery.box.door import Door
from ledger_recovery.box.guard import Guard, where
from ledger_recovery.box.metrics import Metrics
from ledger_recovery.box.offering import Address
from ledger_recovery.box.publisher import NoPublisher, Publisher
from ledger_recovery.box.refusal import Refusal, bad_request, storage_failed
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.box.routes_backups import backup_routes
from ledger_recovery.box.routes_dids import did_routes
from ledger_recovery.box.routes_open import open_routes
from ledger_recovery.box.routing import PAGE, BoxRoute, Lane, Routes
from ledger_recovery.errors import StorageError

log = logging.getLogger("ledger_recovery.box")

DOCUMENT: Final = "/openapi.json"
SWEEP_SECONDS: Final = 5.0
CLEAN_EVERY: Final = 720
"""Sweeps between two cleanings: one an hour, and one at the start."""


class BoxApp:
    """:param routes: all of them; the document is added."""

    def __init__(self, room: BoxRoom, routes: Sequence[BoxRoute], around: Callable[[ASGIApp], ASGIApp]) -> None:
        self._described = routes
        self._document: dict[str, Any] | None = None
        self._writing = threading.Lock()
        self._upkeep = Router(lifespan=_upkeep(room))
        self._requests = around(Lane((*routes, *self._own_routes()), _translated))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._upkeep if scope["type"] == "lifespan" else self._requests)(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, written when it is asked for first."""
        with self._writing:
            if self._document is None:
                from ledger_recovery.box.openapi import document

                self._document = document(self._described)
            return self._document

    def _own_routes(self) -> Sequence[BoxRoute]:
        routes = Routes()

        @routes.get(DOCUMENT, described=PAGE)
        async def openapi(_request: Request) -> Response:
            return JSONResponse(await run_in_threadpool(self.openapi))

        return routes.made


def create_app(
    room: BoxRoom,
    address: Address,
    *,
    publisher: Publisher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> BoxApp:
    """:param address: as the Box announces itself; its pin is part of every signature.

    :param publisher: of DID documents; None publishes nothing.
    :param clock: seconds that never go back, for rates and durations.
    """
    door, metrics = Door(room, address.pin.hex(), clock), Metrics()
    routes = (
        *open_routes(room, door, metrics, address),
        *backup_routes(room, door, metrics),
        *did_routes(DidDesk(room, publisher or NoPublisher()), door),
    )
    return BoxApp(room, routes, lambda inner: Guard(inner, door, metrics, clock, room.limits.request_time))


def _upkeep(room: BoxRoom) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(_keep_up(room))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan


async def _keep_up(room: BoxRoom) -> None:
    """Clean at the start and every hour, sweep in between; a failing disk is told and tried again."""
    turn = 0
    while True:
        try:
            await run_in_threadpool(room.clean if turn % CLEAN_EVERY == 0 else room.sweep)
        except (StorageError, OSError) as error:
            log.error("upkeep failed: %s", where(error))
        turn += 1
        await asyncio.sleep(SWEEP_SECONDS)


# --- errors -----------------------------------------------------------------------------------------------------


def _answer(refusal: Refusal) -> Response:
    return JSONResponse(refusal.body(), refusal.status, refusal.headers)


def _translated(error: Exception) -> Response | None:
    """What an endpoint raises on purpose, as an answer."""
    if isinstance(error, Refusal):
        return _answer(error)
    if isinstance(error, BadMessage):
        return _answer(bad_request(error.sentence))
    if isinstance(error, StorageError):
        log.error("storage failed: %s", where(error))
        return _answer(storage_failed())
    return None
