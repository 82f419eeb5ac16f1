"""Read what the wallet keeps of its backups, in one open transaction."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row

from ledger_recovery.wallet.backup_model import (
    BackupCounts,
    BackupLink,
    BackupState,
    BoxPairing,
    Failing,
    Pending,
    Saved,
    Seen,
)
from ledger_recovery.wallet.schema_backup import (
    BackupBoxTable,
    BackupFailingTable,
    BackupLinkTable,
    BackupPendingTable,
    BackupSavedTable,
    BackupSeenTable,
)
from ledger_recovery.wallet.statements import find

ONLY = {"id": 1}
"""The key of every table that holds at most one row."""


def read_state(connection: Connection) -> BackupState:
    link = read_link(connection)
    return BackupState(
        box=read_box(connection),
        link=link,
        saved=read_saved(connection),
        seen=None if link is None else read_seen(connection, link.backup_id),
        pending=_pending(find(connection, BackupPendingTable, ONLY)),
        failing=_failing(find(connection, BackupFailingTable, ONLY)),
    )


def read_box(connection: Connection) -> BoxPairing | None:
    row = find(connection, BackupBoxTable, ONLY)
    if row is None:
        return None
    return BoxPairing(row.url, row.name, row.pin, row.certificate, row.device_id, row.key_ref, row.paired_at)


def read_link(connection: Connection) -> BackupLink | None:
    row = find(connection, BackupLinkTable, ONLY)
    return None if row is None else BackupLink(row.backup_id, row.key_ref, row.enabled_at)


def read_saved(connection: Connection) -> Saved | None:
    row = find(connection, BackupSavedTable, ONLY)
    if row is None:
        return None
    holds = BackupCounts(**{field.name: getattr(row, field.name) for field in fields(BackupCounts)})
    return Saved(row.generation, row.digest, row.at, holds)


def read_seen(connection: Connection, backup_id: str) -> Seen | None:
    row = find(connection, BackupSeenTable, {"backup_id": backup_id})
    return None if row is None else Seen(row.generation, row.digest)


def read_ticket(connection: Connection) -> int:
    """The number of the newest change; 0 while backups never were on."""
    row = find(connection, BackupPendingTable, ONLY)
    return 0 if row is None else int(row.ticket)


def _pending(row: Row[Any] | None) -> Pending | None:
    if row is None or not row.changes:
        return None
    return Pending(row.since, row.why, row.changes, row.ticket)


def _failing(row: Row[Any] | None) -> Failing | None:
    if row is None:
        return None
    return Failing(row.since, row.code, row.sentence, row.attempts, row.next_try_at)
