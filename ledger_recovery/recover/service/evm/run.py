"""One EVM run from the first question to the report: recover, resume and retry are this, with more or less known.

Order: which chains, Ledger, addresses, blocks pinned late, walk to a fixed point, tokens, blocks confirmed, addresses
shown, wallet, report. What is lost with a block is asked again at another before anything is concluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from ledger_recovery.errors import DeviceError, OtherDevice, RepeatedKey, Unplugged
from ledger_recovery.recover.events import RunBegan, Warned
from ledger_recovery.recover.evm.events import EvmEmit, EvmEvent
from ledger_recovery.recover.evm.journal import EvmJournal
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord
from ledger_recovery.recover.evm.model import Place
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.walk import Stop
from ledger_recovery.recover.result import DeviceFacts, Ending
from ledger_recovery.recover.service.ending import to_its_end
from ledger_recovery.recover.service.evm.chains import Chains
from ledger_recovery.recover.service.evm.deps import EvmDeps
from ledger_recovery.recover.service.evm.deriving import Deriving
from ledger_recovery.recover.service.evm.device_side import DeviceSide
from ledger_recovery.recover.service.evm.finish import finish
from ledger_recovery.recover.service.evm.search import search
from ledger_recovery.recover.service.evm.settings import EvmSettings
from ledger_recovery.recover.service.evm.walk import Walk
from ledger_recovery.recover.service.evm.wallet_side import WalletSide
from ledger_recovery.recover.service.stopwatch import EvmStage, Stopwatch


@dataclass(slots=True)
class Run:
    """A run under way. `record`: what the journal knew of it when it began; `kind`: recover, resume or retry."""

    kind: str
    record: EvmRunRecord
    settings: EvmSettings
    deps: EvmDeps
    sink: EvmEmit
    journal: EvmJournal
    wallet: WalletSide
    chains: Chains
    device: DeviceSide
    stopwatch: Stopwatch
    warnings: list[str] = field(default_factory=list)
    facts: DeviceFacts | None = None
    walk: Walk | None = None
    found: Place | None = None
    stops: dict[str, Stop] = field(default_factory=dict)
    shown: list[bytes] = field(default_factory=list)

    async def go(self) -> EvmResult:
        """Do it all.

        :raises LedgerRecoveryError: what ended the run; the report was made and `EvmRunEnded` was told before.
        """
        sources = ", ".join(side.label for side in self.chains.all) or "no chain"
        self.emit(RunBegan(self.record.run_id, self.kind, sources))
        return await to_its_end(self._work, self._close, partial(finish, self))

    def emit(self, event: EvmEvent) -> None:
        """Pass an event on; warnings are kept for the report."""
        if isinstance(event, Warned):
            self.warnings.append(event.text)
        self.sink(event)

    async def _work(self) -> Ending:
        self.facts = self.record.device
        policy, deriving = self.record.policy, self._deriving()
        if policy.find is not None:
            self.found, self.stops = await search(policy, policy.find, deriving, self.emit, self.stopwatch)
            return Ending.RANGE_DONE
        await self.chains.identify()
        walk = self.walk = self._new_walk(deriving)
        self.stops = walk.stops
        while True:
            await walk.run()
            with self.stopwatch.stage(EvmStage.CONFIRM):
                if await self.chains.confirm():
                    break
        if self.settings.show_addresses:
            await self._show(walk, deriving)
        return Ending.RANGE_DONE

    async def _close(self) -> None:
        await self.device.close()
        await self.chains.close()

    def _deriving(self) -> Deriving:
        return Deriving(
            self.device,
            self.record.fingerprint,
            self.wallet.fingerprints(),
            self._connected,
            self.emit,
            # A search derives and does nothing else; whatever else is asked again needs the Ledger last, or not at all.
            wait=self.kind != "retry" or self.record.policy.find is not None,
        )

    def _connected(self, facts: DeviceFacts) -> None:
        self.facts = facts
        self.journal.set_device(self.record.run_id, facts)

    def _new_walk(self, deriving: Deriving) -> Walk:
        return Walk(
            policy=self.record.policy,
            deriving=deriving,
            chains=self.chains,
            store=self._store,
            emit=self.emit,
            stopwatch=self.stopwatch,
            places={(place.scheme, place.index): place for place in self.record.places},
        )

    def _store(self, places: Sequence[Place]) -> None:
        self.journal.store_places(self.record.run_id, places)

    async def _show(self, walk: Walk, deriving: Deriving) -> None:
        """One address of each scheme, the first used one, on the Ledger's own screen."""
        for place in self._worth_showing(walk):
            try:
                if await deriving.connect() and await self._compared(place):
                    self.shown.append(place.address)
                else:
                    self.emit(Warned(f"the address of {place} was not confirmed on the Ledger"))
            except (OtherDevice, RepeatedKey):
                raise
            except DeviceError as error:
                self.emit(Warned(f"the address of {place} could not be shown on the Ledger: {error.sentence}"))
                return

    async def _compared(self, place: Place) -> bool:
        """As `DeviceSide.show`; after a cable that is pulled meanwhile once more: to look again harms nothing."""
        try:
            return await self.device.show(place)
        except Unplugged:
            return await self.device.show(place)

    def _worth_showing(self, walk: Walk) -> Sequence[Place]:
        known = walk.known()
        first: dict[bytes, Place] = {}
        for scheme in self.record.policy.schemes:
            used = [index for index, use in sorted(known.get(scheme.name, {}).items()) if use.used]
            if used:
                place = walk.places[scheme.name, used[0]]
                first.setdefault(place.address, place)
        return tuple(first.values())
