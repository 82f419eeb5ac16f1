"""Rows of devices (paired machines) and of pairing offers.

Of a token only hashes are stored, so that a copy of the Box's disk pairs nobody. Functions take a connection that is
inside a transaction; they neither begin nor end one.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, field

from ledger_recovery.backup.pairing import short_token
from ledger_recovery.backup.protocol import encode
from ledger_recovery.box.refusal import full, pairing_refused

_ID_LABEL = b"ledger-recovery box device 2026-11-22\n"
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Device:
    """A paired machine: its name on this Box, its Ed25519 key (32 bytes), when it paired (Unix seconds)."""

    id: str
    public: bytes = field(repr=False)
    paired_at: int


def device_id_of(public: bytes) -> str:
    """A device's name: a hash of its key, so that pairing again changes nothing."""
    return encode(hashlib.sha256(_ID_LABEL + public).digest()[:_ID_BYTES])


def find_device(connection: sqlite3.Connection, device_id: str) -> Device | None:
    row = connection.execute("SELECT id, public, paired_at FROM devices WHERE id = ?", (device_id,)).fetchone()
    return None if row is None else Device(*row)


def list_devices(connection: sqlite3.Connection) -> tuple[tuple[Device, int], ...]:
    """All devices, oldest first, each with the number of backups that it may write."""
    rows = connection.execute(
        "SELECT d.id, d.public, d.paired_at, count(g.backup) FROM devices d LEFT JOIN grants g ON g.device = d.id "
        "GROUP BY d.id ORDER BY d.paired_at, d.id"
    )
    return tuple((Device(*row[:3]), row[3]) for row in rows)


def forget_device(connection: sqlite3.Connection, device_id: str) -> bool:
    """Take a device's access away; what it uploaded stays. False: there is no such device."""
    return connection.execute("DELETE FROM devices WHERE id = ?", (device_id,)).rowcount > 0


# --- offers -----------------------------------------------------------------------------------------------------


def add_offer(connection: sqlite3.Connection, token: bytes, expires_at: int, now: int, *, most: int) -> None:
    """Remember an offer.

    :param token: 16 bytes; only hashes of it are stored.
    :param most: offers that may be open; the ones that expire first make room.
    """
    connection.execute("DELETE FROM offers WHERE expires_at <= ?", (now,))
    connection.execute(
        "DELETE FROM offers WHERE token_hash IN "
        "(SELECT token_hash FROM offers ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
        (most - 1,),
    )
    connection.execute(
        "INSERT INTO offers (token_hash, code_hash, expires_at) VALUES (?, ?, ?)",
        (_hash(encode(token)), _hash(short_token(token)), expires_at),
    )


def is_open(connection: sqlite3.Connection, token: bytes, now: int) -> bool:
    """Whether an offer can still be used."""
    return _find_offer(connection, encode(token), now) is not None


def pair_device(connection: sqlite3.Connection, token: str, public: bytes, now: int, *, most: int) -> Device:
    """Use up an offer and register the machine's key.

    :param token: as sent: of a link or of a typed code.
    :raises Refusal: 403, the same for a wrong, used and expired token; 507, too many devices.
    """
    offer = _find_offer(connection, token, now)
    if offer is None:
        raise pairing_refused()
    connection.execute("DELETE FROM offers WHERE token_hash = ?", (offer,))
    device = Device(device_id_of(public), public, now)
    if find_device(connection, device.id) is None:
        (count,) = connection.execute("SELECT count(*) FROM devices").fetchone()
        if count >= most:
            raise full()
        connection.execute("INSERT INTO devices (id, public, paired_at) VALUES (?, ?, ?)", (device.id, public, now))
    return device


def _find_offer(connection: sqlite3.Connection, token: str, now: int) -> bytes | None:
    hashed = _hash(token)
    row = connection.execute(
        "SELECT token_hash FROM offers WHERE (token_hash = ? OR code_hash = ?) AND expires_at > ?",
        (hashed, hashed, now),
    ).fetchone()
    return None if row is None else bytes(row[0])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()
