"""HTTP routes that need no signature: about, pairing, unpairing (signed), health, metrics and the two pages.

The pairing page and, unless configured otherwise, the metrics are for this computer only: the peer's address must be
a loopback one, the request must name it so, and nobody may have forwarded it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ledger_recovery.backup.protocol import VERSION
from ledger_recovery.backup.protocol_json import parse_object
from ledger_recovery.backup.protocol_replies import About, Limits
from ledger_recovery.backup.protocol_requests import PairRequest
from ledger_recovery.box.door import Door
from ledger_recovery.box.metrics import CONTENT_TYPE, Metrics
from ledger_recovery.box.offering import Address, CurrentOffer, OpenOffer, grouped, qr_svg
from ledger_recovery.box.page import POLICY, QR_PATH, pairing_page, root_page
from ledger_recovery.box.refusal import not_found
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.box.routing import PAGE, BoxRoute, Routes

MAX_PAIR_BODY: Final = 4096
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_HTML_POLICY: Final = {"Content-Security-Policy": POLICY}


def open_routes(room: BoxRoom, door: Door, metrics: Metrics, address: Address) -> Sequence[BoxRoute]:
    """:param address: as it is announced."""
    routes = Routes()
    _about(routes, room, address)
    _devices(routes, room, door)
    _watching(routes, room, metrics)
    _pages(routes, room, address, CurrentOffer(room, address).get)
    return routes.made


def _about(routes: Routes, room: BoxRoom, address: Address) -> None:
    limits = room.limits
    announced = Limits(
        max_bundle_bytes=limits.max_bundle_bytes,
        max_dids=limits.max_dids,
        generations_kept=limits.generations_kept,
        retention_days=limits.retention_days,
        requests_per_minute=limits.requests_per_minute,
    )

    @routes.get("/v1/about")
    async def about(_request: Request) -> Response:
        """Name, pin, limits and retention of this Box, and its clock."""
        return JSONResponse(About(address.name, address.pin.hex(), VERSION, room.now(), announced).to_json())


def _devices(routes: Routes, room: BoxRoom, door: Door) -> None:
    @routes.post("/v1/pair")
    async def pair(request: Request) -> Response:
        """Register a machine's key with a one-time token; wrong, used and expired tokens get one answer."""
        door.count_pairing(host_of(request))
        async with door.body(request, MAX_PAIR_BODY) as (body, _):
            wanted = PairRequest.from_json(parse_object(body, "the body"))
            paired = await run_in_threadpool(room.pair, wanted)
        return JSONResponse(paired.to_json(), 201)

    @routes.delete("/v1/devices/self")
    async def unpair(request: Request) -> Response:
        """Forget the machine that asks; its backups stay."""
        async with door.signed(request) as signed:
            await run_in_threadpool(room.unpair, signed.caller.device.id)
        return Response(status_code=204)


def _watching(routes: Routes, room: BoxRoom, metrics: Metrics) -> None:
    @routes.get("/healthz")
    async def health(_request: Request) -> Response:
        """Whether the database answers."""
        await run_in_threadpool(room.device, "health")
        return JSONResponse({"status": "ok"})

    @routes.get("/metrics")
    async def numbers(request: Request) -> Response:
        """Counts in Prometheus' text format; for this computer only, unless configured otherwise."""
        if not room.config.metrics_open and not is_local(request):
            raise not_found()
        gauges = await run_in_threadpool(room.gauges)
        return Response(metrics.text(gauges), headers={"Content-Type": CONTENT_TYPE})


def _pages(routes: Routes, room: BoxRoom, address: Address, offer: Callable[[], OpenOffer]) -> None:
    limits = room.limits

    @routes.get("/", described=PAGE)
    async def root(_request: Request) -> Response:
        fingerprint, mib = grouped(address.pin), limits.max_bundle_bytes >> 20
        text = root_page(address.name, fingerprint, kept=limits.generations_kept, largest_mib=mib)
        return HTMLResponse(text, headers=_HTML_POLICY)

    @routes.get("/pair", described=PAGE)
    async def pairing(request: Request) -> Response:
        if not is_local(request):
            raise not_found()
        o = await run_in_threadpool(offer)
        text = pairing_page(o.name, url=o.url, link=o.link, code=o.code, fingerprint=o.fingerprint, expires=o.expires)
        return HTMLResponse(text, headers=_HTML_POLICY)

    @routes.get(QR_PATH, described=PAGE)
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
