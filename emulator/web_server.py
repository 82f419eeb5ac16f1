"""uvicorn as the doubles run it: on a socket that is bound already, and leaving signals to the program."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

_SHUTDOWN_SECONDS = 1


class WebServer(uvicorn.Server):
    """Serves an app on the sockets that `serve` is given; `listening` is set once it answers."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", http="h11", ws="none",
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
        )  # fmt: skip
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
