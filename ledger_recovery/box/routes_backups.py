"""HTTP routes of backups: certificates, generations, deletion. They parse, ask `room` in a thread, and answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.backup.protocol import (
    BOX_DIDS,
    IDEMPOTENCY,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    etag,
    parse_dids_header,
    parse_if_match,
)
from ledger_recovery.backup.protocol_json import BadMessage, parse_object
from ledger_recovery.backup.protocol_replies import Head
from ledger_recovery.backup.protocol_requests import RetireRequest
from ledger_recovery.box import models
from ledger_recovery.box.door import Door, Signed
from ledger_recovery.box.metrics import Metrics
from ledger_recovery.box.openapi import (
    BUNDLE_TYPE,
    OWNER_PROOF,
    SIGNED,
    BackupPath,
    GenerationPath,
    header,
    json_body,
    signed_answers,
)
from ledger_recovery.box.refusal import bad_certificate, bad_request, precondition_needed
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.box.storing import Upload, store
from ledger_recovery.errors import LedgerRecoveryError

CHUNK: Final = 256 * 1024
GENERATION_HEADER: Final = "X-Box-Generation"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,14}")
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_BUNDLE_BODY: Final = {"requestBody": {"required": True, "content": {BUNDLE_TYPE: _BINARY}}}
_PUT_HEADERS: Final = [
    header("If-Match", r'^("[0-9a-f]{64}"|none)$', "digest of the generation before, in quotes, or none"),
    header("Idempotency-Key", r"^[A-Za-z0-9_-]{16,64}$", "the same for every try of one upload"),
    header("X-Box-Dids", r"^[A-Za-z0-9:,]{0,8192}$", "the DIDs that the bundle names, by commas", required=False),
]


def backup_routes(room: BoxRoom, door: Door, metrics: Metrics) -> APIRouter:
    """:param metrics: counts stored bytes."""
    router = APIRouter(prefix="/v1/backups/{backup_id}", dependencies=[SIGNED], tags=["backups"])
    _certificates(router, room, door)
    _reading(router, room, door)
    _putting(router, room, door, metrics)
    _owner(router, room, door)
    return router


def _certificates(router: APIRouter, room: BoxRoom, door: Door) -> None:
    @router.post(
        "",
        status_code=201,
        response_model=models.Joined,
        responses={200: {"model": models.Joined, "description": "it was here; joined"}, **signed_answers(422, 507)},
        openapi_extra=json_body(models.CertificateBody),
    )
    async def enable(request: Request, backup_id: BackupPath) -> Response:
        """Make a backup of this ID for the owner who certified this device, or join it."""
        async with door.signed(request) as signed:
            joined, made = await run_in_threadpool(room.enable, signed.caller, backup_id, _certificate(signed))
        return JSONResponse(joined.to_json(), 201 if made else 200)

    @router.post(
        "/certificates",
        response_model=models.Joined,
        responses=signed_answers(404, 422, 507),
        openapi_extra=json_body(models.CertificateBody),
    )
    async def join(request: Request, backup_id: BackupPath) -> Response:
        """Let this device use a backup that is here already."""
        async with door.signed(request) as signed:
            joined = await run_in_threadpool(room.join, signed.caller, backup_id, _certificate(signed))
        return JSONResponse(joined.to_json())


def _reading(router: APIRouter, room: BoxRoom, door: Door) -> None:
    @router.get("", response_model=models.Head, responses=signed_answers(404))
    async def head(request: Request, backup_id: BackupPath) -> Response:
        """Which generations there are; ETag and X-Box-Generation tell the newest."""
        async with door.signed(request) as signed:
            told = await run_in_threadpool(room.head, signed.caller, backup_id)
        return JSONResponse(told.to_json(), headers=_newest_headers(told))

    @router.head("", responses=signed_answers(404))
    async def head_only(request: Request, backup_id: BackupPath) -> Response:
        """The headers of the same, without a body."""
        return await head(request, backup_id)

    @router.get(
        "/generations/{generation}",
        response_class=Response,
        responses={200: {"content": {BUNDLE_TYPE: _BINARY}}, **signed_answers(404)},
    )
    async def get(request: Request, backup_id: BackupPath, generation: GenerationPath) -> Response:
        """The bundle, byte for byte as it was put."""
        async with door.signed(request) as signed:
            row, file = await run_in_threadpool(room.open_bundle, signed.caller, backup_id, number_in(generation))
        headers = {"ETag": etag(row.digest), "Content-Length": str(row.size), GENERATION_HEADER: str(row.generation)}
        return StreamingResponse(_chunks(file), headers=headers, media_type=BUNDLE_TYPE)

    @router.get(
        "/generations/{generation}/part",
        response_class=Response,
        responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **signed_answers(404)},
    )
    async def part(request: Request, backup_id: BackupPath, generation: GenerationPath) -> Response:
        """What the Box adds to a generation: wrapped DID keys and documents."""
        async with door.signed(request) as signed:
            data = await run_in_threadpool(room.part, signed.caller, backup_id, number_in(generation))
        return Response(data, media_type="application/json")


def _putting(router: APIRouter, room: BoxRoom, door: Door, metrics: Metrics) -> None:
    @router.put(
        "/generations/{generation}",
        status_code=201,
        response_model=models.Stored,
        responses=signed_answers(404, 409, 412, 422, 428, 507),
        openapi_extra={**_BUNDLE_BODY, "parameters": _PUT_HEADERS},
    )
    async def put(request: Request, backup_id: BackupPath, generation: GenerationPath) -> Response:
        """Keep a bundle; 201 says that it is durable. The same again gives the same answer."""
        async with door.signed(request, room.limits.max_bundle_bytes) as signed:
            upload = _upload(request, signed, backup_id, number_in(generation))
            stored = await run_in_threadpool(store, room, signed.caller, upload)
            metrics.stored(len(signed.body))
        return JSONResponse(stored.to_json(), 201)


def _owner(router: APIRouter, room: BoxRoom, door: Door) -> None:
    proof = {"parameters": [OWNER_PROOF]}

    @router.delete("", status_code=204, responses=signed_answers(403, 404), openapi_extra=proof)
    async def delete(request: Request, backup_id: BackupPath) -> Response:
        """Forget the backup with everything in it, DIDs included; only its owner can."""
        async with door.signed(request) as signed:
            await run_in_threadpool(room.delete, signed.caller, backup_id)
        return Response(status_code=204)

    @router.delete(
        "/generations/{generation}", status_code=204, responses=signed_answers(403, 404), openapi_extra=proof
    )
    async def delete_generation(request: Request, backup_id: BackupPath, generation: GenerationPath) -> Response:
        """Forget one generation; only the owner can."""
        async with door.signed(request) as signed:
            await run_in_threadpool(room.delete_generation, signed.caller, backup_id, number_in(generation))
        return Response(status_code=204)

    @router.post(
        "/retire",
        response_model=models.Retired,
        responses=signed_answers(403, 404),
        openapi_extra={**proof, **json_body(models.RetireBody)},
    )
    async def retire(request: Request, backup_id: BackupPath) -> Response:
        """Delete the backup after some days; until then it can be read. Only the owner can."""
        async with door.signed(request) as signed:
            days = RetireRequest.from_json(parse_object(signed.body, "the body")).days
            retired = await run_in_threadpool(room.retire, signed.caller, backup_id, days)
        return JSONResponse(retired.to_json())


# --- what requests say ------------------------------------------------------------------------------------------


def number_in(text: str) -> int:
    """A generation's number in a path; 0, which no generation has, for anything else."""
    return int(text) if _NUMBER.fullmatch(text) else 0


def _certificate(signed: Signed) -> Certificate:
    fields = parse_object(signed.body, "the body")
    try:
        return Certificate.from_json(fields)
    except LedgerRecoveryError as error:
        raise bad_certificate(error.sentence) from None


def _upload(request: Request, signed: Signed, backup_id: str, generation: int) -> Upload:
    """:raises Refusal: 400 or 428."""
    if IF_MATCH not in request.headers:
        raise precondition_needed()
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    if not IDEMPOTENCY.fullmatch(key):
        raise bad_request("the Idempotency-Key is missing, or is not 16 to 64 letters, digits, - and _")
    try:
        previous = parse_if_match(request.headers[IF_MATCH])
        dids = parse_dids_header(request.headers.get(BOX_DIDS, ""))
    except BadMessage as error:
        raise bad_request(error.sentence) from None
    return Upload(backup_id, generation, signed.body, signed.body_sha256, previous, key, dids)


def _newest_headers(told: Head) -> dict[str, str]:
    if told.newest is None:
        return {}
    return {"ETag": etag(told.newest.digest), GENERATION_HEADER: str(told.newest.generation)}


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
