"""Who may ask this page for anything: programs of this computer with the token, on pages of our own. Nobody else.

Every request is checked for Host (DNS rebinding), Origin and Sec-Fetch-* (other sites, frames), and the session cookie
(a second user of this computer, whose connections `door.py` cuts before). Refusals say nothing. The token comes to the
page in the URL's fragment, which no request carries, and is exchanged there for a cookie that no script can read. The
browser that the program starts gets a token of its own, good for one exchange.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST: Final = "127.0.0.1"
"""The one name of the page. Not "localhost": where that is ::1 first, another user's server may answer to it, and its
page would be of the same origin as ours."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: with that, browsers send "Origin: null" with our own plain forms, as with those of a sandboxed
    # frame (fetch.spec.whatwg.org, "append a request Origin header"). This one tells other origins nothing either.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), usb=(), hid=(), clipboard-read=()"),
)
NO_STORE: Final = (b"cache-control", b"no-store")
OPEN_PATHS: Final = frozenset({"/", "/enter"})
"""Without the cookie: a page without data, and the exchange of the token."""

STATIC: Final = "/static/"
_SAFE: Final = frozenset({"GET", "HEAD"})
_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})


class Keys:
    """The secrets of one program run: the token of the URL, the session cookie, and the forms' token made of it."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._once = ""
        self._session = secrets.token_urlsafe(32)
        self.csrf = hashlib.sha256(b"ledger-recovery/guide form 1\n" + self._session.encode()).hexdigest()

    def __repr__(self) -> str:
        return "Keys(hidden)"

    def cookie(self, port: int) -> tuple[str, str]:
        """Name and value. The port is in the name: browsers send cookies to every port of a host."""
        return f"ledger-recovery-guide-{port}", self._session

    def once(self) -> str:
        """A token that opens one time: for the browser's command line, which every user of the computer sees."""
        self._once = secrets.token_urlsafe(32)
        return self._once

    def opens(self, token: str) -> bool:
        """Whether the token lets in. The one of `once` is used up by it."""
        if self._once and hmac.compare_digest(token.encode(), self._once.encode()):
            self._once = ""
            return True
        return hmac.compare_digest(token.encode(), self.token.encode())

    def knows(self, cookie: str) -> bool:
        return hmac.compare_digest(cookie.encode(), self._session.encode())

    def fits(self, csrf: str) -> bool:
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Guard:
    """ASGI middleware around everything.

    :param port: where we listen; known when the socket is bound.
    :param seen: called for each request that was let in.
    """

    def __init__(self, app: ASGIApp, keys: Keys, port: int, seen: Callable[[], None]) -> None:
        self._app = app
        self._keys = keys
        self._seen = seen
        self._host = f"{HOST}:{port}"
        self._cookie_name = keys.cookie(port)[0]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        answer = _with_headers(send)
        headers = Headers(scope=scope)
        if not (self._of_our_page(scope, headers) and self._may_enter(scope, headers)):
            await PlainTextResponse("", 403, {"Connection": "close"})(scope, receive, answer)
            return
        self._seen()
        await self._app(scope, receive, answer)

    def _of_our_page(self, scope: Scope, headers: Headers) -> bool:
        """Sent by a page of ours, or typed by a person: nothing that another site can make a browser send."""
        if headers.getlist("host") != [self._host]:
            return False
        origins, site = headers.getlist("origin"), headers.get("sec-fetch-site")
        if origins not in ([], [f"http://{self._host}"]):
            return False
        if site not in (None, "same-origin", "none"):
            return False
        if headers.get("sec-fetch-dest") in _FRAMES:
            return False
        # A browser names the origin of everything that changes something; one that does not is no browser of today.
        return scope["method"] in _SAFE or bool(origins) or site == "same-origin"

    def _may_enter(self, scope: Scope, headers: Headers) -> bool:
        if scope["path"] in OPEN_PATHS or scope["path"].startswith(STATIC):
            return True
        return any(self._keys.knows(cookie) for cookie in self._cookies(headers))

    def _cookies(self, headers: Headers) -> Iterator[str]:
        """All that bear our cookie's name. Other programs of this host set cookies too, of any form and of any name."""
        for pair in headers.get("cookie", "").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == self._cookie_name:
                yield value


def _with_headers(send: Send) -> Send:
    """Every answer carries the policy; what does not say that a browser may keep it may not be kept."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [header for header in (*HEADERS, NO_STORE) if header[0] not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return sending
