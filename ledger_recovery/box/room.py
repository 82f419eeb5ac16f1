"""[io] What the Box does, without HTTP: pairing, backups, retention, the sweep of blobs that nobody needs.

Every method may be called from any thread and returns when its effect is durable. Who asks was established before
(`door`); whether he may is decided here, in the same transaction that acts. `storing` takes new generations, `did_desk`
keeps the DIDs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import BinaryIO, Self

from ledger_recovery.backup.certificate import Certificate, verify
from ledger_recovery.backup.protocol_replies import Head, Joined, Paired, Retired
from ledger_recovery.backup.protocol_requests import PairRequest
from ledger_recovery.box.backups import (
    Backup,
    create_or_join,
    delete_backup,
    delete_retired,
    granted,
    join,
    retire_backup,
)
from ledger_recovery.box.blobs import Blobs
from ledger_recovery.box.config import BoxConfig
from ledger_recovery.box.database import BoxDatabase
from ledger_recovery.box.devices import Device, find_device, forget_device, pair_device
from ledger_recovery.box.dids import DidRoom
from ledger_recovery.box.generations import (
    GenerationRow,
    add_garbage,
    backups_past_retention,
    drop_generations,
    find_generation,
    list_generations,
    named_blobs,
    newest_generation,
    prune,
    take_garbage,
    timestamp,
)
from ledger_recovery.box.private import make_directory
from ledger_recovery.box.refusal import bad_certificate, no_such_generation, not_owner
from ledger_recovery.box.retention import DAY
from ledger_recovery.errors import LedgerRecoveryError, StorageError

DATABASE_FILE = "box.sqlite"
SWEEP_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request. `owner`: the owner key (32 bytes) that proved itself in it, else None."""

    device: Device
    owner: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What `clean` removed."""

    backups: int
    generations: int
    blobs: int


class BoxRoom:
    """A Box's directory, opened.

    :param now: Unix seconds.
    """

    def __init__(self, config: BoxConfig, db: BoxDatabase, blobs: Blobs, now: Callable[[], int]) -> None:
        self.config = config
        self.limits = config.limits
        self.db = db
        self.blobs = blobs
        self.now = now

    @classmethod
    def open(cls, config: BoxConfig, now: Callable[[], int] = lambda: int(time.time())) -> Self:
        """:raises StorageError: the directory cannot be used. :raises NewerVersion: a newer program made it."""
        directory: Path = config.directory
        try:
            make_directory(directory)
            blobs = Blobs(directory)
        except OSError as error:
            raise StorageError(
                f"the Box's directory {directory} cannot be used: {error.strerror or error}", "Give another --dir."
            ) from error
        return cls(config, BoxDatabase(directory / DATABASE_FILE), blobs, now)

    def close(self) -> None:
        self.db.close()

    # --- devices ------------------------------------------------------------------------------------------------

    def device(self, device_id: str) -> Device | None:
        with self.db.glance() as connection:
            return find_device(connection, device_id)

    def pair(self, request: PairRequest) -> Paired:
        """:raises Refusal: 403 or 507."""
        device = self.db.write(
            lambda c: pair_device(c, request.token, request.device_public, self.now(), most=self.limits.max_devices)
        )
        return Paired(device.id, self.config.name)

    def unpair(self, device_id: str) -> bool:
        """False: it was not paired."""
        return self.db.write(lambda c: forget_device(c, device_id))

    # --- backups ------------------------------------------------------------------------------------------------

    def enable(self, caller: Caller, backup_id: str, certificate: Certificate) -> tuple[Joined, bool]:
        """Make a backup, or join it; whether it was made.

        :raises Refusal: 422 for a certificate that does not fit, 507.
        """
        _check_certificate(caller, backup_id, certificate)
        most, most_of_device = self.limits.max_backups, self.limits.max_backups_of_device

        def job(connection: Connection) -> tuple[Joined, bool]:
            backup, made = create_or_join(
                connection, caller.device.id, certificate, self.now(), most=most, most_of_device=most_of_device
            )
            return _joined(connection, backup), made

        return self.db.write(job)

    def join(self, caller: Caller, backup_id: str, certificate: Certificate) -> Joined:
        """Give a machine a backup that is here.

        :raises Refusal: 404; 422 for a certificate that does not fit, 507.
        """
        _check_certificate(caller, backup_id, certificate)
        most = self.limits.max_backups_of_device

        def job(connection: Connection) -> Joined:
            return _joined(connection, join(connection, caller.device.id, certificate, self.now(), most_of_device=most))

        return self.db.write(job)

    def head(self, caller: Caller, backup_id: str) -> Head:
        """:raises Refusal: 404, as all methods below."""
        with self.db.read() as connection:
            rows = list_generations(connection, self.granted(connection, caller, backup_id).row)
        told = tuple(row.told() for row in rows)
        return Head(told[-1] if told else None, told)

    def open_bundle(self, caller: Caller, backup_id: str, generation: int) -> tuple[GenerationRow, BinaryIO]:
        """A stored bundle; the caller closes the file."""
        with self.db.read() as connection:
            row = self._generation(connection, self.granted(connection, caller, backup_id), generation)
            return row, self._open_blob(row.digest)

    def part(self, caller: Caller, backup_id: str, generation: int) -> bytes:
        """The Box's part of a generation; one without DIDs when the generation names none."""
        with self.db.read() as connection:
            backup = self.granted(connection, caller, backup_id)
            row = self._generation(connection, backup, generation)
            if row.part_digest is None:
                return DidRoom(connection, backup.row).part(backup_id, (), backup.did_recipient, generation)
            with self._open_blob(row.part_digest) as file:
                return file.read(row.part_size)

    def delete(self, caller: Caller, backup_id: str) -> None:
        """:raises Refusal: 403, as the next two, when the owner did not prove himself."""
        self.db.write(lambda c: delete_backup(c, self.owned(c, caller, backup_id)))

    def delete_generation(self, caller: Caller, backup_id: str, generation: int) -> None:
        def job(connection: Connection) -> None:
            backup = self.owned(connection, caller, backup_id)
            row = self._generation(connection, backup, generation)
            drop_generations(connection, backup.row, [row.generation])

        self.db.write(job)

    def retire(self, caller: Caller, backup_id: str, days: int) -> Retired:
        """Delete after some days; until then it can be read, and nothing new is taken."""

        def job(connection: Connection) -> int:
            backup = self.owned(connection, caller, backup_id)
            return retire_backup(connection, backup, self.now() + days * DAY)

        return Retired(timestamp(self.db.write(job)))

    # --- who may ------------------------------------------------------------------------------------------------

    def granted(self, connection: Connection, caller: Caller, backup_id: str) -> Backup:
        """The backup that a caller may use; for `storing` and `did_desk`, inside their transactions."""
        return granted(connection, caller.device.id, backup_id, self.now())

    def owned(self, connection: Connection, caller: Caller, backup_id: str) -> Backup:
        """The same, for what only the owner may do; that it is there is not hidden from who has a grant."""
        backup = self.granted(connection, caller, backup_id)
        if caller.owner is None or caller.owner != backup.owner_public:
            raise not_owner()
        return backup

    def gauges(self) -> dict[str, int]:
        """How much there is, for the metrics."""
        with self.db.read() as connection:
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM devices), (SELECT count(*) FROM backups), count(*), "
                "coalesce(sum(size + part_size), 0) FROM generations"
            ).fetchone()
        names = ("box_devices", "box_backups", "box_generations", "box_blob_bytes")
        return {**dict(zip(names, counts, strict=True)), "box_free_bytes": self.blobs.free_bytes()}

    # --- cleaning -----------------------------------------------------------------------------------------------

    def sweep(self) -> int:
        """Remove blobs whose rows are durably gone; how many."""

        def job(connection: Connection) -> int:
            digests = take_garbage(connection, SWEEP_AT_ONCE)
            for digest in digests:
                self.blobs.remove(digest)
            return len(digests)

        swept = total = self.db.write(job, alone=True)
        while swept == SWEEP_AT_ONCE:
            swept = self.db.write(job, alone=True)
            total += swept
        return total

    def clean(self) -> Cleaned:
        """Delete retired backups whose date has come, generations past retention, and blobs that no row names."""

        limits, now = self.limits, self.now()
        retired = self.db.write(lambda c: delete_retired(c, now))
        with self.db.read() as connection:
            full = backups_past_retention(connection, keep=limits.generations_kept, days=limits.retention_days, now=now)
        dropped = sum(self.db.write(partial(self._prune, backup, now)) for backup in full)
        self._note_orphans()
        return Cleaned(retired, dropped, self.sweep())

    def _prune(self, backup: int, now: int, connection: Connection) -> int:
        limits = self.limits
        return prune(connection, backup, keep=limits.generations_kept, days=limits.retention_days, now=now)

    def _note_orphans(self) -> None:
        """A blob of an upload under way is found too: the upload sees that it is gone, and writes it again."""
        on_disk = tuple(self.blobs.every())
        with self.db.read() as connection:
            named = named_blobs(connection)
        orphans = [digest for digest in on_disk if digest not in named]
        if orphans:
            self.db.write(lambda c: add_garbage(c, orphans))

    def _generation(self, connection: Connection, backup: Backup, generation: int) -> GenerationRow:
        row = find_generation(connection, backup.row, generation)
        if row is None:
            raise no_such_generation()
        return row

    def _open_blob(self, digest: str) -> BinaryIO:
        try:
            return self.blobs.open(digest)
        except OSError as error:
            raise StorageError("a stored file of the Box cannot be read", "Run `box check`.") from error


def _joined(connection: Connection, backup: Backup) -> Joined:
    newest = newest_generation(connection, backup.row)
    return Joined(backup.backup_id, None if newest is None else newest.told())


def _check_certificate(caller: Caller, backup_id: str, certificate: Certificate) -> None:
    """:raises Refusal: 422: not signed by the owner it names, or for another backup or machine."""
    try:
        verify(certificate)
    except LedgerRecoveryError as error:
        raise bad_certificate(error.sentence) from None
    if certificate.backup_id != backup_id:
        raise bad_certificate("the certificate is for another backup")
    if certificate.device_public != caller.device.public:
        raise bad_certificate("the certificate is for another machine's key")
