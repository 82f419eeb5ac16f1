"""A backup opened with the words: fetched from the Box or read from a file, everything about it checked.

A machine that the Box does not know for this backup is certified first, with a throw-away upload key: whoever has the
words may read. Older than what this machine has seen is told, and refused only when somebody wants to restore it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ledger_recovery.backup.box_part import BoxPart, open_part, part_from_bytes
from ledger_recovery.backup.bundle import OpenedBundle, open_bundle
from ledger_recovery.backup.copies import MAX_COPY_BYTES, unpack_copy
from ledger_recovery.backup.did_keys import DidKeys
from ledger_recovery.backup.keys import OwnerKeys
from ledger_recovery.backup.protocol_replies import Generation, Head
from ledger_recovery.errors import (
    BoxError,
    DamagedFile,
    InputError,
    LedgerRecoveryError,
    NoSuchBackup,
    OtherBackup,
    RolledBack,
)
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort
from ledger_recovery.recover.service.backups.machine import certified, need_box, open_box
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.backup_model import BackupState, Seen


@dataclass(frozen=True, slots=True)
class Opened:
    """`source`: the Box's name or the file's. `rolled_back`: why it is older than it should be, None if it is not.

    `part`: of the Box, None where there is none; `part_problem`: why the DID keys in it cannot be had.
    """

    source: str
    bundle: OpenedBundle
    rolled_back: str | None
    part: BoxPart | None
    part_problem: str | None

    @property
    def seen(self) -> Seen:
        return Seen(self.bundle.header.generation, self.bundle.digest)


async def open_backup(
    settings: Settings,
    state: BackupState,
    seen: Seen | None,
    keys: OwnerKeys,
    deps: BackupDeps,
    *,
    generation: int | None = None,
    file: Path | None = None,
) -> Opened:
    """The newest generation of the Box, or the one that is named, or the one in a file.

    :param seen: the newest that this machine ever saw of the backup.
    :raises NoSuchBackup: the words are fine, and nothing of theirs is there.
    :raises DamagedFile, NotSignedByOwner, OtherBackup, NewerVersion, NotOurFile: as `backup.bundle.open_bundle`.
    :raises BoxError: the Box does not answer.
    """
    if file is not None:
        data, part = _read_copy(file)
        opened = _opened(str(file), data, keys, seen, generation=None, asked=False)
        return _checked_part(opened, part, keys) if opened.bundle.content.dids else opened
    box = need_box(state)
    async with reading_box(settings, state, keys, deps) as (client, head):
        wanted = _wanted(head, generation)
        data = await client.get(keys.backup_id, wanted.generation)
        opened = _opened(box.name, data, keys, seen, generation=wanted.generation, asked=generation is not None)
        if opened.bundle.digest != wanted.digest:
            raise OtherBackup(
                f"the Box gave another bundle than the one that it lists as generation {wanted.generation}",
                "ask again; if it repeats, do not trust this Box, and use a copy on a stick",
            )
        if not opened.bundle.content.dids:
            return opened
        return await _with_part(client, opened, keys)


@asynccontextmanager
async def reading_box(
    settings: Settings, state: BackupState, keys: OwnerKeys, deps: BackupDeps
) -> AsyncIterator[tuple[BoxPort, Head]]:
    """The Box, which knows this machine for the words' backup, and what it has of it.

    :raises NoSuchBackup: it has none.
    """
    box = need_box(state)
    async with open_box(settings, deps, box) as client:
        try:
            head = await client.head(keys.backup_id)
        except NoSuchBackup:
            with deps.keys(settings).get(box.key_ref) as own, certified(keys, own.device, deps.timestamp()) as record:
                if record.certificate is None:
                    raise
                await client.join(record.certificate)
            head = await client.head(keys.backup_id)
        yield client, head


def did_keys(opened: Opened, keys: OwnerKeys) -> tuple[DidKeys, ...]:
    """The keys of the backup's DIDs, unwrapped; the caller wipes them.

    :raises DidKeyMissing: the part lacks some, or there is none.
    :raises NotSignedByOwner, DamagedFile: exchanged or damaged keys.
    """
    wanted = [row.did for row in opened.bundle.content.dids]
    part = opened.part if opened.part is not None else BoxPart(keys.backup_id)
    return open_part(part, keys, wanted)


def _wanted(head: Head, generation: int | None) -> Generation:
    if head.newest is None:
        raise NoSuchBackup(
            "the words are fine, but the Box holds no generation of their backup yet",
            "restore from a copy with --file, or connect to the Box that has it",
        )
    if generation is None:
        return head.newest
    found = next((one for one in head.generations if one.generation == generation), None)
    if found is None:
        raise NoSuchBackup(
            f"the Box has no generation {generation} of this backup", "run `ledger-recovery backup list` to see them"
        )
    return found


def _opened(
    source: str,
    data: bytes,
    keys: OwnerKeys,
    seen: Seen | None,
    *,
    generation: int | None,
    asked: bool,
) -> Opened:
    """`asked`: an older generation was asked for by its number, so that being older is no surprise."""
    limit = None if asked and seen is not None and generation is not None and generation < seen.generation else seen
    rolled_back: str | None = None
    try:
        bundle = open_bundle(data, keys, expect_generation=generation, newest_seen=limit)
    except RolledBack as error:
        rolled_back = error.sentence
        bundle = open_bundle(data, keys, expect_generation=generation)
    return Opened(source, bundle, rolled_back, None, None)


async def _with_part(client: BoxPort, opened: Opened, keys: OwnerKeys) -> Opened:
    try:
        part = await client.get_part(keys.backup_id, opened.bundle.header.generation)
    except (BoxError, NoSuchBackup) as error:
        return replace(opened, part_problem=error.sentence)
    return _checked_part(opened, part, keys)


def _checked_part(opened: Opened, data: bytes | None, keys: OwnerKeys) -> Opened:
    """The Box's part, tried out: its keys are unwrapped, compared with their names, and wiped again."""
    try:
        found = replace(opened, part=None if data is None else part_from_bytes(data))
        for one in did_keys(found, keys):
            one.wipe()
    except LedgerRecoveryError as error:
        return replace(opened, part_problem=error.sentence)
    return found


def _read_copy(path: Path) -> tuple[bytes, bytes | None]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_COPY_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "check the name of the file") from error
    if len(data) > MAX_COPY_BYTES:
        raise DamagedFile(f"{path} is larger than any backup", "give a file that `box extract` or a backup wrote")
    return unpack_copy(data)
