"""Erase a wallet for a factory reset: its file and all that lies beside it under its name, and nothing else.

Files are unlinked, not overwritten: what a disk keeps of a deleted file is beyond a program. The keys that the
keyring holds, and backups on a Box, are the caller's.
"""

from __future__ import annotations

import os
from pathlib import Path

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet import lock
from ledger_recovery.wallet.engine import check_header
from ledger_recovery.wallet.failures import storage_failures
from ledger_recovery.wallet.private_file import sync_directory

SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
"""Of the files that SQLite keeps beside a database."""
JOURNAL_SUFFIXES = (".journal", ".evm-journal")
"""Of the recovery journals (`recover.journal`, `recover.evm.journal`), databases of their own."""


def erase_wallet(path: Path) -> tuple[Path, ...]:
    """Delete the wallet at `path` and the files that belong to it; what was deleted, in that order.

    Safe to repeat after a failure. A wallet that is not there leaves its other files to be deleted.

    :raises WalletBusy: another program works on the wallet; nothing was deleted.
    :raises StorageError: the file is no wallet, and nothing was deleted; or a file cannot be deleted: the sentence
        names those that remain.
    """
    with storage_failures(path):
        wallet = path.resolve()
        files = [*_files_of(wallet), *([path] if path.is_symlink() else [])]
        if not _there(files):
            return ()
        if wallet.exists():
            check_header(wallet)
    with lock.exclusive(wallet):
        return _delete(files, wallet)


def _files_of(wallet: Path) -> list[Path]:
    """In the order of deletion: a log that outlived its database would be played into the next one of that name."""
    unfinished = wallet.with_name(f".{wallet.name}.new")
    journals = [wallet.with_name(wallet.name + suffix) for suffix in JOURNAL_SUFFIXES]
    databases = [file for main in (wallet, *journals, unfinished) for file in (*_sides(main), main)]
    return [*databases, lock.lock_path(wallet)]


def _sides(database: Path) -> list[Path]:
    return [database.with_name(database.name + suffix) for suffix in SIDE_SUFFIXES]


def _there(files: list[Path]) -> list[Path]:
    return [file for file in files if os.path.lexists(file)]


def _delete(files: list[Path], wallet: Path) -> tuple[Path, ...]:
    there = _there(files)
    for number, file in enumerate(there):
        try:
            file.unlink()
        except OSError as error:
            remaining = ", ".join(str(rest) for rest in there[number:])
            raise StorageError(
                f"wallet {wallet}: it could not be erased ({error.strerror or error}); these files remain: {remaining}",
                "close other programs that use the wallet, make its directory writable for you, and run it again",
            ) from error
    with storage_failures(wallet):
        sync_directory(wallet.parent)
    return tuple(there)
