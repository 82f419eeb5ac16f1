"""Speculos' REST API over one hub: same paths, shapes and status codes as Speculos 0.27.1.

Extensions of our own are under /x/ (see `rest_extensions`) so that Speculos' API stays clean.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from importlib.resources import files

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from emulator.device import rest_input, screenshot
from emulator.device.automation import BadAutomation, parse
from emulator.device.hub import DeviceGone, EventObject, Hub
from emulator.device.rest_guard import LoopbackOnly
from emulator.device.rest_input import Invalid, Schema, Unparsable
from emulator.device.rest_replies import (
    NOT_ALLOWED,
    UNPARSABLE,
    CutResponse,
    DeferredResponse,
    json_reply,
    method_not_allowed,
    not_found,
    page_reply,
)
from emulator.device.screens import Button

DEFAULT_TICK_TIMEOUT = 3000
DEFAULT_DELAY = 0.1
_BUTTONS = {"left": Button.LEFT, "right": Button.RIGHT, "both": Button.BOTH}
_STATIC = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
}
_PAGE_POLICY = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"}

Body = dict[str, object]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(handler: Endpoint) -> Endpoint:
    """Turn the errors every path has in common into Speculos' answers."""

    @wraps(handler)
    async def call(request: Request) -> Response:
        try:
            return await handler(request)
        except Unparsable:
            return json_reply(UNPARSABLE, 400)
        except Invalid as error:
            return json_reply({"error": str(error)}, 400)
        except (DeviceGone, ClientDisconnect):
            return CutResponse()

    return call


async def body_of(request: Request, schema: Schema) -> Body:
    """The checked JSON body; its content type does not matter.

    :raises Unparsable: not JSON, or too long
    :raises Invalid: not what the schema wants
    """
    return rest_input.read(await raw_body(request), schema)


