"""Rows of stored generations: which there are, which is newest, which may go.

A row is made only after its blobs are durable, and blobs go only after their rows: what a row names is always there.
Functions take a connection that is inside a transaction; they neither begin nor end one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger_recovery.backup.protocol_replies import Generation, Stored
from ledger_recovery.box.retention import DAY, Kept, prunable

_COLUMNS = "generation, digest, size, part_digest, part_size, created, stored_at, idempotency_key, damaged"


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """One stored generation; digests are names of blobs, sizes in bytes, `stored_at` in Unix seconds."""

    generation: int
    digest: str
    size: int
    part_digest: str | None
    part_size: int
    created: str
    stored_at: int
    idempotency_key: str
    damaged: int = 0

    def told(self) -> Generation:
        """As clients see it."""
        return Generation(self.generation, self.digest, self.size, self.created, timestamp(self.stored_at))

    def stored(self) -> Stored:
        return Stored(self.generation, self.digest, timestamp(self.stored_at))


def timestamp(seconds: int) -> str:
    """Unix seconds as UTC, 2026-11-22T10:00:00Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def list_generations(connection: sqlite3.Connection, backup: int) -> tuple[GenerationRow, ...]:
    """All that are kept, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM generations WHERE backup = ? ORDER BY generation",  # noqa: S608  # constant
        (backup,),
    )
    return tuple(GenerationRow(*row) for row in rows)


def newest_generation(connection: sqlite3.Connection, backup: int) -> GenerationRow | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM generations WHERE backup = ? ORDER BY generation DESC LIMIT 1",  # noqa: S608  # constant
        (backup,),
    ).fetchone()
    return None if row is None else GenerationRow(*row)


def find_generation(connection: sqlite3.Connection, backup: int, generation: int) -> GenerationRow | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM generations WHERE backup = ? AND generation = ?",  # noqa: S608  # constant
        (backup, generation),
    ).fetchone()
    return None if row is None else GenerationRow(*row)


def with_idempotency_key(connection: sqlite3.Connection, backup: int, key: str) -> GenerationRow | None:
    """The generation that was stored under an idempotency key, while it is kept."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM generations WHERE backup = ? AND idempotency_key = ?",  # noqa: S608  # constant
        (backup, key),
    ).fetchone()
    return None if row is None else GenerationRow(*row)


def add_generation(connection: sqlite3.Connection, backup: int, row: GenerationRow) -> None:
    """Store a row and raise the backup's highest number; its blobs must be durable already."""
    connection.execute(
        f"INSERT INTO generations (backup, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # constant
        (
            *(backup, row.generation, row.digest, row.size, row.part_digest, row.part_size, row.created),
            *(row.stored_at, row.idempotency_key, row.damaged),
        ),
    )
    connection.execute("UPDATE backups SET highest = max(highest, ?) WHERE id = ?", (row.generation, backup))


def prune(connection: sqlite3.Connection, backup: int, *, keep: int, days: int, now: int) -> int:
    """Drop what retention lets go; how many generations that were."""
    rows = connection.execute("SELECT generation, stored_at, damaged FROM generations WHERE backup = ?", (backup,))
    going = prunable([Kept(n, at, bool(damaged)) for n, at, damaged in rows], keep=keep, days=days, now=now)
    if going:
        drop_generations(connection, backup, going)
    return len(going)


def backups_past_retention(connection: sqlite3.Connection, *, keep: int, days: int, now: int) -> tuple[int, ...]:
    """Backups that have more generations than stay, or old ones; `prune` decides which go."""
    rows = connection.execute(
        "SELECT backup FROM generations GROUP BY backup HAVING count(*) > ? OR (? > 0 AND min(stored_at) < ?)",
        (keep, days, now - days * DAY),
    )
    return tuple(backup for (backup,) in rows)


def drop_generations(connection: sqlite3.Connection, backup: int, numbers: Sequence[int] | None = None) -> None:
    """Drop some generations of a backup, or all; their blobs become garbage."""
    if numbers is None:
        numbers = [n for (n,) in connection.execute("SELECT generation FROM generations WHERE backup = ?", (backup,))]
    for number in numbers:
        row = find_generation(connection, backup, number)
        if row is not None:
            add_garbage(connection, [d for d in (row.digest, row.part_digest) if d])
            connection.execute("DELETE FROM generations WHERE backup = ? AND generation = ?", (backup, number))


# --- blobs and rows ---------------------------------------------------------------------------------------------


def add_garbage(connection: sqlite3.Connection, digests: Sequence[str]) -> None:
    """Note blobs that perhaps nobody needs any more; the sweep looks before it removes."""
    connection.executemany("INSERT OR IGNORE INTO garbage (digest) VALUES (?)", [(d,) for d in digests])


def take_garbage(connection: sqlite3.Connection, most: int) -> tuple[str, ...]:
    """Some of the noted blobs that no row names; notes about blobs that are needed after all are dropped."""
    connection.execute(
        "DELETE FROM garbage WHERE EXISTS (SELECT 1 FROM generations g WHERE g.digest = garbage.digest) "
        "OR EXISTS (SELECT 1 FROM generations g WHERE g.part_digest = garbage.digest)"
    )
    found = tuple(d for (d,) in connection.execute("SELECT digest FROM garbage LIMIT ?", (most,)))
    connection.executemany("DELETE FROM garbage WHERE digest = ?", [(d,) for d in found])
    return found


def named_blobs(connection: sqlite3.Connection) -> dict[str, int]:
    """Every blob that a row names, with its size."""
    rows = connection.execute(
        "SELECT digest, size FROM generations UNION "
        "SELECT part_digest, part_size FROM generations WHERE part_digest IS NOT NULL"
    )
    return dict(rows.fetchall())
