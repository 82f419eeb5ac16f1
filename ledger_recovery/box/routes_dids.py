"""HTTP routes of the DIDs that the Box keeps for a backup."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ledger_recovery.backup.protocol_json import only, parse_object
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.box import models
from ledger_recovery.box.did_desk import DidDesk
from ledger_recovery.box.door import Door, Signed
from ledger_recovery.box.openapi import SIGNED, BackupPath, DidPath, json_body, signed_answers


def did_routes(desk: DidDesk, door: Door) -> APIRouter:
    """Everything below /v1/backups/{id}/dids."""
    router = APIRouter(prefix="/v1/backups/{backup_id}/dids", dependencies=[SIGNED], tags=["dids"])
    _making(router, desk, door)
    _one(router, desk, door)
    return router


def _making(router: APIRouter, desk: DidDesk, door: Door) -> None:
    @router.post(
        "",
        status_code=201,
        response_model=models.DidReply,
        responses=signed_answers(404, 507),
        openapi_extra=json_body(models.Nothing, required=False),
    )
    async def create(request: Request, backup_id: BackupPath) -> Response:
        """Make a DID; the Box makes and holds its keys."""
        async with door.signed(request) as signed:
            _nothing(signed)
            made = await run_in_threadpool(desk.create, signed.caller, backup_id)
        return JSONResponse(made.to_json(), 201)

    @router.get("", response_model=models.DidList, responses=signed_answers(404))
    async def list_all(request: Request, backup_id: BackupPath) -> Response:
        """The DIDs of a backup with their documents."""
        async with door.signed(request) as signed:
            told = await run_in_threadpool(desk.list, signed.caller, backup_id)
        return JSONResponse(told.to_json())

    @router.post(
        "/restore",
        response_model=models.DidsRestored,
        responses=signed_answers(404, 422, 507),
        openapi_extra=json_body(models.RestoreDidsBody),
    )
    async def restore(request: Request, backup_id: BackupPath) -> Response:
        """Hand the Box keys that the owner unwrapped; what it has already stays as it is."""
        async with door.signed(request) as signed:
            wanted = RestoreDids.from_json(parse_object(signed.body, "the body"))
            done = await run_in_threadpool(desk.restore, signed.caller, backup_id, wanted)
        return JSONResponse(done.to_json())


def _one(router: APIRouter, desk: DidDesk, door: Door) -> None:
    @router.get("/{did}", response_model=models.DidReply, responses=signed_answers(404))
    async def get(request: Request, backup_id: BackupPath, did: DidPath) -> Response:
        """One DID with its document."""
        async with door.signed(request) as signed:
            told = await run_in_threadpool(desk.get, signed.caller, backup_id, did)
        return JSONResponse(told.to_json())

    @router.delete("/{did}", status_code=204, responses=signed_answers(404))
    async def delete(request: Request, backup_id: BackupPath, did: DidPath) -> Response:
        """Forget a DID; generations that name it keep its keys, wrapped for the owner."""
        async with door.signed(request) as signed:
            await run_in_threadpool(desk.delete, signed.caller, backup_id, did)
        return Response(status_code=204)

    @router.post(
        "/{did}/publish",
        response_model=models.Published,
        responses=signed_answers(404),
        openapi_extra=json_body(models.Nothing, required=False),
    )
    async def publish(request: Request, backup_id: BackupPath, did: DidPath) -> Response:
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
