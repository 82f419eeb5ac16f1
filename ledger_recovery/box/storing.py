"""[io] Taking a new generation: checked whole, durable on the disk, then its row; always the old or the new one.

Order: who may, what it is, whether it follows the newest, blobs (temp, fsync, rename, fsync), row. Between the checks
and the row others may have been quicker, so the row's transaction asks again. A client that hears nothing sends the
same again and gets the same answer.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass, field, replace
from sqlite3 import Connection

from ledger_recovery.backup.bundle_header import BundleHeader, check_bundle
from ledger_recovery.backup.protocol_replies import Stored
from ledger_recovery.box.backups import Backup
from ledger_recovery.box.dids import DidRoom, MissingKeys
from ledger_recovery.box.generations import (
    GenerationRow,
    add_garbage,
    add_generation,
    find_generation,
    newest_generation,
    prune,
    with_idempotency_key,
)
from ledger_recovery.box.refusal import (
    bad_bundle,
    conflict,
    did_key_missing,
    full,
    other_idempotency,
    retired,
    storage_failed,
)
from ledger_recovery.box.room import BoxRoom, Caller
from ledger_recovery.errors import LedgerRecoveryError, StorageError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Upload:
    """A PUT of a generation, as it came in.

    :param digest: SHA-256 of `bundle`, computed while it was read.
    :param previous: digest of the generation that it follows, "" for none.
    :param dids: the DIDs that it names, whose keys must go with it.
    """

    backup_id: str
    generation: int
    bundle: bytes = field(repr=False)
    digest: str
    previous: str
    idempotency_key: str
    dids: tuple[str, ...] = ()


def store(room: BoxRoom, caller: Caller, upload: Upload) -> Stored:
    """Keep a generation; returns when it is durable.

    :raises Refusal: 404, 409 (DID keys missing, retired), 412, 422, 503, 507; nothing was changed.
    """
    with room.db.read() as connection:
        backup = room.granted(connection, caller, upload.backup_id)
        done = _settled(connection, backup, upload)
        if done is not None:
            return done
        header = _checked(upload, backup, caller)
        part = _part(connection, backup, upload)
    if room.blobs.free_bytes() < room.limits.disk_floor + len(upload.bundle) + len(part):
        raise full()
    for _ in range(_TRIES):
        stored = _write_and_add(room, caller, upload, _write_blobs(room, upload, header, part))
        if stored is not None:
            return stored
    raise storage_failed()


def _write_and_add(room: BoxRoom, caller: Caller, upload: Upload, row: GenerationRow) -> Stored | None:
    def job(connection: Connection) -> Stored | None:
        return _add_row(room, connection, caller, upload, row)

    try:
        return room.db.write(job)
    except Exception:
        # The blobs have no row. If even this note fails, `clean` finds them.
        with suppress(StorageError):
            room.db.write(lambda connection: add_garbage(connection, _digests(row)))
        raise


def _settled(connection: Connection, backup: Backup, upload: Upload) -> Stored | None:
    """The answer if this very bundle is stored already; None if it may be stored now.

    :raises Refusal: it may not.
    """
    same = find_generation(connection, backup.row, upload.generation)
    if same is not None and same.digest == upload.digest:
        return same.stored()
    if with_idempotency_key(connection, backup.row, upload.idempotency_key) is not None:
        raise other_idempotency()
    if backup.delete_after is not None:
        raise retired()
    newest = newest_generation(connection, backup.row)
    follows = upload.previous == ("" if newest is None else newest.digest)
    if not follows or upload.generation <= backup.highest:
        raise conflict(None if newest is None else newest.told().to_json())
    return None


def _checked(upload: Upload, backup: Backup, caller: Caller) -> BundleHeader:
    """The header of a bundle that is whole, of this backup, and signed by the machine that sends it."""
    try:
        header = check_bundle(upload.bundle, owner_public=backup.owner_public)
    except LedgerRecoveryError as error:
        raise bad_bundle(error.sentence) from None
    certificate = header.certificate
    if header.backup_id != backup.backup_id or header.generation != upload.generation:
        raise bad_bundle("the bundle is of another backup or generation than the request says")
    if header.previous != upload.previous:
        raise bad_bundle("the bundle follows another generation than If-Match names")
    if certificate.upload_public != backup.upload_public or certificate.device_public != caller.device.public:
        raise bad_bundle("the bundle is signed by another machine's key than the one certified for this device")
    return header


def _part(connection: Connection, backup: Backup, upload: Upload) -> bytes:
    """The Box's part, made in the transaction that found the keys; empty when no DIDs are named."""
    if not upload.dids:
        return b""
    try:
        desk = DidRoom(connection, backup.row)
        return desk.part(backup.backup_id, upload.dids, backup.did_recipient, upload.generation)
    except MissingKeys as error:
        raise did_key_missing(error.names) from None


def _write_blobs(room: BoxRoom, upload: Upload, header: BundleHeader, part: bytes) -> GenerationRow:
    try:
        digest = room.blobs.put(upload.bundle)
        part_digest = room.blobs.put(part) if part else None
    except OSError as error:
        raise (full() if error.errno in _NO_ROOM else storage_failed()) from error
    return GenerationRow(
        generation=upload.generation,
        digest=digest,
        size=len(upload.bundle),
        part_digest=part_digest,
        part_size=len(part),
        created=header.created,
        stored_at=0,
        idempotency_key=upload.idempotency_key,
    )


def _add_row(
    room: BoxRoom, connection: Connection, caller: Caller, upload: Upload, row: GenerationRow
) -> Stored | None:
    """The transaction that makes a generation be; None when a sweep took a blob meanwhile."""
    backup = room.granted(connection, caller, upload.backup_id)
    done = _settled(connection, backup, upload)
    if done is not None:
        add_garbage(connection, _digests(row))
        return done
    if any(room.blobs.size(digest) is None for digest in _digests(row)):
        return None
    now = room.now()
    new = replace(row, stored_at=now)
    add_generation(connection, backup.row, new)
    prune(connection, backup.row, keep=room.limits.generations_kept, days=room.limits.retention_days, now=now)
    return new.stored()


def _digests(row: GenerationRow) -> list[str]:
    return [digest for digest in (row.digest, row.part_digest) if digest is not None]
