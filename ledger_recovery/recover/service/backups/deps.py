"""The seams of backups: how a Box is asked, where keys are kept, what time it is, where chance comes from.

`real_backup_deps` is what programs use; tests replace single fields. Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from ledger_recovery.backup.entropy import new_secret
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes

if TYPE_CHECKING:
    from ledger_recovery.backup.certificate import Certificate
    from ledger_recovery.backup.client import BoxLook
    from ledger_recovery.backup.keys import OwnerKeys
    from ledger_recovery.backup.machine_keys import MachineKeyStore
    from ledger_recovery.backup.pairing import PairingCode, PairingOffer
    from ledger_recovery.backup.protocol_replies import (
        About,
        DidReply,
        DidsRestored,
        Head,
        Joined,
        Published,
        Retired,
        Stored,
    )
    from ledger_recovery.backup.protocol_requests import RestoreDids
    from ledger_recovery.wallet.backup_model import BoxPairing


class BoxPort(Protocol):
    """What is asked of a Box; `backup.client.BoxClient` is the real one.

    Every method raises BoxError when there is no good answer, NoSuchBackup where the Box has none for us.
    """

    async def about(self) -> About: ...
    async def create(self, certificate: Certificate) -> Joined: ...
    async def join(self, certificate: Certificate) -> Joined: ...
    async def head(self, backup_id: str) -> Head: ...
    async def get(self, backup_id: str, generation: int) -> bytes: ...
    async def get_part(self, backup_id: str, generation: int) -> bytes: ...
    async def put(
        self,
        backup_id: str,
        generation: int,
        bundle: bytes,
        previous: str,
        idempotency_key: str,
        dids: tuple[str, ...],
    ) -> Stored: ...
    async def delete(self, backup_id: str, keys: OwnerKeys) -> None: ...
    async def retire(self, backup_id: str, days: int, keys: OwnerKeys) -> Retired: ...
    async def create_did(self, backup_id: str) -> DidReply: ...
    async def delete_did(self, backup_id: str, did: str) -> None: ...
    async def publish_did(self, backup_id: str, did: str) -> Published: ...
    async def restore_dids(self, backup_id: str, dids: RestoreDids) -> DidsRestored: ...
    async def unpair(self) -> None: ...


class PairingPort(Protocol):
    """The two steps before there is a pairing: look at a Box, then let it know this machine."""

    async def look(self, url: str, pin: bytes | None) -> BoxLook: ...
    async def pair(
        self, offer: PairingOffer | PairingCode, look: BoxLook, device_public: bytes, key_ref: str, paired_at: str
    ) -> BoxPairing: ...


OpenClient = Callable[["BoxPairing", SecretBytes], AbstractAsyncContextManager[BoxPort]]


@dataclass(frozen=True, slots=True)
class BackupDeps:
    """`now`: UTC. `new_ref`: name of a new record of machine keys. `chance`: 0 to 1, spreads the tries."""

    open_client: OpenClient
    pairing: PairingPort
    keys: Callable[[Settings], MachineKeyStore]
    now: Callable[[], datetime]
    new_secret: Callable[[], SecretBytes]
    new_ref: Callable[[], str]
    sleep: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]

    def timestamp(self) -> str:
        """The time to the second, as backups write it: 2026-11-22T10:00:00Z."""
        return stamp(self.now())


def stamp(at: datetime) -> str:
    """A UTC time as backups write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def real_backup_deps() -> BackupDeps:
    """The real parts: HTTPS with the pinned key, the system's keyring, the system clock."""
    return BackupDeps(
        open_client=_open_client,
        pairing=_RealPairing(),
        keys=_machine_keys,
        now=lambda: datetime.now(UTC),
        new_secret=new_secret,
        new_ref=lambda: secrets.token_hex(8),
        sleep=asyncio.sleep,
        chance=random.SystemRandom().random,
    )


def _open_client(pairing: BoxPairing, device_key: SecretBytes) -> AbstractAsyncContextManager[BoxPort]:
    from ledger_recovery.backup.client import BoxClient

    return BoxClient(pairing, device_key)


def _machine_keys(settings: Settings) -> MachineKeyStore:
    from ledger_recovery.backup.machine_keys import MachineKeyStore

    return MachineKeyStore(settings.state_dir)


class _RealPairing:
    async def look(self, url: str, pin: bytes | None) -> BoxLook:
        from ledger_recovery.backup.client import look

        return await look(url, pin)

    async def pair(
        self, offer: PairingOffer | PairingCode, look: BoxLook, device_public: bytes, key_ref: str, paired_at: str
    ) -> BoxPairing:
        from ledger_recovery.backup.client import pair

        return await pair(offer, look, device_public, key_ref=key_ref, paired_at=paired_at)
