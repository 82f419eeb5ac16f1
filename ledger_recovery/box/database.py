"""[io] The Box's SQLite file: one writer thread that commits waiting jobs together, and readers that never wait for it.

A write is a function of the connection. The writer takes every job that waits, gives each a savepoint, and commits
them with one fsync (WAL, synchronous=FULL): a job's answer comes back only after its rows are durable. Jobs must not
wait for anything but the disk, and must not begin or end transactions themselves.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from ledger_recovery.box import dids
from ledger_recovery.box.private import make_file, tighten
from ledger_recovery.box.schema import APPLICATION_ID, DDL, VERSION
from ledger_recovery.errors import LedgerRecoveryError, NewerVersion, StorageError

BUSY_TIMEOUT_MS = 10_000
MAX_JOBS_TOGETHER = 256
MAX_IDLE_READERS = 64
"""More than there are threads that read at once (40 in starlette's pool): opening one takes a millisecond."""

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS:d}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    # DID keys that were deleted are overwritten, not only unlinked.
    "PRAGMA secure_delete=ON",
    # For each of some 40 connections, in KiB; the system's own cache has the pages too.
    "PRAGMA cache_size=-256",
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    job: Job[Any]
    future: Future[Any]
    alone: bool


class _Nobody(Enum):
    """Nothing waits at the moment; told from None, which ends the writer."""

    NOBODY = 0


_NOBODY = _Nobody.NOBODY


class BoxDatabase:
    """Rows of the Box; safe to use from any thread.

    :raises StorageError: the file cannot be opened or is not a Box's.
    :raises NewerVersion: a newer program made it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue(MAX_IDLE_READERS)
        self._closed = False
        self._closing = threading.Lock()
        self._writer = _open(path)
        self._thread = threading.Thread(target=self._write_for_ever, name="box-writer", daemon=True)
        self._thread.start()

    def write(self, job: Job[T], *, alone: bool = False) -> T:
        """Run a job in a write transaction; returns when it is durable.

        :param alone: in a transaction of its own, so that all it reads is durable: for jobs that remove files.
        :raises StorageError: the disk or SQLite refused; nothing of the job was kept.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StorageError("the Box's database is closed")
            self._waiting.put(_Waiting(job, future, alone))
        return future.result()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One read transaction: everything read in it is of one moment."""
        with self.glance() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def glance(self) -> Iterator[sqlite3.Connection]:
        """For one single SELECT, which is of one moment by itself."""
        connection = self._reader()
        try:
            with _translated():
                yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Finish the jobs that wait, then close; may be called again."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()
        self._writer.close()
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    # --- the writer ---------------------------------------------------------------------------------------------

    def _write_for_ever(self) -> None:
        first = self._waiting.get()
        while first is not None:
            together, following = [first], self._next()
            while not first.alone and isinstance(following, _Waiting) and not following.alone:
                together.append(following)
                following = self._next() if len(together) < MAX_JOBS_TOGETHER else _NOBODY
            _commit_together(self._writer, together)
            first = self._waiting.get() if following is _NOBODY else following

    def _next(self) -> _Waiting | _Nobody | None:
        try:
            return self._waiting.get_nowait()
        except queue.Empty:
            return _NOBODY

    # --- readers ------------------------------------------------------------------------------------------------

    def _reader(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with _translated():
                return _connect(self._path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.rollback()
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()


def _commit_together(connection: sqlite3.Connection, jobs: Sequence[_Waiting]) -> None:
    """Every job in its own savepoint, all in one transaction; futures hear of it only after the commit."""
    answers: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        answers.extend((each.future, *_in_savepoint(connection, each.job)) for each in jobs)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.rollback()
        failure = _failure(error)
        for each in jobs:
            each.future.set_exception(failure)
        return
    for future, answer, problem in answers:
        if problem is None:
            future.set_result(answer)
        else:
            future.set_exception(problem)


def _in_savepoint(connection: sqlite3.Connection, job: Job[Any]) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT job")
    try:
        answer = job(connection)
    except Exception as error:
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, _failure(error) if isinstance(error, sqlite3.Error) else error
    connection.execute("RELEASE job")
    return answer, None


# --- opening ----------------------------------------------------------------------------------------------------


def _open(path: Path) -> sqlite3.Connection:
    with _translated():
        if not path.exists():
            make_file(path)
        tighten(path)
        connection = _connect(path)
        try:
            _prepare(connection, path)
        except (sqlite3.Error, LedgerRecoveryError):
            connection.close()
            raise
        return connection


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level None: transactions begin and end where this file says so, not where sqlite3 guesses.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and application != APPLICATION_ID:
        connection.rollback()
        raise StorageError(f"{path} is a database of another program, not a Box's", "Give another --dir.")
    if version > VERSION:
        connection.rollback()
        raise NewerVersion(f"{path} was made by a newer version of this program", "Update this program.")
    for statement in (*DDL, *dids.DDL):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID:d}")
    connection.execute(f"PRAGMA user_version={VERSION:d}")
    connection.execute("COMMIT")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _failure(error) from error


def _failure(error: Exception) -> StorageError:
    return StorageError(f"the Box's database could not be used: {error}", "Check the disk and run `box check`.")
