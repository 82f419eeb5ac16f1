"""[io] A Box as a process: its key, its socket, uvicorn over TLS, and what it says when it is ready."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import uvicorn

from ledger_recovery.box.app import create_app
from ledger_recovery.box.box_key import BoxKey, open_box_key
from ledger_recovery.box.config import BoxConfig
from ledger_recovery.box.lock import only_server
from ledger_recovery.box.offering import Address, OpenOffer, make_offer, note_address, write_offer
from ledger_recovery.box.patience import patient_protocol
from ledger_recovery.box.private import make_directory
from ledger_recovery.box.publisher import Publisher
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.errors import InputError

BACKLOG: Final = 512
KEEP_ALIVE_SECONDS: Final = 15
SHUTDOWN_SECONDS: Final = 10
_WILDCARDS: Final = {"0.0.0.0", "::", ""}  # noqa: S104  # told from real addresses, not bound here

log = logging.getLogger("ledger_recovery.box")


@dataclass(frozen=True, slots=True)
class Running:
    """A Box that takes requests."""

    address: Address
    offer: OpenOffer


def serve(
    config: BoxConfig,
    *,
    out: TextIO | None = None,
    publisher: Publisher | None = None,
    ready: Callable[[Running], None] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM.

    :param out: where the pairing offer is shown, with a QR code; None shows nothing.
    :param ready: called once requests are taken.
    :raises StorageError: the directory cannot be used, or another Box runs in it.
    :raises InputError: the address cannot be listened at.
    """
    make_directory(config.directory)
    with only_server(config.directory):
        listening = _listen(config)
        room = None
        try:
            public = config.public_host or _public_host(config.host)
            key = open_box_key(config.directory, _certificate_hosts(config, public), datetime.now(UTC))
            room = BoxRoom.open(config)
            left = room.blobs.remove_temporaries()
            if left:
                log.warning("removed %d unfinished files of an earlier run", left)
            address = Address(box_url(public, listening.getsockname()[1]), key.pin, config.name)
            note_address(room, address)
            _run(room, address, key, listening, publisher, lambda: _announce(room, address, out, ready))
        finally:
            listening.close()
            if room is not None:
                room.close()


def box_url(host: str, port: int) -> str:
    """https://HOST:PORT, with brackets around an IPv6 address."""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _run(
    room: BoxRoom,
    address: Address,
    key: BoxKey,
    listening: socket.socket,
    publisher: Publisher | None,
    announce: Callable[[], None],
) -> None:
    limits = room.limits
    config = uvicorn.Config(
        create_app(room, address, publisher=publisher),
        http=patient_protocol(limits.header_time),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.max_connections,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ssl_keyfile=str(key.key_file),
        ssl_certfile=str(key.certificate_file),
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    server = _Server(config, announce)
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve(sockets=[listening]))


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but a signal ends this process normally: uvicorn raises it again and skips what follows."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._announce)


def _announce(room: BoxRoom, address: Address, out: TextIO | None, ready: Callable[[Running], None] | None) -> None:
    offer = make_offer(room, address)
    if out is not None:
        write_offer(offer, out)
    if ready is not None:
        ready(Running(address, offer))


# --- addresses --------------------------------------------------------------------------------------------------


def _listen(config: BoxConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # After a crash the port must be free at once; on Windows this option would mean something else.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((config.host, config.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise InputError(
            f"the Box cannot listen at {config.host} port {config.port}: {error.strerror or error}",
            "Give another --host or --port.",
        ) from error
    listening.setblocking(False)
    return listening


def _public_host(host: str) -> str:
    """Where others reach a Box that listens at `host`: for every address, the one that the default route uses."""
    if host not in _WILDCARDS:
        return host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    target = ("2001:db8::1", 9) if family == socket.AF_INET6 else ("192.0.2.1", 9)
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(target)  # asks the routing table; nothing is sent
        except OSError:
            return socket.gethostname()
        name: Any = probe.getsockname()
        return str(name[0])


def _certificate_hosts(config: BoxConfig, public: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(h for h in (public, config.host) if h not in _WILDCARDS))
