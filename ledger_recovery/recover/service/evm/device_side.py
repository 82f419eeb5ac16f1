"""The device's part of an EVM run: the right Ledger, the addresses of places, and addresses shown for comparison.

Deriving is silent on the device. Extended keys live in this object only: they are never told, stored or printed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from ledger_recovery.derive.evm.bip32 import ExtendedKey, NoSuchChild
from ledger_recovery.derive.evm.schemes import Path, Scheme
from ledger_recovery.derive.evm.self_check import check_arithmetic
from ledger_recovery.errors import Declined
from ledger_recovery.recover.evm.events import AddressShown, EvmEmit
from ledger_recovery.recover.evm.model import Place
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.service.evm.deps import DeviceClient, OpenDevice
from ledger_recovery.recover.service.evm.settings import EvmSettings
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.right_ledger import Meant, require_meant
from ledger_recovery.recover.service.telling import Telling

BATCH = 50
"""Children derived before others get a turn: 12 ms of arithmetic."""


class DeviceSide:
    """One Ledger for one run, opened when it is first needed and pinned by its fingerprint."""

    def __init__(self, settings: EvmSettings, open_device: OpenDevice, person: Person, emit: EvmEmit) -> None:
        self._settings = settings
        self._open = open_device
        self._person = person
        self._emit = emit
        self._session: DeviceClient | None = None
        self._nodes: dict[Path, ExtendedKey] = {}

    @property
    def connected(self) -> bool:
        return self._session is not None

    async def connect(self, pinned: str, known: Sequence[str], *, wait: bool = True) -> DeviceFacts:
        """Open the device, bring the right app up, and make sure that it is the Ledger that is meant.

        :param pinned: fingerprint of the run that goes on, "" for a new one.
        :param known: fingerprints of the Ledgers whose EVM accounts the wallet file holds already.
        :param wait: False takes the device as it is now and asks nobody to connect or unlock it.
        :raises DeviceError: the driver's, or `OtherDevice`.
        :raises Cancelled: the person says that this is not the Ledger meant.
        :raises ArithmeticFault: this computer derives wrong addresses.
        """
        check_arithmetic()
        session = await self._open(self._settings, Telling(self._person, self._emit), pinned or None, wait)
        self._session = session
        app = await session.ready()
        expected = self._settings.base.expect_fingerprint
        meant = Meant(expected, known, "EVM fingerprint", "no address left this computer")
        return await require_meant(session, app, meant, self._person, self._emit)

    async def places(self, scheme: Scheme, indices: range) -> tuple[Place, ...]:
        """The places of some indices; without those (1 in 2^127) that BIP-32 passes over.

        :raises PathRefused: the open app has no keys there; the hint names the app that has.
        :raises DeviceError: link, app or device failed.
        """
        if not scheme.one_request:
            paths = [scheme.path(index) for index in indices]
            keys = [await self._connected().address(path) for path in paths]
            return tuple(
                Place(scheme.name, i, path, key.address) for i, path, key in zip(indices, paths, keys, strict=True)
            )
        node = await self._node(scheme.node)
        found: list[Place] = []
        for start in range(indices.start, indices.stop, BATCH):
            part = range(start, min(start + BATCH, indices.stop))
            found += [Place(scheme.name, i, scheme.path(i), a) for i, a in _below(node, scheme, part)]
            await asyncio.sleep(0)
        return tuple(found)

    async def show(self, place: Place) -> bool:
        """Have the device show an address until the person has compared it; whether it was the right one.

        :raises OtherDevice: the device itself showed another address.
        :raises DeviceError: link, app or device failed.
        """
        try:
            await self._connected().show_address(place.path, place.address)
        except Declined:
            self._emit(AddressShown(place, confirmed=False))
            return False
        self._emit(AddressShown(place, confirmed=True))
        return True

    async def close(self) -> None:
        self._nodes.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _node(self, path: Path) -> ExtendedKey:
        if path not in self._nodes:
            key = await self._connected().extended_key(path)
            self._nodes[path] = ExtendedKey(key.public_key, key.chain_code)
        return self._nodes[path]

    def _connected(self) -> DeviceClient:
        if self._session is None:
            raise RuntimeError("the device is not connected yet")
        return self._session


def _below(node: ExtendedKey, scheme: Scheme, indices: range) -> Iterator[tuple[int, bytes]]:
    for index in indices:
        try:
            key = node.child(index)
            for level in scheme.below:
                key = key.child(level)
        except NoSuchChild:
            continue
        yield index, key.address
