"""A service bench: one fake device, one chain in memory, real journal and wallet on disk."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service import Automatic, Deps, Person, Settings, recover, resume, retry, wallet_view
from ledger_recovery.wallet.model import WalletSnapshot
from tests.support.cells import account, credential, sighting
from tests.support.fake_device import FakeDevice, FakeSession
from tests.support.memory_chain import MemoryChain
from tests.support.worded_once import worded_once


@dataclass
class Bench:
    settings: Settings
    device: FakeDevice = field(default_factory=FakeDevice)
    chain: MemoryChain = field(default_factory=MemoryChain)
    events: list[ev.Event] = field(default_factory=list)
    person: Person = field(default_factory=Automatic)
    opened: list[str | None] = field(default_factory=list)
    waited: list[bool] = field(default_factory=list)
    _ids: itertools.count[int] = field(default_factory=itertools.count)

    def deps(self) -> Deps:
        async def open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
            self.opened.append(pinned)
            self.waited.append(settings.wait_for_device)
            return cast(DeviceSession, FakeSession(self.device))

        return Deps(
            open_chain=lambda settings: self.chain,
            open_device=open_device,
            now=lambda: datetime(2026, 1, 1, 12, 0, next(self._ids) % 60, tzinfo=UTC),
            monotonic=lambda: float(next(self._ids)),
            new_run_id=lambda: f"run{next(self._ids):04}",
        )

    def deploy(self, index: int, counter: int, scheme: KeyScheme = KeyScheme.LEGACY_V1) -> bytes:
        """A simple account of ours with the device's own signing key."""
        cred_id = self.device.cred_id(index, counter, scheme)
        key = self.device.public_key_at(index, counter)
        holder = account([cred_id], index=len(self.chain.deployed))
        holder = type(holder)(
            **{f: getattr(holder, f) for f in holder.__slots__} | {"credentials": (credential(cred_id, key=key),)}
        )
        self.chain.deployed[cred_id] = sighting(cred_id, holder)
        return cred_id

    async def recover(self, policy: ScanPolicy | None = None, *, dry_run: bool = False) -> RunResult:
        policy = policy or ScanPolicy(last=2)
        deps = self.deps()
        return await recover(self.settings, policy, self.person, self.events.append, dry_run=dry_run, deps=deps)

    async def resume(self) -> RunResult:
        return await resume(self.settings, self.person, self.events.append, deps=self.deps())

    async def retry(self) -> RunResult:
        return await retry(self.settings, self.person, self.events.append, deps=self.deps())

    def wallet(self) -> WalletSnapshot:
        return wallet_view(self.settings)

    def told(self, kind: Callable[[ev.Event], bool]) -> list[ev.Event]:
        return [e for e in self.events if kind(e)]

    @property
    def statement(self) -> str:
        last = self.events[-1]
        assert isinstance(last, ev.RunEnded)
        return last.statement


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Settings(wallet=tmp_path / "w" / "wallet.sqlite", state_dir=tmp_path / "state", network="testnet"))


@pytest.fixture(scope="module", autouse=True)
def _worded_once() -> Iterator[None]:
    with worded_once():
        yield
