"""[pure] Strict fields of the small signed documents: certificates, heads of bundles, the line inside a bundle.

A field of another type, a missing one and a foreign one are all DamagedFile with the field's place.
"""

from __future__ import annotations

from typing import Final

from ledger_recovery.backup.ids import MAX_GENERATION, check_backup_id, from_b64u, is_digest, is_time
from ledger_recovery.errors import DamagedFile, InputError
from ledger_recovery.files.fields import Record

ADVICE: Final = "Use another copy of the backup."
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
_MAX_FIELD: Final = 128


def short_text(record: Record, name: str) -> str:
    """A text of at most 128 characters."""
    return record.text(name, limit=_MAX_FIELD)


def backup_id(record: Record) -> str:
    text = short_text(record, "backup_id")
    try:
        return check_backup_id(text)
    except InputError:
        raise record.wrong("backup_id", "a backup ID") from None


def generation(record: Record) -> int:
    return record.integer("generation", low=1, high=MAX_GENERATION)


def utc_time(record: Record, name: str) -> str:
    text = short_text(record, name)
    if not is_time(text):
        raise record.wrong(name, "a time like 2026-11-22T10:00:00Z")
    return text


def digest(record: Record, name: str) -> str:
    text = short_text(record, name)
    if not is_digest(text):
        raise record.wrong(name, "a SHA-256 digest in hexadecimal")
    return text


def fixed_bytes(record: Record, name: str, size: int) -> bytes:
    """Bytes in unpadded base64url."""
    text = short_text(record, name)
    try:
        return from_b64u(text, size)
    except InputError:
        raise record.wrong(name, f"{size} bytes in base64url") from None


def nothing_else(record: Record) -> None:
    """:raises DamagedFile: the object has a field that nobody asked for."""
    unknown = record.not_asked()
    if unknown:
        where = f"{record.place} has" if record.place else "it has"
        raise DamagedFile(f"{where} a field that it cannot have: {unknown[0]}", ADVICE)
