"""HTTP routes that need no signature: about, pairing, unpairing (signed), health, metrics and the two pages.

The pairing page and, unless configured otherwise, the metrics are for this computer only: the peer's address must be
a loopback one, the request must name it so, and nobody may have forwarded it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from ledger_recovery.backup.protocol import VERSION
from ledger_recovery.backup.protocol_json import parse_object
from ledger_recovery.backup.protocol_replies import About, Limits
from ledger_recovery.backup.protocol_requests import PairRequest
from ledger_recovery.box import models
from ledger_recovery.box.door import Door
from ledger_recovery.box.metrics import CONTENT_TYPE, Metrics
from ledger_recovery.box.offering import Address, CurrentOffer, OpenOffer, grouped, qr_svg
from ledger_recovery.box.openapi import SIGNED, json_body, open_answers, signed_answers
from ledger_recovery.box.page import POLICY, QR_PATH, pairing_page, root_page
from ledger_recovery.box.refusal import not_found
from ledger_recovery.box.room import BoxRoom

MAX_PAIR_BODY: Final = 4096
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_HTML_POLICY: Final = {"Content-Security-Policy": POLICY}


def open_routes(room: BoxRoom, door: Door, metrics: Metrics, address: Address) -> APIRouter:
    """:param address: as it is announced."""
    router = APIRouter()
    _about(router, room, address)
    _devices(router, room, door)
    _watching(router, room, metrics)
    _pages(router, room, address, CurrentOffer(room, address).get)
    return router


def _about(router: APIRouter, room: BoxRoom, address: Address) -> None:
    limits = room.limits
    announced = Limits(
        max_bundle_bytes=limits.max_bundle_bytes,
        max_dids=limits.max_dids,
        generations_kept=limits.generations_kept,
        retention_days=limits.retention_days,
        requests_per_minute=limits.requests_per_minute,
    )

    @router.get("/v1/about", response_model=models.About, responses=open_answers(), tags=["about"])
    async def about() -> Response:
        """Name, pin, limits and retention of this Box, and its clock."""
        return JSONResponse(About(address.name, address.pin.hex(), VERSION, room.now(), announced).to_json())


def _devices(router: APIRouter, room: BoxRoom, door: Door) -> None:
    @router.post(
        "/v1/pair",
        status_code=201,
        response_model=models.Paired,
        responses=open_answers(400, 403, 413, 507),
        openapi_extra=json_body(models.PairBody),
        tags=["devices"],
    )
    async def pair(request: Request) -> Response:
        """Register a machine's key with a one-time token; wrong, used and expired tokens get one answer."""
        door.count_pairing(host_of(request))
        async with door.body(request, MAX_PAIR_BODY) as (body, _):
            wanted = PairRequest.from_json(parse_object(body, "the body"))
            paired = await run_in_threadpool(room.pair, wanted)
        return JSONResponse(paired.to_json(), 201)

    @router.delete(
        "/v1/devices/self", status_code=204, responses=signed_answers(), dependencies=[SIGNED], tags=["devices"]
    )
    async def unpair(request: Request) -> Response:
        """Forget the machine that asks; its backups stay."""
        async with door.signed(request) as signed:
            await run_in_threadpool(room.unpair, signed.caller.device.id)
        return Response(status_code=204)


def _watching(router: APIRouter, room: BoxRoom, metrics: Metrics) -> None:
    @router.get("/healthz", response_model=models.Health, responses=open_answers(), tags=["watching"])
    async def health() -> Response:
        """Whether the database answers."""
        await run_in_threadpool(room.device, "health")
        return JSONResponse({"status": "ok"})

    @router.get("/metrics", response_class=PlainTextResponse, responses=open_answers(404), tags=["watching"])
    async def numbers(request: Request) -> Response:
        """Counts in Prometheus' text format; for this computer only, unless configured otherwise."""
        if not room.config.metrics_open and not is_local(request):
            raise not_found()
        gauges = await run_in_threadpool(room.gauges)
        return Response(metrics.text(gauges), headers={"Content-Type": CONTENT_TYPE})


def _pages(router: APIRouter, room: BoxRoom, address: Address, offer: Callable[[], OpenOffer]) -> None:
    limits = room.limits

    @router.get("/", include_in_schema=False)
    async def root() -> Response:
        fingerprint, mib = grouped(address.pin), limits.max_bundle_bytes >> 20
        text = root_page(address.name, fingerprint, kept=limits.generations_kept, largest_mib=mib)
        return HTMLResponse(text, headers=_HTML_POLICY)

    @router.get("/pair", include_in_schema=False)
    async def pairing(request: Request) -> Response:
        if not is_local(request):
            raise not_found()
        o = await run_in_threadpool(offer)
        text = pairing_page(o.name, url=o.url, link=o.link, code=o.code, fingerprint=o.fingerprint, expires=o.expires)
        return HTMLResponse(text, headers=_HTML_POLICY)

    @router.get(QR_PATH, include_in_schema=False)
    async def picture(request: Request) -> Response:
        if not is_local(request):
            raise not_found()
        return Response(qr_svg((await run_in_threadpool(offer)).link), media_type="image/svg+xml")


def host_of(request: Request) -> str:
    """The peer's address; "" when there is none."""
    return request.client.host if request.client else ""


def is_local(request: Request) -> bool:
    """Whether the request comes from this computer, names it as such (no rebound DNS name), and was not forwarded."""
    named = request.url.hostname or ""
    return (
        _is_loopback(host_of(request))
        and (named == "localhost" or _is_loopback(named))
        and not any(name in request.headers for name in _FORWARDED)
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
