"""The cache of account lists: one private file a block, written whole or not at all, verified when read.

Everything that is wrong with a cached file means "not cached". A cache that cannot be written is not an error either:
the list itself is what was asked for.
"""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from chain.concordium import account_list_file
from chain.model import AccountList

KEEP: Final = 3
SUFFIX: Final = ".accounts"

_log = logging.getLogger(__name__)


class AccountListCache:
    """Lists below one directory, which is made (mode 0700) when the first one is stored. Blocking: use a thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, genesis_hash: bytes, block_hash: bytes) -> Path:
        return self._directory / f"{genesis_hash.hex()[:16]}-{block_hash.hex()}{SUFFIX}"

    def load(self, genesis_hash: bytes, block_hash: bytes) -> AccountList | None:
        """The list of exactly that block, or None."""
        path = self.path(genesis_hash, block_hash)
        try:
            if path.stat().st_size > account_list_file.MAX_FILE_SIZE:
                return None
            return account_list_file.decode(path.read_bytes(), genesis_hash, block_hash)
        except FileNotFoundError:
            return None
        except (OSError, account_list_file.Unusable) as error:
            _log.warning("the cached account list %s is not used: %s", path.name, error)
            return None

    def store(self, genesis_hash: bytes, block_hash: bytes, accounts: AccountList) -> None:
        """Write the list, then remove all but the newest few."""
        raw = account_list_file.encode(genesis_hash, block_hash, accounts.source, accounts.addresses)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(self.path(genesis_hash, block_hash), raw)
            self._prune()
        except OSError as error:
            _log.warning("the account list is not cached in %s: %s", self._directory, error)

    def _prune(self) -> None:
        files = sorted(self._directory.glob("*" + SUFFIX), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in files[KEEP:]:
            path.unlink(missing_ok=True)


def _write_whole(path: Path, raw: bytes) -> None:
    """Temporary file (mode 0600) beside the target, flushed to disk, renamed; then the directory is flushed."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".list-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    # Windows cannot open a directory for this; there the rename alone has to do.
    with suppress(PermissionError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
