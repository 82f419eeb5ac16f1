"""HTTP routes of the DIDs that the Box keeps for a backup."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ledger_recovery.backup.protocol_json import only, parse_object
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.box.did_desk import DidDesk
from ledger_recovery.box.door import Door, Signed
from ledger_recovery.box.routing import BoxRoute, Routes


def did_routes(desk: DidDesk, door: Door) -> Sequence[BoxRoute]:
    """Everything below /v1/backups/{id}/dids."""
    routes = Routes("/v1/backups/{backup_id}/dids")
    _making(routes, desk, door)
    _one(routes, desk, door)
    return routes.made


def _making(routes: Routes, desk: DidDesk, door: Door) -> None:
    @routes.post("")
    async def create(request: Request, backup_id: str) -> Response:
        """Make a DID; the Box makes and holds its keys."""
        async with door.signed(request) as signed:
            _nothing(signed)
            made = await run_in_threadpool(desk.create, signed.caller, backup_id)
        return JSONResponse(made.to_json(), 201)

    @routes.get("")
    async def list_all(request: Request, backup_id: str) -> Response:
        """The DIDs of a backup with their documents."""
        async with door.signed(request) as signed:
            told = await run_in_threadpool(desk.list, signed.caller, backup_id)
        return JSONResponse(told.to_json())

    @routes.post("/restore")
    async def restore(request: Request, backup_id: str) -> Response:
        """Hand the Box keys that the owner unwrapped; what it has already stays as it is."""
        async with door.signed(request) as signed:
            wanted = RestoreDids.from_json(parse_object(signed.body, "the body"))
            done = await run_in_threadpool(desk.restore, signed.caller, backup_id, wanted)
        return JSONResponse(done.to_json())


def _one(routes: Routes, desk: DidDesk, door: Door) -> None:
    @routes.get("/{did}")
    async def get(request: Request, backup_id: str, did: str) -> Response:
        """One DID with its document."""
        async with door.signed(request) as signed:
            told = await run_in_threadpool(desk.get, signed.caller, backup_id, did)
        return JSONResponse(told.to_json())

    @routes.delete("/{did}")
    async def delete(request: Request, backup_id: str, did: str) -> Response:
        """Forget a DID; generations that name it keep its keys, wrapped for the owner."""
        async with door.signed(request) as signed:
            await run_in_threadpool(desk.delete, signed.caller, backup_id, did)
        return Response(status_code=204)

    @routes.post("/{did}/publish")
    async def publish(request: Request, backup_id: str, did: str) -> Response:
        """Publish a DID's document, where this Box was told of a publisher."""
        async with door.signed(request) as signed:
            _nothing(signed)
            order = await run_in_threadpool(desk.order, signed.caller, backup_id, did)
            told = await desk.publish(order)
            if told.published:
                await run_in_threadpool(desk.published, signed.caller, backup_id, did, order.cid)
        return JSONResponse(told.to_json())


def _nothing(signed: Signed) -> None:
    """:raises BadMessage: the body holds something."""
    if signed.body:
        only(parse_object(signed.body, "the body"))
