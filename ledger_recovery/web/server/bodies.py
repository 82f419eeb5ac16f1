"""Request bodies, bounded: a form in memory, an uploaded file straight to a private place."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from starlette.requests import Request

from ledger_recovery.errors import InputError

PREFIX: Final = "given-"
LEFT_SECONDS: Final = 24 * 3600.0
"""An uploaded file that nobody has touched for so long was left by a program that was killed."""


class TooLarge(InputError):
    """More than any form or wallet file has."""

    code = "too-large"


async def read_body(request: Request, most: int) -> bytes:
    """The whole body.

    :raises TooLarge: more than `most` bytes. :raises ClientDisconnect: the page went away.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"this is larger than anything that belongs here ({most} bytes)", "choose another file")
    return bytes(body)


async def keep_body(request: Request, folder: Path, most: int) -> Path:
    """The body as a new file in `folder`, mode 0600; nothing is left when it does not end well.

    :raises TooLarge, ClientDisconnect: as `read_body`. :raises OSError: it cannot be written.
    """
    path = await asyncio.to_thread(_new_file, folder)
    try:
        with path.open("wb") as file:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise TooLarge(f"this file is larger than any wallet file ({most} bytes)", "choose another file")
                file.write(chunk)
    except BaseException:
        _remove(path)
        raise
    return path


def sweep(folder: Path) -> None:
    """Remove what killed programs left in `folder`; what may be another running program's stays."""
    oldest = time.time() - LEFT_SECONDS
    with suppress(OSError):
        for path in folder.glob(f"{PREFIX}*"):
            if path.stat().st_mtime < oldest:
                _remove(path)


def _new_file(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)
    os.close(handle)
    return Path(name)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
