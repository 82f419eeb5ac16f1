"""The device's part of a run: the right Ledger, one approval per identity index, silent key checks.

PRF key seeds live only inside `credential_ids_of`: from the reply to the credential IDs, then they are wiped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.credential_id import in_batches
from ledger_recovery.derive.keygen import prf_key
from ledger_recovery.derive.paths import account_key_path
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.errors import DeviceError
from ledger_recovery.recover.events import Emit, KeyChecked, Warned
from ledger_recovery.recover.model import Cell
from ledger_recovery.recover.policy import ALL_COUNTERS
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.scan import IndexKeys
from ledger_recovery.recover.service.deps import OpenDevice
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.right_ledger import Meant, require_meant
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.stopwatch import Stage, Stopwatch
from ledger_recovery.recover.service.telling import Telling
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.model import KeyStatus


class DeviceSide:
    """One Ledger for one run, opened when it is first needed and pinned by its fingerprint."""

    def __init__(
        self, settings: Settings, open_device: OpenDevice, person: Person, emit: Emit, stopwatch: Stopwatch
    ) -> None:
        self._settings = settings
        self._open = open_device
        self._person = person
        self._emit = emit
        self._stopwatch = stopwatch
        self._telling = Telling(person, emit)
        self._session: DeviceSession | None = None

    @property
    def connected(self) -> bool:
        return self._session is not None

    async def connect(self, pinned: str, known: Sequence[str], *, wait: bool = True) -> DeviceFacts:
        """Open the device, bring the right app up, and make sure that it is the Ledger that is meant.

        :param pinned: fingerprint of the run that goes on, "" for a new one.
        :param known: fingerprints the wallet file holds already.
        :param wait: False takes the device as it is now and asks nobody to connect or unlock it.
        :raises DeviceError: the driver's, or `OtherDevice`.
        :raises Cancelled: the person says that this is not the Ledger meant.
        """
        settings = replace(self._settings, wait_for_device=wait)
        session = await self._open(settings, self._telling, pinned or None)
        self._session = session
        app = await session.ready()
        meant = Meant(self._settings.expect_fingerprint, known, "fingerprint", "nothing was asked of a node")
        return await require_meant(session, app, meant, self._person, self._emit, wire_format=app.wire_format)

    async def credential_ids_of(self, identity: IdentityRef, g: bytes) -> IndexKeys:
        """One approval on the device, then all 256 credential IDs of every key scheme of this index.

        :param g: 48 bytes, base of the chain's credential IDs.
        :raises Declined: the person declined.
        :raises DeviceError: link, app or device failed; the index was not answered.
        """
        self._telling.identity = identity
        try:
            with await self._approved(identity) as secret, self._stopwatch.stage(Stage.DERIVATION):
                if identity.provider is not None:
                    return IndexKeys(identity, {KeyScheme.PROVIDER_V1: await _computed(secret, g)})
                return IndexKeys(identity, {s: await _derived(secret, s, g) for s in identity.schemes})
        finally:
            self._telling.identity = None

    async def _approved(self, identity: IdentityRef) -> SecretBytes:
        """Legacy: the seed, from which both key schemes follow. Provider path: the key itself, by the newer form."""
        session = self._connected()
        with self._stopwatch.stage(Stage.APPROVALS):
            if identity.provider is None:
                secret = await session.export_prf_seed(identity.index)
            else:
                secret = await session.export_prf_key(identity.index, identity.provider)
        self._stopwatch.approved()
        return secret

    async def check_keys(self, cells: Sequence[Cell]) -> dict[bytes, KeyStatus]:
        """Compare the device's public keys with the on-chain keys of the deployed, active credentials of `cells`.

        Silent on the device. A key that could not be read leaves its credential NOT_CHECKED, and is told.
        """
        found: dict[bytes, KeyStatus] = {}
        for cell in cells:
            if cell.sighting is None or cell.cred_id is None or cell.sighting.credential is None:
                continue
            try:
                status = await self._key_status(cell)
            except DeviceError as error:
                self._emit(Warned(f"the signing keys could not all be compared: {error.sentence}"))
                break
            found[cell.cred_id] = status
            address = encode_address(cell.sighting.account.address)
            self._emit(KeyChecked(cell.cred_id, address, status))
        return found

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _key_status(self, cell: Cell) -> KeyStatus:
        credential = cell.sighting.credential if cell.sighting is not None else None
        if credential is None:
            return KeyStatus.NOT_CHECKED
        public_key = await self._connected().public_key(account_key_path(cell.key.identity, cell.key.counter))
        ours = sum(key == public_key for _, key in credential.keys)
        if ours >= max(1, credential.threshold):
            return KeyStatus.CAN_SIGN
        return KeyStatus.PARTLY if ours else KeyStatus.KEYS_CHANGED

    def _connected(self) -> DeviceSession:
        if self._session is None:
            raise RuntimeError("the device is not connected yet")
        return self._session


async def _derived(seed: SecretBytes, scheme: KeyScheme, g: bytes) -> tuple[bytes | None, ...]:
    with prf_key(seed, scheme) as key:
        return await _computed(key, g)


async def _computed(key: SecretBytes, g: bytes) -> tuple[bytes | None, ...]:
    """All 256 IDs in small batches: the event loop (look-ups of the previous index) runs in between."""
    ids: list[bytes | None] = []
    for batch in in_batches(key, ALL_COUNTERS, g):
        ids.extend(cred_id for _, cred_id in batch)
        await asyncio.sleep(0)
    return tuple(ids)
