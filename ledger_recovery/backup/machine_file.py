"""[io] Small private files (0600, in a directory 0700): whole or not at all, and gone when deleted."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from ledger_recovery.errors import KeyringError
from ledger_recovery.wallet.private_file import make_directory, make_file, publish, tighten

MAX_BYTES: Final = 16 * 1024
_HINT: Final = "Check the folder, its rights and the room on its disk."


def write_private(path: Path, data: bytes) -> None:
    """Replace a file in one step; a crash leaves the old one or the new one.

    :raises KeyringError: it could not be written; the old one is intact.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        make_directory(path.parent)
        try:
            make_file(temporary)
            temporary.write_bytes(data)
            publish(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise KeyringError(f"{path} could not be written: {error.strerror or 'failed'}", _HINT) from error


def read_private(path: Path) -> bytes | None:
    """The file, None when there is none; other users' access to it is taken away.

    :raises KeyringError: it cannot be read, is no plain file, or is too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            data = file.read(MAX_BYTES + 1)
        tighten(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyringError(f"{path} could not be read: {error.strerror or 'failed'}", _HINT) from error
    if len(data) > MAX_BYTES:
        raise KeyringError(f"{path} is larger than any file of keys", _HINT)
    return data


def remove_private(path: Path) -> None:
    """Delete a file, if there is one, durably, and see that it is gone.

    :raises KeyringError: it is still there.
    """
    try:
        path.unlink(missing_ok=True)
        _sync_directory(path.parent)
        still_there = os.path.lexists(path)
    except OSError as error:
        raise KeyringError(f"{path} could not be deleted: {error.strerror or 'failed'}", _HINT) from error
    if still_there:
        raise KeyringError(f"{path} is still there after deleting it", _HINT)


def _sync_directory(directory: Path) -> None:
    if os.name != "posix" or not directory.is_dir():
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
