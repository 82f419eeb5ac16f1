"""[io] What the Box's keeper does beside a running or stopped Box: offers, check, cleaning, copies, devices.

Everything goes through the same rows and blobs as the server's own work, so both may run at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Connection

from ledger_recovery.backup.bundle_header import BundleHeader, check_bundle, digest_of
from ledger_recovery.backup.copies import MAX_COPY_BYTES, pack_copy, unpack_copy
from ledger_recovery.backup.ids import check_backup_id
from ledger_recovery.box.backups import Backup, add_backup, with_id
from ledger_recovery.box.config import BoxConfig
from ledger_recovery.box.devices import forget_device, list_devices
from ledger_recovery.box.dids import DidRoom
from ledger_recovery.box.generations import (
    GenerationRow,
    add_generation,
    find_generation,
    list_generations,
    timestamp,
)
from ledger_recovery.box.offering import OFFER_SECONDS, OpenOffer, make_offer, noted_address, noted_limits
from ledger_recovery.box.private import write_durably
from ledger_recovery.box.room import DATABASE_FILE, BoxRoom, Cleaned
from ledger_recovery.errors import BackupConflict, InputError, StorageError

COPY_SUFFIX = ".lrcopy"


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A paired machine: its name on this Box, when it paired (UTC), how many backups it may write."""

    id: str
    paired_at: str
    backups: int


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that `extract` wrote."""

    path: Path
    generation: int
    size: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What `load` took; `new` is false when it was here already."""

    backup_id: str
    generation: int
    new: bool


@contextmanager
def opened(directory: Path) -> Iterator[BoxRoom]:
    """A Box's directory, for a while.

    :raises InputError: there is no Box.
    """
    if not (directory / DATABASE_FILE).is_file():
        raise InputError(f"there is no Box in {directory}", "Give its --dir, or start one with `box serve`.")
    room = BoxRoom.open(BoxConfig(directory))
    try:
        yield room
    finally:
        room.close()


def offer(directory: Path, *, seconds: int = OFFER_SECONDS) -> OpenOffer:
    """A new pairing offer for the Box that runs (or will run) in a directory.

    :raises InputError: no Box ran there yet.
    """
    with opened(directory) as room:
        return make_offer(room, noted_address(room), seconds=seconds)


def gc(directory: Path) -> Cleaned:
    """Delete what retention and retirement let go, and blobs that nothing names.

    :raises InputError: no Box ran there yet, so it is not known what it keeps.
    """
    with opened(directory) as room:
        room.limits = noted_limits(room)
        return room.clean()


def devices(directory: Path) -> tuple[DeviceView, ...]:
    """Paired machines, oldest first."""
    with opened(directory) as room, room.db.read() as connection:
        return tuple(DeviceView(d.id, timestamp(d.paired_at), n) for d, n in list_devices(connection))


def revoke(directory: Path, device_id: str) -> None:
    """Take a machine's access away; backups that it made stay.

    :raises InputError: no such machine is paired.
    """
    with opened(directory) as room:
        if not room.db.write(lambda c: forget_device(c, device_id)):
            raise InputError("no such computer is paired with this Box", "List them with `box devices`.")


# --- copies -----------------------------------------------------------------------------------------------------


def extract(directory: Path, backup_id: str, target: Path) -> tuple[Copied, ...]:
    """Write the newest whole generation of a backup as one file, which restores on any Box or without one.

    One file for each owner who certified the ID: one, as a rule.

    :raises InputError: no such backup here, or `target` is no directory.
    :raises StorageError: no stored generation is whole, or the file cannot be written.
    """
    check_backup_id(backup_id)
    if not target.is_dir():
        raise InputError(f"{target} is not a directory", "Give one, for instance that of a USB stick.")
    with opened(directory) as room:
        with room.db.read() as connection:
            found = [(b, _newest_whole(room, connection, b)) for b in with_id(connection, backup_id)]
        if not any(newest for _, newest in found):
            raise InputError("this Box has no such backup", "Look at the ID again; it has 52 characters.")
        return tuple(_copy(target, backup, *newest) for backup, newest in found if newest is not None)


