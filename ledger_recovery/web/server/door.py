"""[io] Which connections are taken at all: not more than anybody needs, of this user only, and none that never asks.

Decided when a connection comes, before a byte of it is read; what a request may do is `security.Guard`'s.
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ledger_recovery.web.server.neighbour import is_another_user

MAX_CONNECTIONS: Final = 64
"""A browser opens six to one host; a page keeps one of them for the changes it follows."""

HEAD_SECONDS: Final = 20.0
"""From the first moment of a connection, or from the first byte of a later request, to the end of its head."""


class Door(H11Protocol):
    """uvicorn's connection, with a doorkeeper. Refused connections are cut without a word."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS or self._is_strange():
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_strange(self) -> bool:
        if self.client is None or self.server is None:
            return True
        return is_another_user(self.client, (self.server[0], self.server[1] or 0))

    def _watch(self) -> None:
        """Wait for a request's head, once; uvicorn itself ends connections on which nothing comes after an answer."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
