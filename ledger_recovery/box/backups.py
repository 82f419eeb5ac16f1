"""Rows of backups and of who may write them.

A device reaches a backup only through a grant, which a certificate of the owner gave it; everything else is "no such
backup". Functions take a connection that is inside a transaction; they neither begin nor end one.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.box.generations import drop_generations
from ledger_recovery.box.refusal import full, no_such_backup

_COLUMNS = "b.id, b.backup_id, b.owner_public, b.did_recipient, b.highest, b.delete_after"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup of one owner.

    :param row: its number on this Box; never told to anybody.
    :param highest: the highest generation that was ever stored; numbers are not used again.
    :param delete_after: Unix seconds, when its owner retired it.
    :param upload_public: the upload key of the device that asks; None when no device does.
    """

    row: int
    backup_id: str
    owner_public: bytes = field(repr=False)
    did_recipient: str
    highest: int
    delete_after: int | None
    upload_public: bytes | None = field(default=None, repr=False)


def granted(connection: sqlite3.Connection, device_id: str, backup_id: str, now: int) -> Backup:
    """The backup that a device may use under an ID.

    :raises Refusal: 404, the same for unknown, somebody else's, not certified for this device, and past its date.
    """
    row = connection.execute(
        f"SELECT {_COLUMNS}, g.upload_public FROM grants g JOIN backups b ON b.id = g.backup "  # noqa: S608  # constant
        "WHERE g.device = ? AND g.backup_id = ?",
        (device_id, backup_id),
    ).fetchone()
    backup = None if row is None else Backup(*row)
    if backup is None or (backup.delete_after is not None and backup.delete_after <= now):
        raise no_such_backup()
    return backup


def create_or_join(
    connection: sqlite3.Connection,
    device_id: str,
    certificate: Certificate,
    now: int,
    *,
    most: int,
    most_of_device: int,
) -> tuple[Backup, bool]:
    """Give a device the backup that the owner's (verified) certificate is for; whether it was made just now.

    :raises Refusal: 507, when there are too many backups.
    """
    backup = _owned(connection, certificate, now)
    made = backup is None
    if backup is None:
        (count,) = connection.execute("SELECT count(*) FROM backups").fetchone()
        if count >= most:
            raise full()
        backup = add_backup(connection, certificate, now)
    _grant(connection, device_id, backup, certificate, now, most=most_of_device)
    return backup, made


def join(
    connection: sqlite3.Connection, device_id: str, certificate: Certificate, now: int, *, most_of_device: int
) -> Backup:
    """Give a device a backup that is here already.

    :raises Refusal: 404, it is not here under this owner; 507, the device has too many.
    """
    backup = _owned(connection, certificate, now)
    if backup is None:
        raise no_such_backup()
    _grant(connection, device_id, backup, certificate, now, most=most_of_device)
    return backup


def add_backup(connection: sqlite3.Connection, certificate: Certificate, now: int) -> Backup:
    """A new backup without generations."""
    cursor = connection.execute(
        "INSERT INTO backups (backup_id, owner_public, did_recipient, created_at) VALUES (?, ?, ?, ?)",
        (certificate.backup_id, certificate.owner_public, certificate.did_recipient, now),
    )
    row = cursor.lastrowid or 0
    return Backup(row, certificate.backup_id, certificate.owner_public, certificate.did_recipient, 0, None)


def with_id(connection: sqlite3.Connection, backup_id: str) -> tuple[Backup, ...]:
    """Every owner's backup under an ID: one, unless somebody certified the ID with another owner key."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM backups b WHERE b.backup_id = ? ORDER BY b.id",  # noqa: S608  # constant
        (backup_id,),
    )
    return tuple(Backup(*row) for row in rows)


def delete_backup(connection: sqlite3.Connection, backup: Backup) -> None:
    """Forget a backup with all its generations, grants and DIDs; blobs become garbage."""
    drop_generations(connection, backup.row)
    connection.execute("DELETE FROM backups WHERE id = ?", (backup.row,))


def retire_backup(connection: sqlite3.Connection, backup: Backup, delete_after: int) -> int:
    """Set the date of deletion; a second request can only bring it forward. Returns the date that holds."""
    date = min(delete_after, backup.delete_after if backup.delete_after is not None else delete_after)
    connection.execute("UPDATE backups SET delete_after = ? WHERE id = ?", (date, backup.row))
    return date


def delete_retired(connection: sqlite3.Connection, now: int) -> int:
    """Forget every backup whose date has come; how many there were."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM backups b WHERE b.delete_after <= ?",  # noqa: S608  # constant
        (now,),
    ).fetchall()
    for row in rows:
        delete_backup(connection, Backup(*row))
    return len(rows)


def _owned(connection: sqlite3.Connection, certificate: Certificate, now: int) -> Backup | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM backups b WHERE b.backup_id = ? AND b.owner_public = ?",  # noqa: S608  # constant
        (certificate.backup_id, certificate.owner_public),
    ).fetchone()
    backup = None if row is None else Backup(*row)
    if backup is not None and backup.delete_after is not None and backup.delete_after <= now:
        delete_backup(connection, backup)
        return None
    return backup


def _grant(
    connection: sqlite3.Connection, device_id: str, backup: Backup, certificate: Certificate, now: int, *, most: int
) -> None:
    (count,) = connection.execute(
        "SELECT count(*) FROM grants WHERE device = ? AND backup_id <> ?", (device_id, backup.backup_id)
    ).fetchone()
    if count >= most:
        raise full()
    connection.execute(
        "INSERT INTO grants (device, backup_id, backup, upload_public, granted_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (device, backup_id) DO UPDATE SET backup = excluded.backup, "
        "upload_public = excluded.upload_public, granted_at = excluded.granted_at",
        (device_id, backup.backup_id, backup.row, certificate.upload_public, now),
    )
