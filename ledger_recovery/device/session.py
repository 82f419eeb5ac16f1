"""[io] A session with the Concordium app of one Ledger: the async face of the driver for Concordium.

What it does about locks, cables and doubtful links is that of every `Conversation`. Of its own it has the memory that
no two identities of a run may give one key.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ledger_recovery.device.apps.concordium import (
    Form,
    Purpose,
    Target,
    concordium_profile,
    export_question,
    proved_public_key_question,
    public_key_question,
    verify_address_question,
)
from ledger_recovery.device.apps.formats import AppIdentity
from ledger_recovery.device.apps.profile import AppProfile
from ledger_recovery.device.apps.screens import export_screen, verify_screen
from ledger_recovery.device.clock import Clock
from ledger_recovery.device.conversation import Conversation, begin
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.keys_seen import KeysSeen
from ledger_recovery.device.listing import list_devices
from ledger_recovery.device.means import Means
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.transport.discover import Bus
from ledger_recovery.errors import RepeatedKey
from ledger_recovery.secret import SecretBytes

__all__ = ["DeviceSession", "SessionOptions", "list_devices", "open_session"]


async def open_session(
    device_path: str | None,
    interaction: Interaction,
    *,
    pinned_fingerprint: str | None = None,
    clock: Clock | None = None,
    bus: Bus | None = None,
    options: SessionOptions | None = None,
) -> DeviceSession:
    """Choose the device of a run and begin a session with its Concordium app.

    :param pinned_fingerprint: the wallet (pairing key, 64 hex digits) that the device must have.
    :raises InputError, HidLibraryMissing, NoDevice, Cancelled: as `begin`.
    """
    options = options or SessionOptions()
    return await begin(
        DeviceSession,
        concordium_profile(options.allow_format),
        device_path,
        interaction,
        pinned_fingerprint=pinned_fingerprint,
        clock=clock,
        bus=bus,
        options=options,
    )


class DeviceSession(Conversation[AppIdentity]):
    """Made by `open_session`. `fingerprint` is the pairing key at m/1105'/0'."""

    def __init__(self, profile: AppProfile[AppIdentity], means: Means, pinned: str) -> None:
        super().__init__(profile, means, pinned)
        self._keys = KeysSeen(secrets.token_bytes(32))
        self._contradiction: RepeatedKey | None = None

    async def export_prf_seed(self, identity_index: int, identity_provider_index: int | None = None) -> SecretBytes:
        """The PRF key seed of an identity (32 bytes, P1=01 P2=01), after approval on the device; no time limit.

        :raises Declined: the person declined.
        :raises RepeatedKey: another index gave the same key; every later export raises it too.
        :raises AppExited, Unplugged: the device went away.
        :raises InputError: an index out of range, or a provider path on a 4.x app.
        :raises DeviceError, Cancelled: as `ready`.
        """
        return await self._export(Target(identity_index, identity_provider_index), Form.SEED)

    async def export_prf_key(self, identity_index: int, identity_provider_index: int | None = None) -> SecretBytes:
        """The finished PRF key (32-byte scalar, big endian, P1=01 P2=02; keygen version 1 only); else as the seed."""
        return await self._export(Target(identity_index, identity_provider_index), Form.KEY)

    async def public_key(self, path: Sequence[int]) -> bytes:
        """A 32-byte Ed25519 public key, silently. `path`: levels without the hardening bit.

        :raises InputError: a path that the app refuses.
        :raises DeviceError, Cancelled: as `ready`.
        """
        return await self._silent(lambda ready: public_key_question(path))

    async def prove_public_key(self, path: Sequence[int]) -> bytes:
        """As `public_key`, with the device's signature over the key, which was verified.

        :raises BadReply: the signature is wrong.
        """
        return await self._silent(lambda ready: proved_public_key_question(path))

    async def verify_address(
        self, identity_index: int, counter: int, identity_provider_index: int | None = None, *, address: str = ""
    ) -> None:
        """Have the device show an account's address until the person approves.

        :param address: what it must show, for the picture; "" when not known.
        :raises Declined: the person rejected.
        :raises DeviceError, Cancelled: as `export_prf_seed`.
        """
        target = Target(identity_index, identity_provider_index)
        async with self._operation() as cancel:
            await self._with_person(
                lambda ready: verify_address_question(ready.app.wire_format, target, counter),
                lambda ready: verify_screen(self._connection.found.model, target, counter, address),
                cancel,
            )

    async def _export(self, target: Target, form: Form) -> SecretBytes:
        async with self._operation() as cancel:
            if self._contradiction is not None:
                raise self._contradiction
            keys = await self._with_person(
                lambda ready: export_question(ready.app.wire_format, target, Purpose.RECOVER, form),
                lambda ready: export_screen(
                    self._connection.found.model, ready.app.wire_format, Purpose.RECOVER, target
                ),
                cancel,
            )
        try:
            self._keys.record(target, form, keys.prf_key)
        except BaseException as error:
            keys.prf_key.wipe()
            if isinstance(error, RepeatedKey):
                self._contradiction = error
            raise
        return keys.prf_key
