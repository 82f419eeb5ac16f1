"""One line from the person at the terminal, without blocking the event loop and without outliving a Ctrl-C.

A daemon thread reads the file descriptor itself: a thread blocked inside `sys.stdin` would hold its lock at exit.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable

from ledger_recovery.errors import Cancelled

Ask = Callable[[str], Awaitable[str]]
"""Print a question, return the answer without its line end. Raises Cancelled when the input ended."""

STDIN = 0
MAX_ANSWER = 4096


async def ask_terminal(question: str) -> str:
    """Ask on stderr, read one line of stdin (a terminal in line mode)."""
    sys.stderr.write(question)
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def put(line: bytes) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = _read_line()
        try:
            loop.call_soon_threadsafe(put, line)
        except RuntimeError:
            return  # the loop is closed: nobody waits for this line any more

    threading.Thread(target=read, name="keyboard", daemon=True).start()
    raw = await answer
    if not raw:
        raise Cancelled("the input ended", "answer the question, or use --identities 0-9 to run without questions")
    return raw.decode("utf-8", "replace").strip()


def _read_line() -> bytes:
    try:
        return os.read(STDIN, MAX_ANSWER)
    except OSError:
        return b""
