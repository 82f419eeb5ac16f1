"""Answers shaped as those of Speculos' web server, and the one that is cut off in the middle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulator.device.hub import DeviceGone

UNPARSABLE = {"message": "The browser (or proxy) sent a request that this server could not understand."}
NOT_ALLOWED = {"message": "The method is not allowed for the requested URL."}
_CLOSE = {"Connection": "close"}


def json_reply(value: object, status: int = 200) -> Response:
    """JSON with a final newline."""
    return Response(json.dumps(value) + "\n", status, _CLOSE, "application/json")


def page_reply(content: bytes | str, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page, script, style or picture."""
    return Response(content, 200, {**_CLOSE, **(headers or {})}, media_type)


def html_error(status: int, title: str, text: str, allow: str | None = None) -> Response:
    """An error page, with an Allow header for 405."""
    body = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    headers = _CLOSE if allow is None else {**_CLOSE, "Allow": allow}
    return Response(body, status, headers, "text/html; charset=utf-8")


def not_found() -> Response:
    """404 for an unknown page."""
    return html_error(404, "Not Found", "The requested URL was not found on the server.")


def method_not_allowed(allow: str) -> Response:
    """405 for a known page."""
    return html_error(405, "Method Not Allowed", "The method is not allowed for the requested URL.", allow)


class CutResponse(Response):
    """Headers and nothing else: the device ended before there was anything to say.

    Speculos drops the connection without headers; to a client both are an answer that broke off.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and do not finish; the server then closes the connection."""
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class DeferredResponse(Response):
    """Headers at once, the body when it is there; cut without an end mark if it never comes."""

    def __init__(self, body: Awaitable[bytes], media_type: str) -> None:
        super().__init__(media_type=media_type)
        self._deferred = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the body or for the client to leave."""
        media_type = (self.media_type or "application/octet-stream").encode("ascii")
        headers = [(b"content-type", media_type), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = asyncio.ensure_future(self._deferred)
        gone = asyncio.ensure_future(_client_gone(receive))
        try:
            await asyncio.wait([body, gone], return_when=asyncio.FIRST_COMPLETED)
            if body.done():
                await send({"type": "http.response.body", "body": body.result()})
        except DeviceGone:
            return
        finally:
            for task in (body, gone):
                task.cancel()
            await asyncio.gather(body, gone, return_exceptions=True)


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
