"""The straight way from a request to its endpoint: by method and path, and nothing else.

Every endpoint reads and checks its request itself, so a framework's work for each request would be in vain; it took a
third of the time of an upload. What the routes take and answer is described in `described`, by FastAPI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from re import Pattern
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from ledger_recovery.box.refusal import not_allowed, not_found

Endpoint = Callable[..., Awaitable[Response]]
"""Takes the request, and the texts in its path by name."""
AnyEndpoint = TypeVar("AnyEndpoint", bound=Endpoint)
Translate = Callable[[Exception], Response | None]
"""An error that an endpoint raised, as an answer; None for a defect."""

PAGE: Final = False
"""For people: not in the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class BoxRoute:
    """`path`: a template, e.g. "/v1/backups/{backup_id}". `described`: whether the OpenAPI document holds it."""

    method: str
    path: str
    endpoint: Endpoint
    described: bool
    pattern: Pattern[str]


class Routes:
    """Routes in the making, all below one prefix."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.made: list[BoxRoute] = []

    def get(self, path: str, *, described: bool = True) -> Callable[[AnyEndpoint], AnyEndpoint]:
        return self._add("GET", path, described=described)

    def head(self, path: str) -> Callable[[AnyEndpoint], AnyEndpoint]:
        return self._add("HEAD", path)

    def post(self, path: str) -> Callable[[AnyEndpoint], AnyEndpoint]:
        return self._add("POST", path)

    def put(self, path: str) -> Callable[[AnyEndpoint], AnyEndpoint]:
        return self._add("PUT", path)

    def delete(self, path: str) -> Callable[[AnyEndpoint], AnyEndpoint]:
        return self._add("DELETE", path)

    def _add(self, method: str, path: str, *, described: bool = True) -> Callable[[AnyEndpoint], AnyEndpoint]:
        whole = self._prefix + path

        def add(endpoint: AnyEndpoint) -> AnyEndpoint:
            self.made.append(BoxRoute(method, whole, endpoint, described, compile_path(whole)[0]))
            return endpoint

        return add


class Lane:
    """An ASGI application of routes; the first that fits takes the request."""

    def __init__(self, routes: Iterable[BoxRoute], translate: Translate) -> None:
        self._routes: dict[str, list[BoxRoute]] = {}
        self._translate = translate
        for route in routes:
            self._routes.setdefault(route.method, []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await self._answer(scope, request)
        except Exception as error:
            translated = self._translate(error)
            if translated is None:
                raise
            response = translated
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, request: Request) -> Response:
        for route in self._routes.get(scope["method"], ()):
            found = route.pattern.match(scope["path"])
            if found is not None:
                scope["route"] = route
                given: dict[str, Any] = found.groupdict()
                return await route.endpoint(request, **given)
        raise self._unfit(scope)

    def _unfit(self, scope: Scope) -> Exception:
        """Unknown path, or one that takes other methods."""
        others = [route for some in self._routes.values() for route in some if route.pattern.match(scope["path"])]
        if not others:
            return not_found()
        scope["route"] = others[0]
        return not_allowed(tuple(sorted({route.method for route in others})))
