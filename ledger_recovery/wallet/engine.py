"""The SQLite engine of a wallet file: pragmas, transactions, and a look at the file before SQLite touches it.

One connection an engine, passed from thread to thread by the pool. It never creates a file (`create` does, with the
right mode) and never opens one that is not marked as a wallet.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet.schema import APPLICATION_ID

BUSY_TIMEOUT_MS = 5000
MAX_PROBLEMS = 100

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
_APPLICATION_ID_AT = slice(68, 72)
_IMMEDIATE = "wallet_immediate"


def wallet_engine(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, foreign_keys: bool = True) -> Engine:
    """An engine over an existing file; `foreign_keys` is off only while a migration rebuilds tables."""
    pragmas = (
        f"PRAGMA busy_timeout={busy_timeout_ms:d}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        f"PRAGMA foreign_keys={foreign_keys:d}",
        "PRAGMA trusted_schema=OFF",
        # What the vault forgets is overwritten, not only unlinked.
        "PRAGMA secure_delete=ON",
    )

    def connect() -> sqlite3.Connection:
        # isolation_level None: the "begin" hook below opens transactions, DDL included; sqlite3 would not.
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once: a reader that turns writer half-way could not wait for another writer.
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One read transaction: everything read in it is of one moment."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed as a whole at the end, or rolled back on any error."""
    with engine.execution_options(**{_IMMEDIATE: True}).begin() as connection:
        yield connection


def check_header(path: Path) -> None:
    """Look at the file's own header, so that a foreign file is refused before SQLite changes a byte of it.

    :raises StorageError: not an SQLite database, or not one of this program's wallets.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        what = "is empty" if not header else "is not a wallet, or its beginning is damaged"
        raise StorageError(
            f"the file {path} {what}; it was not changed",
            "give another --wallet file, or restore this one from a backup",
        )
    if int.from_bytes(header[_APPLICATION_ID_AT], "big") != APPLICATION_ID:
        raise StorageError(
            f"the file {path} is a database of another program, not a wallet; it was not changed",
            "give another --wallet file",
        )


def quick_problems(connection: Connection) -> tuple[str, ...]:
    """What SQLite's quick check finds (pages and tables, not every index); empty when sound."""
    return _problems(connection, f"PRAGMA quick_check({MAX_PROBLEMS})")


def all_problems(connection: Connection) -> tuple[str, ...]:
    """What SQLite's full check finds, and references to rows that are not there; empty when sound."""
    found = _problems(connection, f"PRAGMA integrity_check({MAX_PROBLEMS})")
    return found + reference_problems(connection)


def reference_problems(connection: Connection) -> tuple[str, ...]:
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MAX_PROBLEMS)
    return tuple(f"row {rowid} of {table} refers to a missing row of {parent}" for table, rowid, parent, _ in rows)


def _problems(connection: Connection, pragma: str) -> tuple[str, ...]:
    # One row may hold several lines, the first of them a heading.
    lines = [line for row in connection.exec_driver_sql(pragma) for line in str(row[0]).splitlines()]
    return tuple(line for line in lines if line != "ok" and not line.startswith("***"))
