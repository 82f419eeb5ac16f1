"""The emulated Ledger beside the page of a demo: its screen as a picture, and a person's hands on it.

Speaks Speculos' REST API (speculos api/swagger), and /x/screen of our emulator, to the child that the demo started;
nothing of the emulator's code is imported. The page's policy forbids frames, so all of it goes through our own routes.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ledger_recovery.web.pages.demo_screen import DemoScreen, read_screen

SECONDS: Final = 10.0
MAX_ANSWER: Final = 4 << 20
PRESS_SECONDS: Final = 0.05
HOLD_TICKS: Final = 16
"""Tenths of a second: a long touch takes 15 (Ledger's NBGL). The device's time is moved on, so that nobody waits."""

_BUTTONS: Final = frozenset({"left", "right", "both"})
_SWIPES: Final = {"swipe-left": -1, "swipe-right": 1}
_TOUCHES: Final = frozenset({"tap", "hold"})


class DemoPanel:
    """:param api_url: where the emulated device listens, "http://127.0.0.1:PORT"."""

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._hand = asyncio.Lock()

    async def picture(self) -> bytes:
        """The screen as a PNG, b"" while the device is not there."""
        return await asyncio.to_thread(self._call, "GET", "/screenshot", None)

    async def look(self) -> DemoScreen | None:
        """What it shows, None while the device is not there."""
        return read_screen(await asyncio.to_thread(self._call, "GET", "/x/screen", None))

    async def press(self, button: str, fields: Mapping[str, str]) -> bool:
        """left, right or both; swipe-left, swipe-right; tap or hold at `x`, `y`. False for anything else."""
        async with self._hand:  # one hand: what is pressed in a row arrives in that order
            if button in _BUTTONS:
                body: dict[str, object] = {"action": "press-and-release", "delay": PRESS_SECONDS}
                await self._post(f"/button/{button}", body)
                return True
            if button in _SWIPES:
                return await self._swipe(_SWIPES[button])
            x, y = fields.get("x", ""), fields.get("y", "")
            if button not in _TOUCHES or not all(n.isascii() and n.isdigit() and len(n) <= 4 for n in (x, y)):
                return False
            await self._touch(int(x), int(y), HOLD_TICKS if button == "hold" else 0)
            return True

    async def _swipe(self, direction: int) -> bool:
        screen = await self.look()
        if screen is None or not screen.touch:
            return False
        x, y, far = screen.width // 2, screen.height // 2, screen.width // 4
        body = {"action": "press-and-release", "x": x - direction * far, "y": y, "x2": x + direction * far, "y2": y}
        await self._post("/finger", body | {"delay": PRESS_SECONDS})
        return True

    async def _touch(self, x: int, y: int, ticks: int) -> None:
        point: dict[str, object] = {"x": x, "y": y}
        await self._post("/finger", {"action": "press", **point})
        for _ in range(ticks):
            await self._post("/ticker/", {"action": "single-step"})
        await self._post("/finger", {"action": "release", **point})

    async def _post(self, path: str, body: Mapping[str, object]) -> None:
        await asyncio.to_thread(self._call, "POST", path, body)

    def _call(self, method: str, path: str, body: Mapping[str, object] | None) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read(MAX_ANSWER)
            return data if answer.status == 200 else b""
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            connection.close()
