"""[io] Report files on disk: written whole or not at all, readable by their owner only, read with a bound."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.recover.report.sign import MAX_REPORT_BYTES


def save_report(path: Path, data: bytes) -> None:
    """Write a signed report atomically with mode 0600; an older file of that name stays until the new one is whole.

    :raises StorageError: it could not be written; nothing is left behind.
    """
    try:
        make_private_directory(path.parent)
        temporary = write_private(path.parent, data)
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)
    except OSError as error:
        raise StorageError(
            f"the report could not be written to {path}: {error.strerror or error}",
            "Choose a folder that you can write to and that has room, and make the report again.",
        ) from error


def read_report(path: Path) -> bytes:
    """The bytes of a report file, not yet verified.

    :raises InputError: it cannot be read or is larger than any report.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_REPORT_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"the report {path} cannot be read: {error.strerror or error}", "Check the name of the file."
        ) from error
    if len(data) > MAX_REPORT_BYTES:
        raise InputError(f"{path} is larger than any report ({MAX_REPORT_BYTES} bytes)", "Choose a report file.")
    return data


def make_private_directory(directory: Path) -> None:
    """Create the directory, with mode 0700, if it is missing; an existing one stays as it is."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_private(directory: Path, data: bytes) -> Path:
    """A new file in `directory` with these bytes, mode 0600 from its first moment, on disk when this returns."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=directory)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def sync_directory(directory: Path) -> None:
    """Make a rename in the directory durable. Windows cannot open directories and needs no such step."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
