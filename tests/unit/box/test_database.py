"""The one writer: jobs of many threads, each whole or not at all, committed together."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger_recovery.box import database
from ledger_recovery.box.database import _PRAGMAS, BoxDatabase, _Waiting
from ledger_recovery.errors import NewerVersion, StorageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "box.sqlite"


def add(name: str) -> Callable[[sqlite3.Connection], int]:
    return lambda c: c.execute("INSERT INTO settings VALUES (?, 'x')", (name,)).rowcount


def names(db: BoxDatabase) -> set[str]:
    with db.read() as connection:
        return {name for (name,) in connection.execute("SELECT name FROM settings")}


def test_writes_of_many_threads_all_arrive(path: Path) -> None:
    db = BoxDatabase(path)
    with ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(lambda n: db.write(add(str(n))), range(200)))
    assert counts == [1] * 200
    assert len(names(db)) == 200
    db.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failing_job_takes_nobody_with_it(path: Path) -> None:
    db = BoxDatabase(path)
    hold, held = threading.Event(), threading.Event()

    def wait(connection: sqlite3.Connection) -> None:
        held.set()
        hold.wait(10)

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO settings VALUES ('half', 'x')")
        raise KeyError("planted")

    with ThreadPoolExecutor(4) as pool:
        pool.submit(db.write, wait)
        held.wait(10)
        good = pool.submit(db.write, add("before"))
        bad = pool.submit(db.write, fail)
        double = pool.submit(db.write, lambda c: [c.execute("INSERT INTO settings VALUES ('d', 'x')") for _ in "ab"])
        hold.set()
        assert good.result() == 1
        assert isinstance(bad.exception(), KeyError)
        assert isinstance(double.exception(), StorageError)
    assert names(db) == {"before"}
    db.close()


@pytest.mark.parametrize("alone", [True, False])
def test_a_job_alone_sees_only_what_is_durable(path: Path, alone: bool) -> None:
    """What removes files must not act on rows that a failing commit would bring back."""
    db = BoxDatabase(path)
    added: Future[int] = Future()
    seen: Future[set[str]] = Future()

    def hold(connection: sqlite3.Connection) -> None:
        # Both wait while this one runs, so nothing but `alone` keeps them apart.
        db._waiting.put(_Waiting(add("before"), added, False))
        db._waiting.put(_Waiting(lambda c: names(db), seen, alone))

    db.write(hold)
    assert added.result(10) == 1
    assert seen.result(10) == ({"before"} if alone else set())
    db.close()


def test_readers_see_one_moment(path: Path) -> None:
    db = BoxDatabase(path)
    with db.read() as connection:
        (before,) = connection.execute("SELECT count(*) FROM settings").fetchone()
        db.write(add("new"))
        (after,) = connection.execute("SELECT count(*) FROM settings").fetchone()
    assert before == after == 0
    assert names(db) == {"new"}
    db.close()


def test_a_closed_database_says_so(path: Path) -> None:
    db = BoxDatabase(path)
    db.close()
    db.close()
    with pytest.raises(StorageError, match="closed"):
        db.write(add("late"))


def test_a_foreign_damaged_or_newer_file_is_refused_and_kept(tmp_path: Path) -> None:
    foreign = sqlite3.connect(tmp_path / "foreign")
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    (tmp_path / "damaged").write_bytes(b"SQLite format 3\x00" + b"\xff" * 200)
    BoxDatabase(tmp_path / "newer").close()
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version=999")
    newer.close()
    for name, kind in (("foreign", StorageError), ("damaged", StorageError), ("newer", NewerVersion)):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(kind):
            BoxDatabase(tmp_path / name)
        assert (tmp_path / name).read_bytes()[:100] == before[:100] or name == "foreign"


def test_a_commit_is_on_the_disk_when_it_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests relax this (`unsynced`), so it is asked for here as the program has it."""
    monkeypatch.setattr(database, "_PRAGMAS", _PRAGMAS)
    db = BoxDatabase(path)
    full, write_ahead = 2, "wal"
    assert db.write(lambda c: c.execute("PRAGMA synchronous").fetchone()) == (full,)
    assert db.write(lambda c: c.execute("PRAGMA journal_mode").fetchone()) == (write_ahead,)
    db.close()
