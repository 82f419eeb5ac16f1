"""[io] The file of a journal: one SQLite database beside the wallet, mode 0600, FULL synchronous.

A commit that returned survives a power cut. What the tables hold is the business of the journals that build on it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger_recovery.errors import StorageError

DAMAGE = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What decoding a damaged record raises."""


class JournalFile:
    """An open journal file. What was written in a `_write` block is durable when it ends.

    :param schema: SQL that makes the tables. `version`: of them; a file of a newer one is refused.
    :raises StorageError: from every method, when the file cannot be read or written or is not a journal.
    """

    def __init__(self, path: Path, schema: str, version: int, connect: Callable[..., sqlite3.Connection]) -> None:
        self.path = path
        with told(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = connect(str(path), isolation_level=None, timeout=5.0)
            self._prepare(schema, version)

    def _prepare(self, schema: str, version: int) -> None:
        # secure_delete: what is dropped is overwritten, not only unlinked.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > version:
            raise StorageError(
                f"the journal {self.path} was written by a newer version of this program",
                "use that version, or give another --wallet file",
            )
        if found == 0:
            self._db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version={version}; COMMIT;")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with told(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Translate what SQLite, the file system and a damaged record raise into the one error of journals."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(
            f"the journal {path} cannot be read or written: {error}",
            "check free space and permissions; nothing that was confirmed is lost",
        ) from error
    except DAMAGE as error:
        raise StorageError(
            f"the journal {path} holds a damaged record: {error}",
            "start again with `ledger-recovery recover`; accounts in the wallet are not affected",
        ) from error
