"""uvicorn's HTTP/1.1 protocol with one more bound: a connection that does not finish a request's head is closed.

uvicorn itself bounds only the pause between two requests; without this, a few hundred connections that send a byte a
minute would shut everybody out.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

GOODBYE_SECONDS = 0.2


def patient_protocol(header_time: float) -> type[H11Protocol]:
    """The protocol class.

    :param header_time: seconds from the first moment at which a head may be sent to its end; bytes do not extend it.
    """

    class PatientProtocol(H11Protocol):
        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None:
            super().__init__(config, server_state, app_state, _loop)
            self._patience: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
            super().connection_made(transport)
            self._begin()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._end()
            elif not self.transport.is_closing():
                self._begin()

        def connection_lost(self, exc: Exception | None) -> None:
            self._end()
            super().connection_lost(exc)

        def shutdown(self) -> None:
            super().shutdown()
            if self.transport.is_closing():
                # TLS would wait half a minute for the goodbye of a client that is not listening.
                self.loop.call_later(GOODBYE_SECONDS, self.transport.abort)

        def _begin(self) -> None:
            if self._patience is None:
                self._patience = self.loop.call_later(header_time, self._give_up)

        def _end(self) -> None:
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None

        def _give_up(self) -> None:
            self._patience = None
            self.transport.abort()

    return PatientProtocol
