"""The Box's ASGI application: routes, translation of errors, upkeep while it runs.

FastAPI describes (OpenAPI at /openapi.json), `door` lets in, `guard` bounds and answers, `room` acts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.box import openapi
from ledger_recovery.box.did_desk import DidDesk
from ledger_recovery.box.door import Door
from ledger_recovery.box.guard import Guard, where
from ledger_recovery.box.metrics import Metrics
from ledger_recovery.box.offering import Address
from ledger_recovery.box.publisher import NoPublisher, Publisher
from ledger_recovery.box.refusal import Refusal, bad_request, defect, not_found, storage_failed
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.box.routes_backups import backup_routes
from ledger_recovery.box.routes_dids import did_routes
from ledger_recovery.box.routes_open import open_routes
from ledger_recovery.errors import StorageError

log = logging.getLogger("ledger_recovery.box")

SWEEP_SECONDS: Final = 5.0
CLEAN_EVERY: Final = 720
"""Sweeps between two cleanings: one an hour, and one at the start."""


def create_app(
    room: BoxRoom,
    address: Address,
    *,
    publisher: Publisher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """:param address: as the Box announces itself; its pin is part of every signature.

    :param publisher: of DID documents; None publishes nothing.
    :param clock: seconds that never go back, for rates and durations.
    """
    door, metrics = Door(room, address.pin.hex(), clock), Metrics()
    app = FastAPI(
        title="Identity Box",
        version="1",
        description="Keeps encrypted backups that it cannot read.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_upkeep(room),
    )
    routers = (
        open_routes(room, door, metrics, address),
        backup_routes(room, door, metrics),
        did_routes(DidDesk(room, publisher or NoPublisher()), door),
    )
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(BadMessage, _malformed)
    app.add_exception_handler(StorageError, _storage)
    app.add_exception_handler(HTTPException, _framework_errors(_methods(routers)))
    app.add_exception_handler(Exception, _defect)
    app.openapi = lambda: openapi.complete(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    _wrap(app, door, metrics, clock, room.limits.request_time)
    return app


def _wrap(app: FastAPI, door: Door, metrics: Metrics, clock: Callable[[], float], request_time: float) -> None:
    """Put the guard around everything, the framework's own error handling included."""
    build = app.build_middleware_stack

    def guarded() -> Any:
        return Guard(build(), door, metrics, clock, request_time)

    app.build_middleware_stack = guarded  # type: ignore[method-assign]  # add_middleware would put it inside


def _upkeep(room: BoxRoom) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
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


async def _refused(_request: Request, error: Exception) -> Response:
    return _answer(error if isinstance(error, Refusal) else defect())


async def _malformed(_request: Request, error: Exception) -> Response:
    return _answer(bad_request(error.sentence if isinstance(error, BadMessage) else "malformed"))


async def _storage(_request: Request, error: Exception) -> Response:
    log.error("storage failed: %s", where(error))
    return _answer(storage_failed())


def _methods(routers: Iterable[APIRouter]) -> dict[str, str]:
    """For each path template, what an Allow header says: a framework's route knows its own method only."""
    found: dict[str, set[str]] = {}
    for route in (each for router in routers for each in router.routes):
        if isinstance(route, Route):
            found.setdefault(route.path, set()).update(route.methods or ())
    return {path: ", ".join(sorted(methods)) for path, methods in found.items()}


def _framework_errors(methods: Mapping[str, str]) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The framework's own refusals: unknown path, method not allowed."""

    async def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return _answer(defect())
        if error.status_code == 404:
            return _answer(not_found())
        headers = dict(error.headers or {})
        allowed = methods.get(getattr(request.scope.get("route"), "path", ""))
        if error.status_code == 405 and allowed:
            headers["Allow"] = allowed
        return _answer(Refusal(error.status_code, "not-allowed", "this cannot be done here", headers=headers))

    return answer


async def _defect(_request: Request, _error: Exception) -> Response:
    return _answer(defect())
