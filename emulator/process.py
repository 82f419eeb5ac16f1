"""A double as a process of its own: one JSON line on stdout when it is ready, then it serves until a signal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from emulator.loopback import PortTaken

EXIT_BAD_INPUT = 2
EXIT_PORT_TAKEN = 3
_PORTS = 2**16

Double = TypeVar("Double")


def run_until_signalled(
    command: str,
    port: int,
    serve: Callable[[], Coroutine[Any, Any, None]],
    bad_input: type[Exception] | tuple[type[Exception], ...],
) -> int:
    """Run `serve`; 0, or 2 for bad input, or 3 if the port is taken, with a sentence on stderr.

    :param bad_input: what `serve` raises for options that cannot be used
    """
    if not 0 <= port < _PORTS:
        return complain(command, "--port must be 0 to 65535", EXIT_BAD_INPUT)
    try:
        asyncio.run(serve())
    except bad_input as error:
        return complain(command, str(error), EXIT_BAD_INPUT)
    except PortTaken as error:
        return complain(command, f"{error.strerror}; choose another --port, or 0 for any free one", EXIT_PORT_TAKEN)
    return 0


def end_with_stdin() -> None:
    """End this process as SIGTERM does once nobody holds the other end of standard input: however our parent ended."""
    threading.Thread(target=_outlast_stdin, name="parent", daemon=True).start()


def _outlast_stdin() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass  # closed on our side: as good as gone
    os.kill(os.getpid(), signal.SIGTERM)


def complain(command: str, sentence: str, status: int) -> int:
    """Say on stderr why the command ends; the given exit code."""
    sys.stderr.write(f"emulator {command}: {sentence}\n")
    return status


async def announce_and_serve(
    double: AbstractAsyncContextManager[Double], ready: Callable[[Double], Mapping[str, object]]
) -> None:
    """Start the double, print what `ready` says of it, and end it at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with double as running:
        sys.stdout.write(json.dumps(ready(running)) + "\n")
        sys.stdout.flush()
        await stop.wait()
