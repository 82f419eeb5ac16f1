"""Files that only their owner may read: made so from the first byte, tightened if found wider, renamed durably.

On Windows file modes have no such meaning: the user's profile directory protects them, and nothing is changed there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
_POSIX = os.name == "posix"


def make_directory(directory: Path) -> None:
    """Make a directory that only its owner may enter; one that exists is left as it is."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file of mode 0600; there is no moment at which others could open it.

    :raises FileExistsError: something is there already.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    os.close(os.open(path, flags, FILE_MODE))


def tighten(path: Path) -> tuple[str, ...]:
    """Take other users' access to a file away, if they have any; sentences for the person about what was found."""
    if not _POSIX:
        return ()
    notes = []
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~FILE_MODE:
        try:
            path.chmod(FILE_MODE)
            notes.append(f"{path} was open to other users (mode {mode:04o}); it is now private (0600)")
        except PermissionError:
            notes.append(f"{path} is open to other users (mode {mode:04o}) and belongs to somebody else; make it 0600")
    around = path.parent.stat().st_mode
    if around & (stat.S_IWGRP | stat.S_IWOTH) and not around & stat.S_ISVTX:
        notes.append(f"other users can replace files in {path.parent}; keep the wallet in a directory of your own")
    return tuple(notes)


def publish(finished: Path, path: Path) -> None:
    """Give a finished file its real name, durably: file synced, renamed, directory synced."""
    _sync(finished, os.O_RDWR)
    finished.rename(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable: what was renamed or deleted there stays so."""
    if _POSIX:
        _sync(directory, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
