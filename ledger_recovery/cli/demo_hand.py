"""The hand of a demo: watches the emulated screen over Speculos' REST API and presses the buttons as a person would.

It presses only while a request is expected and only when the screen shows exactly what was announced. For the button
devices; right goes on, both buttons on the last page approve (measured on Concordium 5.1.3 and Ethereum 1.23.0-dev).
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable
from urllib.parse import urlsplit

from ledger_recovery.device.interaction import ExpectedScreen
from ledger_recovery.recover.events import ApprovalExpected, ApprovalSettled

REQUEST_SECONDS = 10.0
MAX_ANSWER = 1 << 20
LOOK_SECONDS = 0.05
"""Between two looks at a screen on which there is nothing to do."""

ADDRESS_CAPTION = "Address"
"""What the Ethereum app writes above an address; it is not part of what is announced."""

Show = Callable[[tuple[str, ...], str], None]


def texts_of(answer: bytes) -> tuple[str, ...]:
    """The texts of GET /events?currentscreenonly=true; () for an answer of another shape."""
    try:
        events = json.loads(answer)["events"]
        return tuple(str(e["text"]) for e in events if str(e["text"]).strip())
    except (ValueError, KeyError, TypeError):
        return ()


def press_for(texts: tuple[str, ...], expected: ExpectedScreen) -> str:
    """ "right", "both", or "" when the screen is none of the announced pages."""
    shown = _letters(texts[1:] if texts[:1] == (ADDRESS_CAPTION,) else texts)
    pages = [_letters(page) for page in expected.pages]
    if not shown or shown not in pages:
        return ""
    return "both" if pages.index(shown) == len(pages) - 1 else "right"


def _letters(texts: tuple[str, ...]) -> str:
    """The screen reader cuts lines differently from the app ("ID #3", " " + "ID#3"), so blanks do not count."""
    return "".join("".join(texts).split())


class Hand:
    """`pace`: seconds between seeing a page and pressing; 0 as fast as the emulator goes."""

    def __init__(self, api_url: str, show: Show, pace: float) -> None:
        parts = urlsplit(api_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._show = show
        self._pace = pace
        self._expected: ExpectedScreen | None = None
        self._wanted = asyncio.Event()

    def on(self, event: object) -> None:
        """Begin to watch when a request is announced, stop when it is settled."""
        match event:
            case ApprovalExpected():
                self._expected = event.screen
                self._wanted.set()
            case ApprovalSettled():
                self._expected = None
                self._wanted.clear()
                self._show((), "")

    async def work(self) -> None:
        """Press until cancelled."""
        while True:
            await self._wanted.wait()
            await self._look()

    async def _look(self) -> None:
        texts = texts_of(await asyncio.to_thread(self._call, "GET", "/events?currentscreenonly=true", None))
        expected = self._expected
        button = press_for(texts, expected) if expected is not None else ""
        if not button:
            await asyncio.sleep(LOOK_SECONDS)
            return
        self._show(texts, "")
        await asyncio.sleep(self._pace)
        self._show(texts, "both buttons" if button == "both" else "right button")
        await asyncio.to_thread(
            self._call, "POST", f"/button/{button}", {"action": "press-and-release", "delay": min(self._pace, 0.1)}
        )

    def _call(self, method: str, path: str, body: dict[str, object] | None) -> bytes:
        """One request; b"" when the emulator is not there (it is ending, or not there yet)."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=REQUEST_SECONDS)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            return connection.getresponse().read(MAX_ANSWER)
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            connection.close()
