"""[io] The guide as a program: a socket on loopback only, uvicorn, the watch over idleness, and an orderly end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.types import ASGIApp

from ledger_recovery.errors import InputError, LedgerRecoveryError
from ledger_recovery.web.model.state import Failure
from ledger_recovery.web.run import defects
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.server.app import Pages, create_app
from ledger_recovery.web.server.door import Door
from ledger_recovery.web.server.security import HOST, Keys

if TYPE_CHECKING:
    from ledger_recovery.web.server.desk import Desk

BACKLOG: Final = 64
IDLE_SECONDS: Final = 30 * 60.0
LOOK_SECONDS: Final = 5.0
LEFT_SECONDS: Final = 60.0
"""Without any open page for so long, words and passwords that wait for a consent are wiped."""
SHUTDOWN_SECONDS: Final = 2
FIRST_PAGE_SECONDS: Final = 1.0
"""How long the loading of the service waits for a browser that is about to ask for its first page."""


Load = Callable[[Hub], Awaitable["Desk"]]


@dataclass(frozen=True, slots=True)
class GuideServer:
    """The page first, the program behind it a moment later: `load` brings the service, which takes a second.

    `demo`: an emulated device stands beside the page. `idle_seconds`: without any open page, and without a run, the
    program ends after so long.
    """

    hub: Hub
    listening: socket.socket
    keys: Keys
    load: Load
    demo: bool = False
    idle_seconds: float = IDLE_SECONDS

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    @property
    def url(self) -> str:
        """The address with the token in the fragment, which browsers never send."""
        return self._address(self.keys.token)

    def url_once(self) -> str:
        """An address that opens the page one time, for whoever starts a browser with it."""
        return self._address(self.keys.once())

    def _address(self, token: str) -> str:
        return f"http://{HOST}:{self.port}/#{token}"

    async def serve(self, ready: Callable[[str], None]) -> None:
        """Until the person is done, nobody looks any more, or the task is cancelled.

        :param ready: called with the address once requests are taken.
        """
        done = asyncio.Event()
        desk: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()
        pages = Pages(self.hub, desk, self.keys, self.port, self.demo, done.set)
        server = _Server(_config(create_app(pages)))
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(server.serve(sockets=[self.listening]))]
        try:
            await server.up.wait()
            ready(self.url)
            works = (self._get_ready(desk, pages.shown), self._watch(done, desk))
            tasks += [asyncio.create_task(work) for work in works]
            waiting = asyncio.create_task(done.wait())
            tasks.append(waiting)
            await asyncio.wait({tasks[0], waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._end(server, tasks, desk)

    async def _get_ready(self, desk: asyncio.Future[Desk], shown: asyncio.Event) -> None:
        """Load what forms need, and take up what an earlier program left; the first page is not made to wait for it."""
        self.hub.change(busy="getting ready")
        with suppress(TimeoutError):
            await asyncio.wait_for(shown.wait(), FIRST_PAGE_SECONDS)
        try:
            loaded = await self.load(self.hub)
            self.hub.change(busy="")
            await loaded.session.open()
            desk.set_result(loaded)
        except LedgerRecoveryError as error:
            self._cannot_start(desk, error)
        except Exception as error:
            self._cannot_start(desk, defects.logged(error))

    def _cannot_start(self, desk: asyncio.Future[Desk], error: LedgerRecoveryError) -> None:
        """Forms are answered with the reason, and the page says it."""
        self.hub.change(failure=Failure(error.sentence, error.hint, error.code), busy="")
        desk.set_exception(error)

    async def _end(self, server: _Server, tasks: list[asyncio.Task[object]], desk: asyncio.Future[Desk]) -> None:
        """Runs in order, then pages told, then the line closed."""
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks[1:], return_exceptions=True)
        if desk.done() and desk.exception() is None:
            await desk.result().close()
        desk.cancel()
        self.hub.change(ended=True)
        server.should_exit = True
        await asyncio.gather(tasks[0], return_exceptions=True)

    async def _watch(self, done: asyncio.Event, desk: asyncio.Future[Desk]) -> None:
        """A page that is open, or a run under way, is never left alone."""
        while not done.is_set():
            await asyncio.sleep(min(LOOK_SECONDS, self.idle_seconds))
            if self.hub.idle_seconds >= LEFT_SECONDS and desk.done() and not desk.exception():
                desk.result().leave()
            if not self.hub.state.search.running and self.hub.idle_seconds >= self.idle_seconds:
                done.set()


def listen(port: int = 0) -> socket.socket:
    """A socket that only this computer reaches.

    :param port: 0 for any free one.
    :raises InputError: the port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.bind((HOST, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        reason = error.strerror or type(error).__name__
        raise InputError(f"the guide cannot listen on port {port}: {reason}", "leave out --port") from error
    listening.setblocking(False)
    return listening


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Door,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


class _Server(uvicorn.Server):
    """Leaves signals to the command line, and tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()
