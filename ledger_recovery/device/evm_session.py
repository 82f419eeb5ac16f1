"""[io] A session with the Ethereum app of one Ledger: the async face of the driver for EVM chains.

Everything is silent except `show_address`. What it does about locks, cables and doubtful links is that of every
`Conversation`. Of its own it has the memory that no two paths of a run may give one key, nor one path two.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.ethereum import (
    ETHEREUM_PROFILE,
    EvmConfiguration,
    EvmExtendedKey,
    EvmPublicKey,
    address_question,
    checksummed,
    configuration_question,
    extended_key_question,
    path_text,
)
from ledger_recovery.device.apps.evm_screens import address_screen
from ledger_recovery.device.apps.profile import AppProfile
from ledger_recovery.device.clock import Clock
from ledger_recovery.device.conversation import Conversation, begin
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.means import Means
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.transport.discover import Bus
from ledger_recovery.errors import OtherDevice, RepeatedKey

__all__ = ["EvmSession", "SessionOptions", "open_evm_session"]


async def open_evm_session(
    device_path: str | None,
    interaction: Interaction,
    *,
    pinned_fingerprint: str | None = None,
    clock: Clock | None = None,
    bus: Bus | None = None,
    options: SessionOptions | None = None,
) -> EvmSession:
    """Choose the device of a run and begin a session with its Ethereum or Ethereum Classic app.

    :param pinned_fingerprint: the wallet that the device must have, as `EvmSession.fingerprint` gave it before.
    :raises InputError, HidLibraryMissing, NoDevice, Cancelled: as `begin`.
    """
    return await begin(
        EvmSession,
        ETHEREUM_PROFILE,
        device_path,
        interaction,
        pinned_fingerprint=pinned_fingerprint,
        clock=clock,
        bus=bus,
        options=options or SessionOptions(),
    )


class EvmSession(Conversation[OpenApp]):
    """Made by `open_evm_session`. `fingerprint` tells EVM wallets apart; it is not the Concordium pairing key."""

    def __init__(self, profile: AppProfile[OpenApp], means: Means, pinned: str) -> None:
        super().__init__(profile, means, pinned)
        self._key_of: dict[tuple[int, ...], bytes] = {}
        self._path_of: dict[bytes, tuple[int, ...]] = {}
        self._contradiction: RepeatedKey | None = None

    async def configuration(self) -> EvmConfiguration:
        """The app's settings and version; silent.

        :raises DeviceError, Cancelled: as `ready`.
        """
        return await self._silent(lambda ready: configuration_question(ready.app.name))

    async def extended_key(self, path: Sequence[int]) -> EvmExtendedKey:
        """The public key at a path with its chain code, silently.

        :param path: levels as BIP-32 counts them: hardened ones have the top bit set.
        :raises PathRefused: the open app has no keys there; the hint names the app that has.
        :raises RepeatedKey: another path gave the same key; every later question for a key raises it too.
        :raises OtherDevice: this path gave another key before.
        :raises InputError: not 1 to 10 levels of 32 bits.
        :raises DeviceError, Cancelled: as `ready`.
        """
        self._check_trust()
        key = await self._silent(lambda ready: extended_key_question(path, ready.app.name))
        self._record(path, key.public_key)
        return key

    async def address(self, path: Sequence[int]) -> EvmPublicKey:
        """The public key at a path with its address, silently; errors as of `extended_key`."""
        self._check_trust()
        key = await self._silent(lambda ready: address_question(path, app=ready.app.name))
        self._record(path, key.public_key)
        return key

    async def show_address(self, path: Sequence[int], address: bytes, chain_id: int | None = None) -> None:
        """Have the device show the address at a path until the person confirms it; no time limit.

        :param address: the 20 bytes that it must show, told to the person beforehand.
        :param chain_id: the chain to be named on the device; None for the app's own.
        :raises Declined: the person cancelled: what the device showed differs, or they changed their mind.
        :raises OtherDevice: the device showed another address.
        :raises DeviceError, Cancelled: as `extended_key`.
        """
        expected = checksummed(address)
        self._check_trust()
        async with self._operation() as cancel:
            shown = await self._with_person(
                lambda ready: address_question(path, display=True, chain_id=chain_id, app=ready.app.name),
                lambda ready: address_screen(self._connection.found.model, ready.app.name, expected, chain_id),
                cancel,
            )
        if shown.address != address:
            raise OtherDevice(
                f"the Ledger showed {shown.address_text} for {path_text(path)}, the search has {expected} there",
                "Do not use these addresses; check that the Ledger of this run is connected, then begin again.",
            )

    def _check_trust(self) -> None:
        if self._contradiction is not None:
            raise self._contradiction

    def _record(self, path: Sequence[int], public_key: bytes) -> None:
        """Hold an answer against all others of this run: a key that comes twice was given in the wrong place."""
        asked = tuple(path)
        earlier = self._path_of.setdefault(public_key, asked)
        if earlier != asked:
            self._contradiction = RepeatedKey(
                f"the Ledger gave the same key for {path_text(asked)} as for {path_text(earlier)}",
                "Stop: nothing found in this run can be trusted. Update the Ethereum app and this program.",
            )
            raise self._contradiction
        if self._key_of.setdefault(asked, public_key) != public_key:
            raise OtherDevice(
                f"the Ledger gave another key for {path_text(asked)} than before",
                "Check that the same Ledger with the same recovery phrase is connected, then begin again.",
            )
