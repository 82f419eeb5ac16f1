"""Turn what SQLite, SQLAlchemy and the file system raise into one StorageError: what failed, and what to do next.

The only place where the wallet's foreign errors are translated. No stored value ever enters a sentence.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ledger_recovery.errors import StorageError

_OLD_STATE = "nothing of this step was stored"
_RESTORE = "leave the file as it is, and restore the wallet from a backup or recover into a new --wallet file"
_FREE_SPACE = "free some space on that disk and run the command again"
_REPORT = "run the command again; if it repeats, keep a copy of the file and report it"
_MAKE_WRITABLE = "make the file and its directory writable for you, or give another --wallet file"

# By SQLite's primary result codes (sqlite.org/rescode.html).
_BY_CODE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: (f"the disk is full; {_OLD_STATE}", _FREE_SPACE),
    sqlite3.SQLITE_READONLY: (f"the wallet cannot be written; {_OLD_STATE}", _MAKE_WRITABLE),
    sqlite3.SQLITE_PERM: ("access to the wallet is not permitted", _MAKE_WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("the wallet or a file beside it cannot be opened", _MAKE_WRITABLE),
    sqlite3.SQLITE_BUSY: (
        f"another program is writing to the wallet; {_OLD_STATE}",
        "wait until it has finished, or close it, and run the command again",
    ),
    sqlite3.SQLITE_LOCKED: (f"the wallet is locked; {_OLD_STATE}", "run the command again"),
    sqlite3.SQLITE_CORRUPT: ("the wallet file is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("the file is not a wallet, or its beginning is damaged", _RESTORE),
    sqlite3.SQLITE_IOERR: (
        f"the disk reports an error; {_OLD_STATE}",
        "check the disk and its connection, copy the wallet elsewhere, and run the command again",
    ),
}
_BY_ERRNO: dict[int, int] = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
}


@contextmanager
def storage_failures(path: Path) -> Iterator[None]:
    """Raise StorageError for anything that storing or reading the wallet at `path` may raise."""
    try:
        yield
    except DBAPIError as error:
        raise _from_sqlite(path, error.orig) from error
    except sqlite3.Error as error:
        raise _from_sqlite(path, error) from error
    except OSError as error:
        raise _from_system(path, error) from error
    except SQLAlchemyError as error:  # a value that a column's type refuses; a pool that is exhausted
        raise StorageError(f"wallet {path}: a value cannot be stored; {_OLD_STATE}", _REPORT) from error
    except (LookupError, ValueError, OverflowError) as error:  # text that is no Unicode, a number beyond SQLite's
        raise StorageError(f"wallet {path}: it holds or was given a value that cannot be right", _REPORT) from error


def contradiction(sentence: str) -> StorageError:
    """A change that cannot be true together with what the wallet holds."""
    return StorageError(
        f"{sentence}; {_OLD_STATE}",
        "check that this wallet file belongs to this Ledger and network; the report shows what was found",
    )


def _from_sqlite(path: Path, error: BaseException | None) -> StorageError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_CONSTRAINT:
        # SQLite names the columns of the broken rule here, never a value.
        return contradiction(f"wallet {path}: a change contradicts what it holds ({error})")
    sentence, hint = _BY_CODE.get(code, (f"the database reports: {error}", _REPORT))
    return StorageError(f"wallet {path}: {sentence}", hint)


def _from_system(path: Path, error: OSError) -> StorageError:
    known = _BY_CODE.get(_BY_ERRNO.get(error.errno or 0, -1))
    if known:
        return StorageError(f"wallet {path}: {known[0]}", known[1])
    return StorageError(f"wallet {path}: {error.strerror or error}", "check the path and its directory, then try again")
