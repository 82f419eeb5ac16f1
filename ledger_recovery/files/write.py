"""[io] Export files on disk: read with a bound; written whole, verified, and only then given their name.

An existing file stays untouched until the new one was read back and opened, and is replaced only when told to. A crash
at any moment leaves the old state or the new one, and at worst a temporary file beside it.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.files.bounds import MAX_FILE_BYTES
from ledger_recovery.wallet.private_file import make_file, publish

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def read_bounded(path: Path) -> bytes:
    """The bytes of a file that somebody says is an export.

    :raises InputError: it cannot be read, is no file, or is larger than any export.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a file", "Give the name of an export file.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "Check the name of the file.") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{path} is larger than any export file", "Give the name of an export file.")
    return data


def save(path: Path, data: bytes, verify: Callable[[bytes], None], *, replace: bool = False) -> None:
    """Write an export (mode 0600), read it back, let `verify` open it, and only then give it its name.

    :param verify: raises when the bytes that came back from the disk are not a good file; its error passes through.
    :raises InputError: there is something at `path` already, and `replace` is false or it is no file.
    :raises StorageError: it could not be written; what was at `path` is intact.
    """
    path = path.resolve()
    refuse_existing(path, replace=replace)
    temporary = path.with_name(f".{path.name[:64]}.{secrets.token_hex(8)}.new")
    try:
        try:
            _write(temporary, data)
            verify(_read_back(temporary, data))
            _give_name(temporary, path, replace=replace)
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise StorageError(
            f"the export could not be written to {path}: {error.strerror or error}",
            "Choose a folder that you can write to and that has room; what was there before is unchanged.",
        ) from error


def refuse_existing(path: Path, *, replace: bool) -> None:
    """For asking before a password is typed: may a file of this name be written?

    :raises InputError: as `save`.
    """
    try:
        if path.is_file() and replace:
            return
        if os.path.lexists(path):
            raise _exists(path)
        if not path.parent.is_dir():
            raise InputError(f"there is no folder {path.parent}", "Make the folder, or choose another.")
    except OSError as error:
        raise InputError(f"{path} cannot be used: {error.strerror or error}", "Choose another name.") from error


def _write(temporary: Path, data: bytes) -> None:
    make_file(temporary)
    with temporary.open("r+b") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read_back(temporary: Path, data: bytes) -> bytes:
    stored = temporary.read_bytes()
    if stored != data:
        raise OSError(errno.EIO, "the disk gave other bytes back than were written")
    return stored


def _give_name(temporary: Path, path: Path, *, replace: bool) -> None:
    if not replace:
        # A link, unlike a rename, fails when somebody took the name meanwhile. Not every file system has links.
        try:
            path.hardlink_to(temporary)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            refuse_existing(path, replace=False)
        else:
            _sync_directory(path.parent)
            return
    publish(temporary, path)


def _sync_directory(directory: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exists(path: Path) -> InputError:
    return InputError(f"there is something at {path} already", "Give another name, or say that it may be replaced.")
