"""An Identity Box in memory, with the methods of the client: the same rules, no network, and faults at every step.

It verifies what a Box must (certificates, signatures, If-Match, idempotency) and tells what it was asked, so that tests
see the order. `trip` is called before and after every request takes effect, and may raise: a dead Box, or a kill.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup.box_part import BoxPart, WrappedKey, part_to_bytes
from ledger_recovery.backup.bundle_header import check_bundle, digest_of
from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.backup.certificate import verify as verify_certificate
from ledger_recovery.backup.client import BoxLook
from ledger_recovery.backup.did_document import document_from_text, document_to_text
from ledger_recovery.backup.did_keys import (
    DidKeys,
    did_keys_from_json,
    did_keys_to_text,
    ed25519_name_key,
)
from ledger_recovery.backup.did_wrap import wrap_did_keys
from ledger_recovery.backup.keys import OwnerKeys
from ledger_recovery.backup.pairing import PairingCode, PairingOffer
from ledger_recovery.backup.protocol_replies import (
    About,
    DidReply,
    DidsRestored,
    Generation,
    Head,
    Joined,
    Limits,
    Published,
    Retired,
    Stored,
)
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.errors import BackupConflict, BoxRefused, DidKeyMissing, NoSuchBackup
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BoxPairing

NOW = "2026-11-22T10:00:00Z"
LIMITS = Limits(64 << 20, 100, 10, 365, 600)


@dataclass
class Kept:
    """One backup on the Box. `grants`: device key -> upload key."""

    owner_public: bytes
    did_recipient: str
    grants: dict[bytes, bytes] = field(default_factory=dict)
    generations: list[tuple[Generation, bytes, bytes]] = field(default_factory=list)
    idempotency: dict[str, Stored] = field(default_factory=dict)
    dids: dict[str, tuple[SecretBytes, str]] = field(default_factory=dict)
    retired_days: int | None = None

    @property
    def newest(self) -> Generation | None:
        return self.generations[-1][0] if self.generations else None


@dataclass
class MemoryBox:
    """The Box itself; `client` gives what the facade opens. `trip(step)`: step is "put:before", "put:after", …"""

    name: str = "Box in memory"
    pin: bytes = b"\x11" * 32
    trip: Callable[[str], None] = lambda _step: None
    backups: dict[str, Kept] = field(default_factory=dict)
    devices: set[bytes] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    publishes: bool = True
    hangs: bool = False

    @asynccontextmanager
    async def client(self, _pairing: BoxPairing, device_key: SecretBytes) -> AsyncIterator[MemoryClient]:
        public = Ed25519PrivateKey.from_private_bytes(device_key.reveal()).public_key().public_bytes_raw()
        yield MemoryClient(self, public)

    async def look(self, url: str, pin: bytes | None) -> BoxLook:
        del pin
        self.step("look")
        return BoxLook(url, self.name, self.pin, b"certificate", LIMITS)

    async def pair(
        self, offer: PairingOffer | PairingCode, look: BoxLook, device_public: bytes, key_ref: str, paired_at: str
    ) -> BoxPairing:
        del offer
        self.step("pair")
        self.devices.add(device_public)
        return BoxPairing(
            look.url, self.name, self.pin.hex(), look.certificate, secrets.token_hex(8), key_ref, paired_at
        )

    def step(self, name: str) -> None:
        self.asked.append(name.partition(":")[0])
        self.trip(name)


class MemoryClient:
    """One machine's requests."""

    def __init__(self, box: MemoryBox, device: bytes) -> None:
        self._box = box
        self._device = device

    async def create(self, certificate: Certificate) -> Joined:
        await self._ask("create")
        verify_certificate(certificate)
        kept = self._box.backups.setdefault(
            certificate.backup_id, Kept(certificate.owner_public, certificate.did_recipient)
        )
        return self._granted(kept, certificate, "create")

    async def join(self, certificate: Certificate) -> Joined:
        await self._ask("join")
        verify_certificate(certificate)
        kept = self._box.backups.get(certificate.backup_id)
        if kept is None:
            raise _absent()
        return self._granted(kept, certificate, "join")

    async def about(self) -> About:
        await self._ask("about")
        return About("Memory Box", "00" * 32, 1, 0, Limits(1 << 20, 100, 30, 0, 600))

    async def head(self, backup_id: str) -> Head:
        await self._ask("head")
        kept = self._kept(backup_id)
        return Head(kept.newest, tuple(one for one, _, _ in kept.generations))

    async def get(self, backup_id: str, generation: int) -> bytes:
        await self._ask("get")
        return self._stored(backup_id, generation)[1]

    async def get_part(self, backup_id: str, generation: int) -> bytes:
        await self._ask("get_part")
        return self._stored(backup_id, generation)[2]

    async def put(
        self,
        backup_id: str,
        generation: int,
        bundle: bytes,
        previous: str,
        idempotency_key: str,
        dids: tuple[str, ...] = (),
    ) -> Stored:
        await self._ask("put")
        kept = self._kept(backup_id)
        digest = digest_of(bundle)
        known = kept.idempotency.get(idempotency_key)
        if known is not None:
            assert known.digest == digest, "one idempotency key for two bundles"
            return known
        header = check_bundle(bundle, owner_public=kept.owner_public)
        assert (header.backup_id, header.generation, header.previous) == (backup_id, generation, previous)
        assert header.certificate.upload_public == kept.grants[self._device]
        if previous != ("" if kept.newest is None else kept.newest.digest):
            raise BackupConflict("another computer stored a generation; nothing was overwritten", "restore")
        assert kept.newest is None or generation > kept.newest.generation
        part = self._part(backup_id, kept, dids, generation)
        kept.generations.append((Generation(generation, digest, len(bundle), header.created, NOW), bundle, part))
        kept.idempotency[idempotency_key] = Stored(generation, digest, NOW)
        self._box.trip("put:after")
        return Stored(generation, digest, NOW)

    async def delete(self, backup_id: str, keys: OwnerKeys) -> None:
        await self._ask("delete")
        assert self._kept(backup_id).owner_public == keys.owner_public
        del self._box.backups[backup_id]
        self._box.trip("delete:after")

    async def retire(self, backup_id: str, days: int, keys: OwnerKeys) -> Retired:
        await self._ask("retire")
        kept = self._kept(backup_id)
        assert kept.owner_public == keys.owner_public
        kept.retired_days = days
        return Retired("2027-01-01T00:00:00Z")

    async def create_did(self, backup_id: str) -> DidReply:
        await self._ask("create_did")
        kept = self._kept(backup_id)
        name_key = ed25519_name_key(secrets.token_bytes(32))
        keys = DidKeys(name_key.name.did, name_key, *(SecretBytes(secrets.token_bytes(32)) for _ in range(2)))
        document = document_to_text(keys.document(NOW))
        kept.dids[keys.did] = (did_keys_to_text(keys), document)
        self._box.trip("create_did:after")
        return DidReply(keys.did, json.loads(document))

    async def delete_did(self, backup_id: str, did: str) -> None:
        await self._ask("delete_did")
        del self._kept(backup_id).dids[did]

    async def publish_did(self, backup_id: str, did: str) -> Published:
        await self._ask("publish_did")
        assert did in self._kept(backup_id).dids
        return Published(self._box.publishes, "told to IPFS" if self._box.publishes else "publishing is off")

    async def restore_dids(self, backup_id: str, dids: RestoreDids) -> DidsRestored:
        await self._ask("restore_dids")
        kept = self._kept(backup_id)
        documents = {str(one["id"]): json.dumps(one) for one in dids.documents}
        restored: list[str] = []
        known: list[str] = []
        for one in dids.keys:
            with did_keys_from_json(one) as keys:
                (known if keys.did in kept.dids else restored).append(keys.did)
                assert keys.fit(document_from_text(documents[keys.did]))
                kept.dids.setdefault(keys.did, (did_keys_to_text(keys), documents[keys.did]))
        self._box.trip("restore_dids:after")
        return DidsRestored(tuple(restored), tuple(known))

    async def unpair(self) -> None:
        await self._ask("unpair")
        self._box.devices.discard(self._device)

    async def _ask(self, name: str) -> None:
        self._box.step(f"{name}:before")
        if self._box.hangs:
            await asyncio.Event().wait()
        if self._device not in self._box.devices:
            raise BoxRefused("the Box does not know this computer any more", "pair again", box_code="unauthorised")

    def _granted(self, kept: Kept, certificate: Certificate, step: str) -> Joined:
        assert certificate.device_public == self._device, "the certificate is for another machine"
        if kept.owner_public != certificate.owner_public:
            raise _absent()
        kept.grants[self._device] = certificate.upload_public
        self._box.trip(f"{step}:after")
        return Joined(certificate.backup_id, kept.newest)

    def _kept(self, backup_id: str) -> Kept:
        kept = self._box.backups.get(backup_id)
        if kept is None or self._device not in kept.grants:
            raise _absent()
        return kept

    def _stored(self, backup_id: str, generation: int) -> tuple[Generation, bytes, bytes]:
        found = next((one for one in self._kept(backup_id).generations if one[0].generation == generation), None)
        if found is None:
            raise _absent()
        return found

    def _part(self, backup_id: str, kept: Kept, dids: tuple[str, ...], generation: int) -> bytes:
        missing = tuple(did for did in dids if did not in kept.dids)
        if missing:
            raise DidKeyMissing(f"the Box does not have the keys of {missing[0]}", "restore it", names=missing)
        wrapped = [WrappedKey(did, wrap_did_keys(kept.dids[did][0], kept.did_recipient)) for did in dids]
        documents = tuple(document_from_text(kept.dids[did][1]) for did in dids)
        return part_to_bytes(BoxPart(backup_id, tuple(wrapped), documents, generation))


def _absent() -> NoSuchBackup:
    return NoSuchBackup("this Box has no backup for these words", "check that it is the right Box")
