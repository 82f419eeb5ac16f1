"""This computer's side of a backup: its Box, its link, its keys, each opened for one step and wiped after it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup.certificate import issue
from ledger_recovery.backup.keys import OwnerKeys
from ledger_recovery.backup.machine_keys import MachineKeyStore, MachineRecord
from ledger_recovery.errors import InputError, KeyringError
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupLink, BackupState, BoxPairing
from ledger_recovery.wallet.store import WalletStore

SEED_BYTES = 32


def need_box(state: BackupState) -> BoxPairing:
    """:raises InputError: no Box is paired."""
    if state.box is None:
        raise InputError("no Identity Box is paired with this wallet", "pair one first: ledger-recovery box pair")
    return state.box


def need_link(state: BackupState) -> BackupLink:
    """:raises InputError: backups are off."""
    if state.link is None:
        raise InputError("backups are off in this wallet", "switch them on: ledger-recovery backup enable")
    return state.link


@contextmanager
def reading_state(settings: Settings) -> Iterator[tuple[WalletStore | None, BackupState]]:
    """The wallet and how its backups stand, for a step that may find no wallet at all; none is made."""
    if not settings.wallet.exists():
        yield None, BackupState()
        return
    with WalletStore.open(settings.wallet) as store:
        yield store, store.backups().state()


@asynccontextmanager
async def open_box(settings: Settings, deps: BackupDeps, box: BoxPairing) -> AsyncIterator[BoxPort]:
    """The paired Box, asked with this machine's device key.

    :raises KeyringError: the key is not there any more.
    """
    with deps.keys(settings).get(box.key_ref) as record:
        async with deps.open_client(box, record.device) as client:
            yield client


def place_of(keys: MachineKeyStore, key_ref: str) -> str:
    """Where this machine's keys are, in words; when nobody can tell, why not."""
    try:
        return keys.place(key_ref).sentence
    except KeyringError as error:
        return error.sentence


def new_seed() -> SecretBytes:
    """Seed of a new Ed25519 key."""
    return SecretBytes(secrets.token_bytes(SEED_BYTES))


def public_of(seed: SecretBytes) -> bytes:
    """The public half, 32 bytes, of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(seed.reveal()).public_key().public_bytes_raw()


def certified(keys: OwnerKeys, device: SecretBytes, at: str) -> MachineRecord:
    """What this machine needs to make backups, and no more: a new upload key, certified by the owner.

    :param at: UTC, to the second.
    """
    upload = new_seed()
    certificate = issue(keys, public_of(upload), public_of(device), at)
    return MachineRecord(
        device=SecretBytes(device.reveal()), upload=upload, recipient=keys.age_recipient, certificate=certificate
    )
