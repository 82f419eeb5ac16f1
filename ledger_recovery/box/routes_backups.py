"""HTTP routes of backups: certificates, generations, deletion. They parse, ask `room` in a thread, and answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

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
from ledger_recovery.box.door import Door, Signed
from ledger_recovery.box.metrics import Metrics
from ledger_recovery.box.refusal import bad_certificate, bad_request, precondition_needed
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.box.routing import BoxRoute, Routes
from ledger_recovery.box.storing import Upload, store
from ledger_recovery.errors import LedgerRecoveryError

CHUNK: Final = 256 * 1024
BUNDLE_TYPE: Final = "application/octet-stream"
GENERATION_HEADER: Final = "X-Box-Generation"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,14}")


def backup_routes(room: BoxRoom, door: Door, metrics: Metrics) -> Sequence[BoxRoute]:
    """:param metrics: counts stored bytes."""
    routes = Routes("/v1/backups/{backup_id}")
    _certificates(routes, room, door)
    _reading(routes, room, door)
    _putting(routes, room, door, metrics)
    _owner(routes, room, door)
    return routes.made


def _certificates(routes: Routes, room: BoxRoom, door: Door) -> None:
    @routes.post("")
    async def enable(request: Request, backup_id: str) -> Response:
        """Make a backup of this ID for the owner who certified this device, or join it."""
        async with door.signed(request) as signed:
            joined, made = await run_in_threadpool(room.enable, signed.caller, backup_id, _certificate(signed))
        return JSONResponse(joined.to_json(), 201 if made else 200)

    @routes.post("/certificates")
    async def join(request: Request, backup_id: str) -> Response:
        """Let this device use a backup that is here already."""
        async with door.signed(request) as signed:
            joined = await run_in_threadpool(room.join, signed.caller, backup_id, _certificate(signed))
        return JSONResponse(joined.to_json())


def _reading(routes: Routes, room: BoxRoom, door: Door) -> None:
    @routes.get("")
    async def head(request: Request, backup_id: str) -> Response:
        """Which generations there are; ETag and X-Box-Generation tell the newest."""
        async with door.signed(request) as signed:
            told = await run_in_threadpool(room.head, signed.caller, backup_id)
        return JSONResponse(told.to_json(), headers=_newest_headers(told))

    @routes.head("")
    async def head_only(request: Request, backup_id: str) -> Response:
        """The headers of the same, without a body."""
        return await head(request, backup_id)

    @routes.get("/generations/{generation}")
    async def get(request: Request, backup_id: str, generation: str) -> Response:
        """The bundle, byte for byte as it was put."""
        async with door.signed(request) as signed:
            row, file = await run_in_threadpool(room.open_bundle, signed.caller, backup_id, number_in(generation))
        headers = {"ETag": etag(row.digest), "Content-Length": str(row.size), GENERATION_HEADER: str(row.generation)}
        return FileAnswer(file, headers=headers, media_type=BUNDLE_TYPE)

    @routes.get("/generations/{generation}/part")
    async def part(request: Request, backup_id: str, generation: str) -> Response:
        """What the Box adds to a generation: wrapped DID keys and documents."""
        async with door.signed(request) as signed:
            data = await run_in_threadpool(room.part, signed.caller, backup_id, number_in(generation))
        return Response(data, media_type="application/json")


def _putting(routes: Routes, room: BoxRoom, door: Door, metrics: Metrics) -> None:
    @routes.put("/generations/{generation}")
    async def put(request: Request, backup_id: str, generation: str) -> Response:
        """Keep a bundle; 201 says that it is durable. The same again gives the same answer."""
        async with door.signed(request, room.limits.max_bundle_bytes) as signed:
            upload = _upload(request, signed, backup_id, number_in(generation))
            stored = await run_in_threadpool(store, room, signed.caller, upload)
            metrics.stored(len(signed.body))
        return JSONResponse(stored.to_json(), 201)


def _owner(routes: Routes, room: BoxRoom, door: Door) -> None:
    @routes.delete("")
    async def delete(request: Request, backup_id: str) -> Response:
        """Forget the backup with everything in it, DIDs included; only its owner can."""
        async with door.signed(request) as signed:
            await run_in_threadpool(room.delete, signed.caller, backup_id)
        return Response(status_code=204)

    @routes.delete("/generations/{generation}")
    async def delete_generation(request: Request, backup_id: str, generation: str) -> Response:
        """Forget one generation; only the owner can."""
        async with door.signed(request) as signed:
            await run_in_threadpool(room.delete_generation, signed.caller, backup_id, number_in(generation))
        return Response(status_code=204)

    @routes.post("/retire")
    async def retire(request: Request, backup_id: str) -> Response:
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


class FileAnswer(Response):
    """An open file as the body, read in pieces; closed however the sending ends."""

    def __init__(self, file: BinaryIO, *, headers: Mapping[str, str], media_type: str) -> None:
        self._file = file
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file as file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while chunk := await run_in_threadpool(file.read, CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
