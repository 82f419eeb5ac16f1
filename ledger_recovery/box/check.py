"""[io] Is everything there that the Box promises? Cheap: rows and sizes. With `read_data`: every byte of every blob.

What is found damaged is marked, so that retention keeps the newest generation that is whole. Nothing is repaired.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from ledger_recovery.box.admin import opened
from ledger_recovery.box.generations import named_blobs
from ledger_recovery.box.room import BoxRoom

MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class CheckReport:
    """:param problems: sentences; blobs are named by digest, backups not at all.

    :param orphans: blobs that no row names; harmless, `box gc` removes them.
    """

    problems: tuple[str, ...]
    backups: int
    generations: int
    blobs: int
    size: int
    orphans: int
    read_data: bool

    @property
    def sound(self) -> bool:
        return not self.problems


def check(directory: Path, *, read_data: bool = False) -> CheckReport:
    """Look at everything; a running Box is not disturbed.

    :param read_data: read every blob and compare it with its digest, too.
    :raises InputError: there is no Box.
    """
    with opened(directory) as room:
        with room.db.read() as connection:
            problems = [f"database: {line}" for line in _database_problems(connection)]
            named = named_blobs(connection)
            backups, generations = connection.execute(
                "SELECT (SELECT count(*) FROM backups), (SELECT count(*) FROM generations)"
            ).fetchone()
        damaged = {digest: what for digest, size in named.items() if (what := _trouble(room, digest, size, read_data))}
        gone = _named_still(room, damaged)
        problems += [f"blob {digest} {damaged[digest]}" for digest in sorted(gone)]
        _mark(room, frozenset(gone), frozenset(named) - gone if read_data else frozenset())
        orphans = sum(1 for digest in room.blobs.every() if digest not in named)
    return CheckReport(
        problems=tuple(problems[:MAX_PROBLEMS]),
        backups=backups,
        generations=generations,
        blobs=len(named),
        size=sum(named.values()),
        orphans=orphans,
        read_data=read_data,
    )


def _trouble(room: BoxRoom, digest: str, size: int, read_data: bool) -> str:
    found = room.blobs.size(digest)
    if found is None:
        return "is missing"
    if found != size:
        return f"has {found} bytes instead of {size}"
    return "" if not read_data or room.blobs.is_whole(digest) else "was altered"


def _named_still(room: BoxRoom, damaged: dict[str, str]) -> set[str]:
    """Without those that a running Box dropped meanwhile, as it may."""
    if not damaged:
        return set()
    with room.db.read() as connection:
        return set(damaged) & named_blobs(connection).keys()


def _mark(room: BoxRoom, damaged: frozenset[str], whole: frozenset[str]) -> None:
    def job(connection: Connection) -> None:
        for digest in damaged:
            connection.execute("UPDATE generations SET damaged = 1 WHERE digest = ? OR part_digest = ?", (digest,) * 2)
        if whole:
            marked = connection.execute("SELECT backup, generation, digest, part_digest FROM generations WHERE damaged")
            for backup, generation, digest, part in marked.fetchall():
                if digest in whole and (part is None or part in whole):
                    connection.execute(
                        "UPDATE generations SET damaged = 0 WHERE backup = ? AND generation = ?", (backup, generation)
                    )

    if damaged or whole:
        room.db.write(job)


def _database_problems(connection: Connection) -> tuple[str, ...]:
    lines = [str(row[0]) for row in connection.execute("PRAGMA quick_check(100)")]
    broken = connection.execute("PRAGMA foreign_key_check").fetchmany(100)
    return (*(line for line in lines if line != "ok"), *(f"a row of {row[0]} refers to nothing" for row in broken))
