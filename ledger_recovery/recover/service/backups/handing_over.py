"""After a restore: this machine saves under the words, and the Box gets the keys of the DIDs back."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ledger_recovery.backup.did_keys import did_keys_to_json
from ledger_recovery.backup.keys import OwnerKeys
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.errors import BoxError, KeyringError
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort
from ledger_recovery.recover.service.backups.enabling import link_machine
from ledger_recovery.recover.service.backups.machine import certified, need_box, open_box
from ledger_recovery.recover.service.backups.opening import Opened, did_keys
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.backup_model import DidRow
from ledger_recovery.wallet.store import WalletStore


@dataclass(frozen=True, slots=True)
class HandedOver:
    """DIDs whose keys the Box took, and those that it had."""

    restored: tuple[str, ...]
    known: tuple[str, ...]


async def take_up(settings: Settings, store: WalletStore, deps: BackupDeps, keys: OwnerKeys) -> bool:
    """Let this machine save under the words from now on; False without a Box, or when it saves under others.

    :raises BoxError: the Box did not take the certificate. :raises KeyringError: the keys could not be kept.
    """
    room = store.backups()
    state = room.state()
    if state.box is None or (state.link is not None and state.link.backup_id != keys.backup_id):
        return False
    if state.link is None or not _usable(settings, deps, state.link.key_ref):
        async with open_box(settings, deps, state.box) as client:
            with deps.keys(settings).get(state.box.key_ref) as own:
                record = certified(keys, own.device, deps.timestamp())
            with record:
                if record.certificate is not None:
                    await client.create(record.certificate)
                await link_machine(settings, store, deps, record, keys.backup_id)
    room.request("restored")
    return True


async def hand_over(
    settings: Settings, store: WalletStore, deps: BackupDeps, keys: OwnerKeys, opened: Opened
) -> HandedOver:
    """Give the paired Box the keys of the backup's DIDs; what it has already it keeps.

    :raises LedgerRecoveryError: the keys cannot be had, or the Box did not take them.
    """
    if not opened.bundle.content.dids:
        return HandedOver((), ())
    state = store.backups().state()
    async with open_box(settings, deps, need_box(state)) as client:
        return await give_keys(client, keys.backup_id, opened, keys)


async def give_keys(client: BoxPort, backup_id: str, opened: Opened, keys: OwnerKeys) -> HandedOver:
    """Give a Box the unwrapped keys of an opened backup, for a backup ID that may be another one than theirs.

    The documents are those of the bundle, which is signed and encrypted, not those of the Box's part.
    """
    unwrapped = did_keys(opened, keys)
    try:
        request = RestoreDids(
            tuple(did_keys_to_json(one) for one in unwrapped),
            tuple(_document(row) for row in opened.bundle.content.dids),
        )
        told = await client.restore_dids(backup_id, request)
    finally:
        for one in unwrapped:
            one.wipe()
    missing = {row.did for row in opened.bundle.content.dids} - {*told.restored, *told.known}
    if missing:
        raise BoxError(
            f"the Box took no keys of {len(missing)} DIDs, the first is {min(missing)}",
            "run `ledger-recovery backup restore` again",
        )
    return HandedOver(told.restored, told.known)


def _document(row: DidRow) -> dict[str, object]:
    found = json.loads(row.document)
    return found if isinstance(found, dict) else {}


def _usable(settings: Settings, deps: BackupDeps, key_ref: str) -> bool:
    """Whether this machine's keys of its link are there, whole."""
    try:
        with deps.keys(settings).get(key_ref) as record:
            return record.certificate is not None
    except KeyringError:
        return False
