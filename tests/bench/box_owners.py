"""Many owners of backups and their machines, put into a Box's directory before it runs, and the bundles that they send.

Bundles have a true head, signed and certified, around bytes that nobody can read: all that a Box may look at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup.bundle_header import BundleHeader, header_bytes, signed_header
from ledger_recovery.backup.certificate import Certificate, issue
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.box.backups import create_or_join
from ledger_recovery.box.config import BoxConfig, BoxLimits
from ledger_recovery.box.devices import device_id_of
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.secret import SecretBytes

CREATED = "2026-11-22T10:00:00Z"
PAYLOAD_BYTES = 16 * 1024
"""About what a wallet of twenty accounts takes."""


@dataclass(slots=True)
class Owner:
    """One person's machine; `generation` and `newest` (a digest) are what it uploaded last."""

    certificate: Certificate
    device: SecretBytes
    upload: SecretBytes
    generation: int = 0
    newest: str = ""

    @property
    def device_id(self) -> str:
        return device_id_of(self.certificate.device_public)

    def next_bundle(self) -> bytes:
        """The generation after the newest."""
        payload = self.certificate.owner_public * (PAYLOAD_BYTES // 32)
        header = BundleHeader(
            backup_id=self.certificate.backup_id,
            generation=self.generation + 1,
            created=CREATED,
            previous=self.newest,
            payload_size=len(payload),
            payload_sha256=hashlib.sha256(payload).hexdigest(),
            certificate=self.certificate,
            signature=b"",
        )
        return header_bytes(signed_header(header, self.upload)) + payload

    def stored(self, digest: str) -> None:
        self.generation += 1
        self.newest = digest


def settle(directory: Path, count: int) -> list[Owner]:
    """Make a Box's directory with so many paired machines, each with a backup of its own, still empty."""
    owners = list(_owners(count))

    def job(connection: Connection) -> None:
        for owner in owners:
            row = (owner.device_id, owner.certificate.device_public, 1)
            connection.execute("INSERT INTO devices (id, public, paired_at) VALUES (?, ?, ?)", row)
            create_or_join(connection, owner.device_id, owner.certificate, 1, most=count, most_of_device=1)

    room = BoxRoom.open(BoxConfig(directory, limits=BoxLimits()))
    try:
        room.db.write(job)
    finally:
        room.close()
    return owners


def _owners(count: int) -> Iterator[Owner]:
    for number in range(count):
        device, upload = _seed("device", number), _seed("upload", number)
        with owner_keys(_seed("owner", number)) as keys:
            yield Owner(issue(keys, _public(upload), _public(device), CREATED), device, upload)


def _seed(what: str, number: int) -> SecretBytes:
    return SecretBytes(hashlib.sha256(f"box bench {what} {number}".encode()).digest())


def _public(seed: SecretBytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed.reveal()).public_key().public_bytes_raw()
