"""Reads a backup of the original Identity Box from disk: its folder, a bundle alone, or the app's request as JSON.

The folder is `<backup ID>/` with `backup`, `*.pem` and `did-docs/` (identity-service, IdentityProvider.js). Bounded;
symbolic links are not followed: the folder may come from a stranger's disk.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ledger_recovery.backup.idbox.opening import IdboxSource
from ledger_recovery.errors import DamagedFile, NotOurFile, StorageError
from ledger_recovery.files.fields import printable

MAX_FILES: Final = 3000
"""Entries of one folder; a person has a few DIDs."""
_MAX_BUNDLE: Final = 16 * 1024 * 1024
_MAX_SMALL: Final = 16 * 1024
_BACKUP_ID: Final = re.compile(r"[A-Za-z0-9_-]{86}")
_ADVICE: Final = "Give the folder from the Box's backup directory, or the file `backup` in it."


def read_source(path: Path) -> IdboxSource:
    """:param path: a folder of the Box, or a file.

    :raises StorageError: it cannot be read. :raises NotOurFile: a folder without a backup.
    :raises DamagedFile: larger than any backup, or not text.
    """
    try:
        return _read_folder(path) if path.is_dir() else source_of_bytes(_read(path, _MAX_BUNDLE))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", "Check the path and its permissions.") from None


def source_of_bytes(data: bytes) -> IdboxSource:
    """A bundle alone, or the request `{servicePath, method, params: [{encryptedBackup, backupId, …}]}` that made it.

    :raises DamagedFile: not text.
    """
    text = _text(data, "the backup")
    if not text.lstrip().startswith("{"):
        return IdboxSource(text)
    try:
        request = json.loads(text)
        given = request["params"][0]
        bundle, backup_id = given["encryptedBackup"], given.get("backupId")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise NotOurFile("this JSON is no request of the Identity Box app", _ADVICE) from None
    if not isinstance(bundle, str):
        raise NotOurFile("this request of the Identity Box app holds no backup", _ADVICE)
    known = isinstance(backup_id, str) and _BACKUP_ID.fullmatch(backup_id)
    return IdboxSource(bundle, backup_id if known else None)


def _read_folder(folder: Path) -> IdboxSource:
    bundle = folder / "backup"
    if not bundle.is_file():
        raise NotOurFile(f"{folder} is no backup folder of an Identity Box: it has no file `backup`", _ADVICE)
    name = folder.resolve().name
    pems = {path.name: _read(path, _MAX_SMALL) for path in _files(folder) if path.suffix == ".pem"}
    documents = folder / "did-docs"
    texts = {path.name: _text(_read(path, _MAX_SMALL), printable(path.name)) for path in _files(documents)}
    return IdboxSource(
        _text(_read(bundle, _MAX_BUNDLE), "the backup"), name if _BACKUP_ID.fullmatch(name) else None, pems, texts
    )


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_symlink() or not folder.is_dir():
        return
    for number, path in enumerate(sorted(folder.iterdir())):
        if number >= MAX_FILES:
            raise DamagedFile(f"{folder} holds more than {MAX_FILES} files", _ADVICE)
        if path.is_file() and not path.is_symlink():
            yield path


def _read(path: Path, limit: int) -> bytes:
    """A whole regular file; what was checked is what is read, and a pipe cannot make us wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotOurFile(f"{path} is not a file", _ADVICE)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise DamagedFile(f"{path} is larger than {limit} bytes", _ADVICE)
    return data


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedFile(f"{what} is not text at byte {error.start}", _ADVICE, position=error.start) from None
