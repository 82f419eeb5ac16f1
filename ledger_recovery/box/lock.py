"""[io] One server per directory: a lock that the operating system frees when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger_recovery.box.private import FILE_MODE
from ledger_recovery.errors import StorageError

LOCK_FILE = "box.lock"


@contextmanager
def only_server(directory: Path) -> Iterator[None]:
    """Hold the directory.

    :raises StorageError: another server runs on it.
    """
    handle = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        try:
            _lock(handle)
        except OSError:
            raise StorageError(f"another Box already runs in {directory}", "Stop it, or give another --dir.") from None
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
