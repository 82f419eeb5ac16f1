"""[io] The key that signs this installation's reports: made on first use, kept in one file with mode 0600.

It proves only that reports come from the same installation; it is unrelated to any wallet key.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.errors import StorageError
from ledger_recovery.recover.report.files import make_private_directory, sync_directory, write_private

KEY_FILE = "report-signing.key"

_KEY_TEXT = re.compile(rb"[0-9a-f]{64}\n")
_MOST_BYTES = 66


def load_or_create_key(directory: Path) -> Ed25519PrivateKey:
    """The signing key of `directory`; of several processes that make it at once, all get the same one.

    :raises StorageError: the file cannot be read or made, is not a key file, or others may read it.
    """
    path = directory / KEY_FILE
    try:
        if not path.exists():
            _create(directory, path)
        return _load(path)
    except OSError as error:
        raise StorageError(
            f"the report signing key {path} cannot be used: {error.strerror or error}",
            "Check the owner and the permissions of the file and its folder.",
        ) from error


def _create(directory: Path, path: Path) -> None:
    make_private_directory(directory)
    temporary = write_private(directory, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n")
    try:
        # A link, unlike a rename, fails when another process was first: its key stays the one key.
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(directory)


def _load(path: Path) -> Ed25519PrivateKey:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        text = file.read(_MOST_BYTES) if stat.S_ISREG(mode) else b""
    if not _KEY_TEXT.fullmatch(text):
        raise StorageError(
            f"{path} is not a report signing key",
            "Move the file away; a new key is made with the next report, with another fingerprint.",
        )
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        raise StorageError(
            f"others may read the report signing key {path} (mode {stat.S_IMODE(mode):04o})",
            f"Run: chmod 600 {path}. If somebody may have copied it, move it away: a new one is made.",
        )
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.decode("ascii")))
