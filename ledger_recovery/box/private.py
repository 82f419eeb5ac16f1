"""[io] Files of the Box that only their owner may read, written durably.

The wallet has helpers of its own for this; the Box imports nothing of the wallet. On Windows modes have no such
meaning: the directory of the user protects the files there.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
_POSIX = os.name == "posix"


def make_directory(directory: Path) -> None:
    """Make a directory that only its owner may enter, and take others' access away from one that exists."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    if _POSIX and stat.S_IMODE(directory.stat().st_mode) & ~DIRECTORY_MODE:
        directory.chmod(DIRECTORY_MODE)


def make_file(path: Path) -> None:
    """Make an empty file of mode 0600; there is no moment at which others could open it.

    :raises FileExistsError: something is there already.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    os.close(os.open(path, flags, FILE_MODE))


def tighten(path: Path) -> None:
    """Take other users' access to a file away."""
    if _POSIX and stat.S_IMODE(path.stat().st_mode) & ~FILE_MODE:
        path.chmod(FILE_MODE)


def write_durably(path: Path, data: bytes, *, temporaries: Path | None = None) -> None:
    """Give a file its whole content or leave what was there: temp file, fsync, rename, fsync directory.

    :param temporaries: where the unfinished file lies (same file system); beside `path` when None.
    """
    temporary = (temporaries or path.parent) / f"{secrets.token_hex(16)}.new"
    make_file(temporary)
    try:
        with temporary.open("r+b") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  # the crash tests make this very call fail
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make renames and removals in a directory durable (nothing to do on Windows)."""
    if not _POSIX:
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
