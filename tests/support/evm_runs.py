"""EVM runs for tests: a Ledger in memory with the emulator's own key arithmetic, and a person's machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from chain.connect import open_evm_chain
from chain.evm.client import EvmChain
from chain.evm.timing import Timing
from emulator.apps import evm_keys
from emulator.apps.keys import DEFAULT_PHRASE, Seed
from ledger_recovery.derive.evm.address import address_of, checksum
from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.ethereum import EvmExtendedKey, EvmPublicKey
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, Interaction
from ledger_recovery.errors import Declined, NoDevice, OtherDevice
from ledger_recovery.recover.evm.events import EvmEvent, EvmRunEnded
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.service import Automatic, Person, Settings
from ledger_recovery.recover.service import evm as service
from ledger_recovery.recover.service.evm import EvmSettings
from ledger_recovery.wallet.evm_model import EvmSnapshot
from ledger_recovery.wallet.store import WalletStore

FINGERPRINT = "c8" * 32
OTHER_PHRASE = "test " * 11 + "ball"
QUICK = Timing(per_try=5.0, total=10.0, tries=2, pause=0.0, longest_pause=0.0, longest_wait=0.0)
E = TypeVar("E", bound=EvmEvent)


@dataclass
class MemoryLedger:
    """`asked`: every path that it was asked for. `absent`: it is not connected. `declines`: what it is shown."""

    fingerprint_text: str = FINGERPRINT
    phrase: str = DEFAULT_PHRASE
    absent: bool = False
    declines: bool = False
    asked: list[tuple[int, ...]] = field(default_factory=list)
    shown: list[bytes] = field(default_factory=list)

    @property
    def info(self) -> DeviceInfo:
        return DeviceInfo("tcp:memory", "nanosp", None, "Ethereum", "1.23.0", "", DeviceState.READY, True)

    async def open(
        self, settings: EvmSettings, interaction: Interaction, pinned: str | None, wait: bool
    ) -> MemoryLedger:
        if self.absent:
            raise NoDevice("no Ledger is connected", "connect it")
        if pinned is not None and pinned != self.fingerprint_text:
            raise OtherDevice("this is another Ledger", "connect the right one")
        return self

    async def ready(self) -> OpenApp:
        return OpenApp("Ethereum", "1.23.0")

    async def fingerprint(self) -> str:
        return self.fingerprint_text

    async def extended_key(self, path: Sequence[int]) -> EvmExtendedKey:
        self.asked.append(tuple(path))
        node = evm_keys.node_at(Seed.from_text(self.phrase), path)
        return EvmExtendedKey(node.public_key(), node.chain_code)

    async def address(self, path: Sequence[int]) -> EvmPublicKey:
        key = await self.extended_key(path)
        found = address_of(key.public_key)
        return EvmPublicKey(key.public_key, found, checksum(found))

    async def show_address(self, path: Sequence[int], address: bytes, chain_id: int | None = None) -> None:
        self.shown.append(address)
        if self.declines:
            raise Declined("the person declined", "")

    async def close(self) -> None:
        return None


@dataclass
class Home:
    """One person's machine: settings, the Ledger, the events told, and the commands."""

    settings: EvmSettings
    ledger: MemoryLedger | None = field(default_factory=MemoryLedger)
    person: Person = field(default_factory=Automatic)
    events: list[EvmEvent] = field(default_factory=list)

    @classmethod
    def at(cls, directory: Path, *urls: str, device: str | None = None) -> Home:
        base = Settings(wallet=directory / "home" / "wallet.sqlite", state_dir=directory / "state", device=device)
        settings = EvmSettings(base, urls)
        return cls(settings) if device is None else cls(settings, None)

    def using(self, *urls: str) -> None:
        self.settings = replace(self.settings, rpc=urls)

    async def recover(self, policy: EvmPolicy | None = None, *, dry_run: bool = False) -> EvmResult:
        chosen = policy or EvmPolicy(smart_accounts=False)
        return await service.recover(self.settings, chosen, self.person, self._emit, dry_run=dry_run, deps=self._deps())

    async def resume(self) -> EvmResult:
        return await service.resume(self.settings, self.person, self._emit, deps=self._deps())

    async def retry(self) -> EvmResult:
        return await service.retry(self.settings, self.person, self._emit, deps=self._deps())

    def wallet(self) -> EvmSnapshot:
        with WalletStore.open(self.settings.base.wallet) as store:
            return store.evm()

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def statement(self) -> str:
        return self.told(EvmRunEnded)[-1].statement

    def _emit(self, event: EvmEvent) -> None:
        self.events.append(event)

    def _deps(self) -> service.EvmDeps:
        deps = replace(service.real_deps(), open_chain=_quick_chain)
        return deps if self.ledger is None else replace(deps, open_device=self.ledger.open)


def _quick_chain(settings: EvmSettings, url: str) -> EvmChain:
    return open_evm_chain(url, networks_file=settings.networks, timing=QUICK)


def used(result: EvmResult) -> Mapping[str, list[int]]:
    """Scheme -> its used indices."""
    found: dict[str, list[int]] = {}
    for place in result.places:
        if result.outcomes[place.address].use.used:
            found.setdefault(place.scheme, []).append(place.index)
    return {scheme: sorted(indices) for scheme, indices in found.items()}
