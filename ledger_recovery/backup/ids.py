"""[pure] The short texts of the backup formats: backup IDs, digests, times, and bytes as unpadded base64url.

Strict: every value has one spelling, so that what was signed cannot be written in another way.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from ledger_recovery.errors import InputError

BackupId = str
"""52 characters of a-z and 2-7: 32 bytes in base32, lower case, without padding."""

MAX_GENERATION: Final = 2**53 - 1
"""JavaScript and every JSON reader hold it exactly."""

_BACKUP_ID: Final = re.compile(r"[a-z2-7]{52}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
_B64U: Final = re.compile(r"[A-Za-z0-9_-]*")


def backup_id_of(data: bytes) -> BackupId:
    """The text form of 32 bytes."""
    if len(data) != 32:
        raise ValueError(f"a backup ID has 32 bytes, not {len(data)}")
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def check_backup_id(text: str) -> BackupId:
    """The text, which is a backup ID.

    :raises InputError: it is none; the sentence does not repeat it.
    """
    if not _BACKUP_ID.fullmatch(text):
        raise InputError("this is no backup ID: 52 characters of a-z and 2-7", "Copy the ID whole.")
    return text


def is_digest(text: str) -> bool:
    """SHA-256 in 64 lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """UTC to the second as ISO 8601, e.g. 2026-11-22T10:00:00Z."""
    return _TIME.fullmatch(text) is not None


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_b64u(text: str, size: int | None = None) -> bytes:
    """The bytes of an unpadded base64url text.

    :param size: bytes that there must be; None for any number.
    :raises InputError: another alphabet, padding, unused bits that are not zero, or another size.
    """
    data = _decoded(text) if size is None or len(text) == (size * 4 + 2) // 3 else None
    if data is None or (size is not None and len(data) != size):
        wanted = "bytes" if size is None else f"{size} bytes"
        raise InputError(f"this is not {wanted} in base64url without padding", "Use an unchanged copy.")
    return data


def _decoded(text: str) -> bytes | None:
    if not _B64U.fullmatch(text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return data if b64u(data) == text else None
