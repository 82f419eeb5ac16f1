"""The emulated Ledger beside the page of a demo: its screen as a picture, its buttons as a person presses them.

Speaks Speculos' REST API to the child that the demo started (speculos api/swagger); nothing of the emulator's code is
imported. The page's policy forbids frames, so picture and presses go through our own routes.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 10.0
MAX_PICTURE: Final = 4 << 20
PRESS_SECONDS: Final = 0.05
BUTTONS: Final = frozenset({"left", "right", "both"})


class DemoPanel:
    """:param api_url: where the emulated device listens, "http://127.0.0.1:PORT"."""

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80

    async def screen(self) -> bytes:
        """The screen as a PNG, b"" while the device is not there."""
        return await asyncio.to_thread(self._call, "GET", "/screenshot", None)

    async def press(self, button: str, fields: Mapping[str, str]) -> bool:
        """left, right or both, or tap at the point `x`, `y` of the picture; False for anything else."""
        if button in BUTTONS:
            body: dict[str, object] = {"action": "press-and-release", "delay": PRESS_SECONDS}
            await asyncio.to_thread(self._call, "POST", f"/button/{button}", body)
            return True
        x, y = fields.get("x", ""), fields.get("y", "")
        if button != "tap" or not all(n.isascii() and n.isdigit() and len(n) <= 4 for n in (x, y)):
            return False
        body = {"action": "press-and-release", "x": int(x), "y": int(y), "delay": PRESS_SECONDS}
        await asyncio.to_thread(self._call, "POST", "/finger", body)
        return True

    def _call(self, method: str, path: str, body: dict[str, object] | None) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read(MAX_PICTURE)
            return data if answer.status == 200 else b""
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            connection.close()