def _newest_whole(room: BoxRoom, connection: Connection, backup: Backup) -> tuple[GenerationRow, bytes, bytes] | None:
    rows = list_generations(connection, backup.row)
    for row in reversed(rows):
        bundle = _blob(room, row.digest)
        part = _blob(room, row.part_digest) if row.part_digest else _empty_part(connection, backup, row)
        if bundle is not None and part is not None:
            return row, bundle, part
    if rows:
        raise StorageError("no stored generation of this backup is whole", "Run `box check --read-data`.")
    return None


def _blob(room: BoxRoom, digest: str) -> bytes | None:
    try:
        with room.blobs.open(digest) as file:
            data = file.read(MAX_COPY_BYTES)
    except OSError:
        return None
    return data if digest_of(data) == digest else None


def _empty_part(connection: Connection, backup: Backup, row: GenerationRow) -> bytes:
    return DidRoom(connection, backup.row).part(backup.backup_id, (), backup.did_recipient, row.generation)


def _copy(target: Path, backup: Backup, row: GenerationRow, bundle: bytes, part: bytes) -> Copied:
    owner = backup.owner_public.hex()[:8]
    path = target / f"backup-{backup.backup_id[:8]}-{owner}-{row.generation}{COPY_SUFFIX}"
    data = pack_copy(bundle, part)
    try:
        write_durably(path, data)
        whole = path.read_bytes() == data
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror or error}", "Check the disk.") from error
    if not whole:
        raise StorageError(f"{path} does not hold what was written to it", "Use another disk or stick.")
    return Copied(path, row.generation, len(data))


def load(directory: Path, file: Path) -> Loaded:
    """Take a copy into this Box, so that its owner can restore from here after pairing.

    :raises InputError: it cannot be read, or is none (NotOurFile, NewerVersion, DamagedFile, NotSignedByOwner).
    :raises BackupConflict: another bundle of the same generation is here.
    :raises StorageError: the disk refused.
    """
    bundle, part = unpack_copy(_read(file))
    header = check_bundle(bundle)
    with opened(directory) as room:
        try:
            row = GenerationRow(
                generation=header.generation,
                digest=room.blobs.put(bundle),
                size=len(bundle),
                part_digest=room.blobs.put(part) if part else None,
                part_size=len(part or b""),
                created=header.created,
                stored_at=room.now(),
                idempotency_key="",
            )
        except OSError as error:
            raise StorageError(f"the copy could not be stored: {error.strerror or error}", "Check the disk.") from error
        new = room.db.write(lambda c: _take(room, c, header, row))
    return Loaded(header.backup_id, header.generation, new)


def _take(room: BoxRoom, connection: Connection, header: BundleHeader, row: GenerationRow) -> bool:
    owned = [b for b in with_id(connection, header.backup_id) if b.owner_public == header.certificate.owner_public]
    backup = owned[0] if owned else add_backup(connection, header.certificate, row.stored_at)
    same = find_generation(connection, backup.row, row.generation)
    if same is not None and same.digest != row.digest:
        raise BackupConflict(
            f"this Box has another bundle of generation {row.generation} of this backup", "Keep both copies apart."
        )
    if room.blobs.size(row.digest) is None:
        raise StorageError("the Box was cleaned while the copy was taken", "Do it again.")
    if same is None:
        add_generation(connection, backup.row, replace(row, idempotency_key=f"loaded-{row.digest[:32]}"))
    return same is None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            data = source.read(MAX_COPY_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}", "Check the name of the file.") from error
    if len(data) > MAX_COPY_BYTES:
        raise InputError(f"{file} is larger than any copy of a backup", "Give a file that `box extract` wrote.")
    return data
