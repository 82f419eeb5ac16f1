"""A device session in memory for tests of the service: keys from a number, faults as plain fields, no transport."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY, commitment_base
from ledger_recovery.derive.credential_id import credential_ids
from ledger_recovery.derive.keygen import prf_key
from ledger_recovery.derive.paths import account_key_path
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.apps.formats import AppIdentity, WireFormat
from ledger_recovery.device.interaction import DeviceInfo, DeviceState
from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.secret import SecretBytes

G = commitment_base(KNOWN_COMMITMENT_KEY)


@dataclass
class FakeDevice:
    """One Ledger. `faults`: raised by the n-th export (from 0). `approved`: indices in the order of approval."""

    seed: bytes = b"seed"
    faults: dict[int, LedgerRecoveryError] = field(default_factory=dict)
    key_fault: LedgerRecoveryError | None = None
    approved: list[IdentityRef] = field(default_factory=list)
    asked: int = 0
    on_export: Callable[[IdentityRef], None] = lambda identity: None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(b"pairing" + self.seed).hexdigest()

    def secret(self, identity: IdentityRef) -> bytes:
        return hashlib.sha256(b"prf %d %r" % (identity.index, identity.provider) + self.seed).digest()

    def cred_id(self, index: int, counter: int, scheme: KeyScheme = KeyScheme.LEGACY_V1) -> bytes:
        with SecretBytes(self.secret(IdentityRef(index))) as seed, prf_key(seed, scheme) as key:
            cred_id = credential_ids(key, [counter], G)[0]
        assert cred_id is not None
        return cred_id

    def public_key_at(self, index: int, counter: int) -> bytes:
        return self._public_key(account_key_path(IdentityRef(index), counter))

    def _public_key(self, path: Sequence[int]) -> bytes:
        return hashlib.sha256(repr(tuple(path)).encode() + self.seed).digest()


class FakeSession:
    """What the service uses of a DeviceSession."""

    def __init__(self, device: FakeDevice) -> None:
        self._device = device

    @property
    def info(self) -> DeviceInfo:
        fingerprint = self._device.fingerprint
        return DeviceInfo("tcp:1", "nanosp", None, "Concordium", "5.1.3", fingerprint, DeviceState.READY, True)

    async def ready(self) -> AppIdentity:
        return AppIdentity("Concordium", "5.1.3", WireFormat.V5)

    async def fingerprint(self) -> str:
        return self._device.fingerprint

    async def export_prf_seed(self, identity_index: int, identity_provider_index: int | None = None) -> SecretBytes:
        identity = IdentityRef(identity_index, identity_provider_index)
        asked, self._device.asked = self._device.asked, self._device.asked + 1
        if asked in self._device.faults:
            raise self._device.faults[asked]
        self._device.on_export(identity)
        self._device.approved.append(identity)
        return SecretBytes(self._device.secret(identity))

    async def export_prf_key(self, identity_index: int, identity_provider_index: int | None = None) -> SecretBytes:
        with await self.export_prf_seed(identity_index, identity_provider_index) as seed:
            return prf_key(seed, KeyScheme.PROVIDER_V1)

    async def public_key(self, path: Sequence[int]) -> bytes:
        if self._device.key_fault is not None:
            raise self._device.key_fault
        return self._device._public_key(path)

    async def close(self) -> None:
        return None
