"""The outermost layer of every request: its address is counted, its time is bounded, no error leaves unanswered.

Logs hold the kind and place of a defect and nothing of the request: no path, ID, header or body.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger_recovery.box.door import Door
from ledger_recovery.box.metrics import Metrics
from ledger_recovery.box.refusal import Refusal, defect, framed_twice, too_slow

log = logging.getLogger("ledger_recovery.box")

HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Of every answer that does not say otherwise itself."""


class Guard:
    """:param clock: seconds that never go back.

    :param request_time: seconds that a request may take, body and answer included.
    """

    def __init__(
        self, app: ASGIApp, door: Door, metrics: Metrics, clock: Callable[[], float], request_time: float
    ) -> None:
        self._app = app
        self._door = door
        self._metrics = metrics
        self._clock = clock
        self._request_time = request_time

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            began = self._clock()
            answer = _Answer(send)
            await self._answer(scope, receive, answer)
            route = getattr(scope.get("route"), "path", None)
            self._metrics.answered(route, scope["method"], answer.status, self._clock() - began)
        else:
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            client = scope.get("client")
            self._door.count_address(client[0] if client else "")
            if _is_framed_twice(scope):
                raise framed_twice()
            async with asyncio.timeout(self._request_time):
                await self._app(scope, receive, answer.send)
        except Refusal as refusal:
            await answer.refuse(refusal)
        except TimeoutError:
            await answer.refuse(too_slow())
        except ClientDisconnect:
            log.debug("a client went away")
        except Exception as error:
            log.error("defect: %s", where(error))
            await answer.refuse(defect())


def _is_framed_twice(scope: Scope) -> bool:
    """Whether a request says both how long its body is and that it comes in chunks (RFC 9112, 6.1).

    Programs on the way may take the one or the other for its end, and what follows for a request of somebody else.
    """
    return sum(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"]) > 1


class _Answer:
    """Sends once; adds the headers that every answer has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = False
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            self.status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            missing = [header for header in HEADERS if header[0] not in present]
            message = {**message, "headers": [*message["headers"], *missing]}
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal; after a part of an answer was sent, leaving it unfinished is all that can be done."""
        if self._started:
            return
        body = json.dumps(refusal.body()).encode()
        headers = {**refusal.headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body})


def where(error: BaseException) -> str:
    """The kind of an error and the line that raised it; not its text, which may hold what a request said."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{type(error).__name__} at {place}"
