"""A new file that only its owner can read: for a kit or a key that a person asked to have written."""

from __future__ import annotations

import os
from pathlib import Path

from ledger_recovery.errors import InputError, StorageError

MODE = 0o600


def require_new(path: Path) -> None:
    """Refuse early what `write_new` would refuse.

    :raises InputError: something is there already, or its directory is not.
    """
    if os.path.lexists(path):
        raise InputError(f"{path} is there already", "name another file; this one is not replaced")
    if not path.parent.is_dir():
        raise InputError(f"there is no directory {path.parent}", "make it, or name another file")


def write_new(path: Path, content: bytes) -> None:
    """Write a file that was not there, with mode 0600, durably; nothing is left behind when it fails.

    :raises InputError: something is there already.
    :raises StorageError: it cannot be written.
    """
    require_new(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except OSError as error:
        raise _failed(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _failed(path, error) from None


def _failed(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be written: {error.strerror or error}", "name a file in another place")