async def raw_body(request: Request) -> bytes:
    """The body, bounded.

    :raises Unparsable: too long
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > rest_input.MAX_BODY:
            raise Unparsable
    return bytes(body)


def _number(body: Body, name: str, default: float) -> float:
    value = body.get(name, default)
    try:
        return float(value) if isinstance(value, int | float) else default
    except OverflowError:
        return math.inf


class SpeculosApi:
    """The handlers of Speculos' own paths."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        """Paths in the order in which they are tried; the last one takes all that is left."""
        table: list[tuple[str, str, Endpoint]] = [
            ("/apdu", "POST", self.apdu),
            ("/finger", "POST", self.finger),
            ("/button/{name}", "POST", self.button),
            ("/events", "GET", self.events),
            ("/events", "DELETE", self.clear_events),
            ("/screenshot", "GET", self.screenshot),
            ("/automation", "POST", self.automation),
            ("/ticker/", "POST", self.ticker),
            ("/ticker", "POST", self.ticker_redirect),
            ("/static/{name}", "GET", self.static),
            ("/swagger/", "GET", self.reference),
            ("/", "GET", self.page),
        ]
        return [Route(path, endpoint(handler), methods=[method]) for path, method, handler in table]

    async def apdu(self, request: Request) -> Response:
        """Send an APDU; the body of the answer comes when the app answers anything."""
        body = await body_of(request, rest_input.APDU)
        packet = bytes.fromhex(str(body["data"]))
        timeout = _number(body, "tick_timeout", DEFAULT_TICK_TIMEOUT)
        return DeferredResponse(self._exchange(packet, timeout), "application/json")

    async def _exchange(self, packet: bytes, tick_timeout: float) -> bytes:
        answer = await self._hub.exchange(packet, tick_timeout)
        return json.dumps({"data": answer.hex()}).encode("ascii")

    async def button(self, request: Request) -> Response:
        """Press, release, or both with a delay after each."""
        mask = _BUTTONS.get(request.path_params["name"])
        if mask is None:
            return method_not_allowed("GET, HEAD, OPTIONS")
        body = await body_of(request, rest_input.BUTTON)
        delay = _number(body, "delay", DEFAULT_DELAY)
        if body["action"] != "press-and-release":
            self._hub.press(mask if body["action"] == "press" else 0)
            return json_reply({})
        self._hub.press(mask)
        await self._hub.wait(delay)
        self._hub.press(0)
        await self._hub.wait(delay)
        return json_reply({})

    async def finger(self, request: Request) -> Response:
        """Touch, lift, or both with a delay between; `x2`, `y2` say where the finger is lifted."""
        body = await body_of(request, rest_input.FINGER)
        x, y = int(_number(body, "x", 0)), int(_number(body, "y", 0))
        if body["action"] != "press-and-release":
            self._hub.finger(x, y, body["action"] == "press")
            return json_reply({})
        self._hub.finger(x, y, True)
        await self._hub.wait(_number(body, "delay", DEFAULT_DELAY))
        self._hub.finger(int(_number(body, "x2", x)), int(_number(body, "y2", y)), False)
        return json_reply({})

    async def events(self, request: Request) -> Response:
        """Texts since the start, those on the screen, or a stream of new ones."""
        flags = {}
        for name in ("stream", "currentscreenonly"):
            try:
                flags[name] = rest_input.query_boolean(request.query_params.get(name, "false"))
            except ValueError as error:
                return json_reply({"message": {name: str(error)}}, 400)
        if flags["stream"]:
            headers = {"Connection": "close"}
            return StreamingResponse(self._stream(self._hub.open_stream()), 200, headers, "text/event-stream")
        if flags["currentscreenonly"]:
            return json_reply({"events": [text.event() for text in self._hub.machine.visible]})
        return json_reply({"events": list(self._hub.history)})

    async def _stream(self, queue: asyncio.Queue[EventObject | None]) -> AsyncIterator[str]:
        try:
            while (event := await queue.get()) is not None:
                yield f"data: {json.dumps(event)}\n\n"
        finally:
            self._hub.close_stream(queue)

    async def clear_events(self, request: Request) -> Response:
        """Forget the history; the screen stays."""
        self._hub.history.clear()
        return json_reply({})

    async def screenshot(self, request: Request) -> Response:
        """The screen as a PNG."""
        data = screenshot.png(self._hub.machine.visible, self._hub.machine.setup.model)
        return page_reply(data, "image/png", {"Cache-Control": "no-cache, no-store, must-revalidate"})

    async def automation(self, request: Request) -> Response:
        """New automation rules; they hold from the next drawing on."""
        try:
            document = (await raw_body(request)).decode("ascii")
        except UnicodeDecodeError:
            return json_reply("invalid encoding", 400)
        try:
            self._hub.machine.automation = parse(document)
        except BadAutomation:
            return json_reply("invalid document", 400)
        return json_reply({})

    async def ticker(self, request: Request) -> Response:
        """Pause or resume the time of the device, or let 0.1 s of it pass."""
        action = (await body_of(request, rest_input.TICKER))["action"]
        if action == "single-step":
            self._hub.tick()
        else:
            self._hub.paused = action == "pause"
        return json_reply({})

    async def ticker_redirect(self, request: Request) -> Response:
        """The path has a slash at its end."""
        return RedirectResponse("/ticker/", 308, {"Connection": "close"})

    async def page(self, request: Request) -> Response:
        """The page that shows the screen and the buttons."""
        return page_reply(_static_file("page.html"), "text/html; charset=utf-8", _PAGE_POLICY)

    async def reference(self, request: Request) -> Response:
        """A page that lists the paths."""
        return page_reply(_static_file("reference.html"), "text/html; charset=utf-8", _PAGE_POLICY)

    async def static(self, request: Request) -> Response:
        """Script and style of the pages."""
        name = request.path_params["name"]
        return page_reply(_static_file(name), _STATIC[name]) if name in _STATIC else not_found()


def _static_file(name: str) -> bytes:
    return files("emulator.device").joinpath("static", name).read_bytes()


async def fallback(scope: Scope, receive: Receive, send: Send) -> None:
    """Unknown pages are 404; other methods 405, in JSON for /events as Speculos does; OPTIONS is always 200."""
    response: Response
    if scope["method"] == "OPTIONS":
        response = page_reply("", "text/html; charset=utf-8", {"Allow": "GET, HEAD, OPTIONS, POST"})
    elif scope["path"] == "/events" and scope["method"] not in ("GET", "HEAD"):
        response = json_reply(NOT_ALLOWED, 405)
    elif scope["method"] in ("GET", "HEAD"):
        response = not_found()
    else:
        response = method_not_allowed("POST, OPTIONS" if scope["path"] == "/apdu" else "GET, HEAD, OPTIONS")
    await response(scope, receive, send)


class _Anything:
    """A route endpoint for all methods: Starlette limits functions to GET, not classes' instances."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await fallback(scope, receive, send)


def build(hub: Hub, port: int, extra_routes: list[Route]) -> Starlette:
    """The web application.

    :param port: where it will listen; decides which Origin is its own
    """
    routes = [*SpeculosApi(hub).routes(), *extra_routes, Route("/{path:path}", _Anything())]
    app = Starlette(routes=routes, middleware=[Middleware(LoopbackOnly, port=port)])
    app.router.redirect_slashes = False
    return app
