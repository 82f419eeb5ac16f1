"""What lies on the disk of a Box that was killed, read without the Box: rows, blobs, and whether the words open them.

Shares no code with the Box; only the bundle itself is opened by the program. Reads a copy: opening a database mends it,
and the next start has to meet what the kill left.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.backup.bundle import open_bundle
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.secret import SecretBytes

DATABASE = "box.sqlite"
_QUERY = "SELECT generation, digest, part_digest FROM generations ORDER BY generation"


@dataclass(frozen=True)
class OnDisk:
    """One kept generation. `entries`: names in the address book that it holds."""

    generation: int
    digest: str
    entries: frozenset[str]


def on_disk(box: Path, secret: SecretBytes) -> tuple[OnDisk, ...]:
    """All kept generations, oldest first, each opened with the words.

    :raises AssertionError: the database is damaged, or a row names a blob that is not there whole.
    :raises LedgerRecoveryError: a bundle does not open.
    """
    copy = box.with_name(f"{box.name}.copy")
    shutil.copytree(box, copy)
    try:
        with closing(sqlite3.connect(copy / DATABASE)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = db.execute(_QUERY).fetchall()
        return tuple(_opened(copy, number, digest, part, secret) for number, digest, part in rows)
    finally:
        shutil.rmtree(copy)


def rewrite(box: Path, statement: str, *values: object) -> None:
    """What somebody who holds the disk of a Box may do to its database."""
    with closing(sqlite3.connect(box / DATABASE)) as db, db:
        assert db.execute(statement, values).rowcount, f"nothing was changed by: {statement}"


def blob(box: Path, digest: str) -> Path:
    """Where a bundle lies."""
    return box / "blobs" / digest[:2] / digest


def _opened(box: Path, generation: int, digest: str, part: str | None, secret: SecretBytes) -> OnDisk:
    data = blob(box, digest).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest, f"generation {generation} is not whole"
    assert part is None or hashlib.sha256(blob(box, part).read_bytes()).hexdigest() == part
    with owner_keys(secret) as keys:
        content = open_bundle(data, keys, expect_generation=generation).content
    return OnDisk(generation, digest, frozenset(row.name for row in content.wallet.snapshot.address_book))
