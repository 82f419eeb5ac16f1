"""Where a walk gets its places from: the Ledger, connected when the first place is wanted and no sooner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger_recovery.derive.evm.schemes import Scheme
from ledger_recovery.errors import DeviceError, OtherDevice, RepeatedKey
from ledger_recovery.recover.events import Warned
from ledger_recovery.recover.evm.events import EvmEmit
from ledger_recovery.recover.evm.model import Place
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.service.evm.device_side import DeviceSide


class Deriving:
    """`wait`: False for a run that can do its work without the Ledger: one that is not ready is done without.

    `known`: fingerprints of the wallet. `connected`: gets the facts of the Ledger, to make them durable.
    """

    def __init__(
        self,
        device: DeviceSide,
        pinned: str,
        known: Sequence[str],
        connected: Callable[[DeviceFacts], None],
        emit: EvmEmit,
        *,
        wait: bool,
    ) -> None:
        self._device = device
        self._pinned = pinned
        self._known = known
        self._on_connected = connected
        self._emit = emit
        self._wait = wait
        self.possible = True

    async def connect(self) -> bool:
        """Whether the Ledger is there; asked for at most once in vain.

        :raises DeviceError: it is not, and the run waits for it; or it is another Ledger.
        :raises Cancelled: the person says that this is not the Ledger meant.
        """
        if self._device.connected or not self.possible:
            return self.possible
        try:
            self._on_connected(await self._device.connect(self._pinned, self._known, wait=self._wait))
        except DeviceError as error:
            if self._wait or isinstance(error, OtherDevice | RepeatedKey):
                raise
            self.possible = False
            self._emit(Warned(f"no further addresses could be derived: {error.sentence}"))
        return self.possible

    async def places(self, scheme: Scheme, indices: range) -> tuple[Place, ...] | None:
        """The places of some indices; None when the Ledger is not there.

        :raises DeviceError, Cancelled: as `connect`, and of the derivation.
        """
        return await self._device.places(scheme, indices) if await self.connect() else None
