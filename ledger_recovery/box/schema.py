"""[pure] Tables of the Box.

A backup belongs to a pair (backup ID, owner key): somebody who learns an ID can neither take its place on the Box nor
find out that it is there, because whoever certifies it with another owner key gets a backup of their own.
Digests are 64 hex digits; keys are raw bytes; times are Unix seconds.
"""

from __future__ import annotations

APPLICATION_ID = 0x4C52_4258
"""ASCII "LRBX"."""

VERSION = 1

DDL: tuple[str, ...] = (
    """CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS offers (
        token_hash BLOB PRIMARY KEY, code_hash BLOB NOT NULL UNIQUE, expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS devices (
        id TEXT PRIMARY KEY, public BLOB NOT NULL UNIQUE, paired_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS backups (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        backup_id TEXT NOT NULL, owner_public BLOB NOT NULL, did_recipient TEXT NOT NULL,
        created_at INTEGER NOT NULL, highest INTEGER NOT NULL DEFAULT 0, delete_after INTEGER,
        UNIQUE (backup_id, owner_public)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS grants (
        device TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
        backup_id TEXT NOT NULL,
        backup INTEGER NOT NULL REFERENCES backups ON DELETE CASCADE,
        upload_public BLOB NOT NULL, granted_at INTEGER NOT NULL,
        PRIMARY KEY (device, backup_id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE INDEX IF NOT EXISTS grants_by_backup ON grants (backup)""",
    """CREATE TABLE IF NOT EXISTS generations (
        backup INTEGER NOT NULL REFERENCES backups ON DELETE CASCADE,
        generation INTEGER NOT NULL,
        digest TEXT NOT NULL, size INTEGER NOT NULL,
        part_digest TEXT, part_size INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL, stored_at INTEGER NOT NULL,
        idempotency_key TEXT NOT NULL, damaged INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (backup, generation)
    ) STRICT, WITHOUT ROWID""",
    """CREATE INDEX IF NOT EXISTS generations_by_digest ON generations (digest)""",
    """CREATE INDEX IF NOT EXISTS generations_by_part ON generations (part_digest) WHERE part_digest IS NOT NULL""",
    """CREATE TABLE IF NOT EXISTS garbage (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID""",
)
