"""Starts one emulated device: binds both ports, says so, serves until the device ends.

Binds loopback addresses only; a port that is taken is an error, never silently another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

from emulator.device.apdu_port import ApduConnection
from emulator.device.automation import Automation
from emulator.device.hub import Hub
from emulator.device.machine import Machine, Setup
from emulator.device.rest import build
from emulator.device.rest_extensions import Extensions
from emulator.loopback import LOOPBACK, PortTaken, listen
from emulator.web_server import WebServer

READY_VERSION = 1
_CUT_NOTICE = "ASGI callable returned without completing response."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What to start and where; port 0 is any free one."""

    setup: Setup
    automation: Automation
    apdu_port: int
    api_port: int
    show_texts: bool = False


def _bind(port: int, what: str, option: str) -> socket.socket:
    """Listen on a loopback port.

    :raises PortTaken: it is in use or not allowed
    """
    try:
        return listen(port, what)
    except PortTaken as error:
        raise PortTaken(error.errno, f"{error.strerror}; choose another {option}, or 0 for any") from None


def ready_line(options: Options, apdu_port: int, api_port: int) -> str:
    """One line of JSON for the program that started this one."""
    return json.dumps(
        {
            "ready": "device",
            "version": READY_VERSION,
            "app": options.setup.app,
            "model": options.setup.model.name,
            "apdu": f"{LOOPBACK}:{apdu_port}",
            "apdu_port": apdu_port,
            "api": f"http://{LOOPBACK}:{api_port}",
            "api_port": api_port,
            "pid": os.getpid(),
        }
    )


async def serve(options: Options, announce: Callable[[str], None]) -> int:
    """Run until the device ends.

    :param announce: is given the ready line when both ports answer
    :returns: exit code of the process
    :raises PortTaken: a port is in use
    """
    with contextlib.ExitStack() as sockets:
        apdu_socket = sockets.enter_context(_bind(options.apdu_port, "APDU port", "--apdu-port"))
        api_socket = sockets.enter_context(_bind(options.api_port, "REST API", "--api-port"))
        apdu_port, api_port = apdu_socket.getsockname()[1], api_socket.getsockname()[1]
        hub = Hub(Machine(options.setup, options.automation), _print_texts if options.show_texts else None)
        app = build(hub, api_port, Extensions(hub).routes())
        logging.getLogger("uvicorn.error").addFilter(_is_not_a_cut)
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        web = WebServer(app)
        loop = asyncio.get_running_loop()
        tcp = await loop.create_server(lambda: ApduConnection(hub), sock=apdu_socket)
        clock = asyncio.create_task(hub.run_clock())
        web_task = asyncio.create_task(web.serve(sockets=[api_socket]))
        try:
            await web.listening.wait()
            announce(ready_line(options, apdu_port, api_port))
            log.info("device %s on %s is ready", options.setup.app, options.setup.model.title)
            code = await hub.ended
        finally:
            tcp.close()
            clock.cancel()
            web.should_exit = True
            await asyncio.gather(clock, web_task, return_exceptions=True)
        log.info("the app ended; exit code %d", code)
        return code


def _is_not_a_cut(record: logging.LogRecord) -> bool:
    """Answers that are cut on purpose are no error."""
    return _CUT_NOTICE not in record.getMessage()


def _print_texts(texts: list[str]) -> None:
    sys.stderr.write("screen: " + " | ".join(texts) + "\n")
