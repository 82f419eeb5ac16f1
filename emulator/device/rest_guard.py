"""Keeps web pages of others away from the device, and bodies small.

A deliberate difference from Speculos, which lets any origin drive it: a request whose Origin or Host is not this
server's own loopback address is refused with 403.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.device.rest_input import MAX_BODY

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


class LoopbackOnly:
    """ASGI middleware: foreign Origin or Host 403, over-long body 413, and `Connection: close` on every answer."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in _LOOPBACK_NAMES}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests of this machine only."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        origin, host = headers.get("origin"), headers.get("host", "")
        if (origin is not None and origin not in self._origins) or host.lower() not in self._hosts:
            text = "refused: this device takes requests of its own pages and of local programs only\n"
            return PlainTextResponse(text, 403, {"Connection": "close"})
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return PlainTextResponse("the body is too long\n", 413, {"Connection": "close"})
        return None
