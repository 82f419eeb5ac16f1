"""Whole recoveries for the bench: the real service, client, journal and wallet; only the Ledger is in memory.

Its approvals take no time unless told otherwise, so that what is measured is the machine's part and not a person's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from chain.model import Sighting
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service import Automatic, Deps, Settings, real_deps, recover
from ledger_recovery.secret import SecretBytes
from tests.support.fake_device import FakeDevice, FakeSession


class SlowHand(FakeSession):
    """A Ledger whose person takes `seconds` for each approval."""

    def __init__(self, device: FakeDevice, seconds: float) -> None:
        super().__init__(device)
        self._seconds = seconds

    async def export_prf_seed(self, identity_index: int, identity_provider_index: int | None = None) -> SecretBytes:
        await asyncio.sleep(self._seconds)
        return await super().export_prf_seed(identity_index, identity_provider_index)


@dataclass(frozen=True)
class Search:
    """One kind of search. `connections`: None for the program's default."""

    node: str
    identities: int = 10
    mode: Mode = Mode.DIRECT
    approval_seconds: float = 0.0
    connections: int | None = None
    network: str = "testnet"
    device: FakeDevice = field(default_factory=FakeDevice)

    def run(self) -> tuple[float, RunResult]:
        """Search with an empty wallet; wall-clock seconds and the result."""
        with tempfile.TemporaryDirectory() as home:
            began = time.perf_counter()
            result = asyncio.run(self.go(Path(home)))
            return time.perf_counter() - began, result

    def look(self, ids: Sequence[bytes]) -> float:
        """Only the look-ups, all at once, with the proofs that make "not found" an absence; wall-clock seconds."""
        with tempfile.TemporaryDirectory() as home:
            return asyncio.run(self._look(Path(home), ids))

    async def _look(self, home: Path, ids: Sequence[bytes]) -> float:
        chain = real_deps().open_chain(self._settings(home))
        try:
            view = await chain.pin()
            began = time.perf_counter()
            absent = [answer.handle async for answer in view.look(ids) if isinstance(answer, Sighting)]
            await view.confirm()
            seconds = time.perf_counter() - began
        finally:
            await chain.close()
        if len(absent) != len(ids):
            raise RuntimeError(f"{len(absent)} of {len(ids)} look-ups were answered; the node double could not keep up")
        return seconds

    async def go(self, home: Path) -> RunResult:
        policy = ScanPolicy(last=self.identities - 1, mode=self.mode)
        return await recover(self._settings(home), policy, Automatic(), lambda event: None, deps=self._deps())

    def _settings(self, home: Path) -> Settings:
        settings = Settings(
            wallet=home / "wallet.sqlite", state_dir=home, network=self.network, nodes=(f"http://{self.node}",)
        )
        return settings if self.connections is None else replace(settings, connections=self.connections)

    def _deps(self) -> Deps:
        async def open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
            return cast(DeviceSession, SlowHand(self.device, self.approval_seconds))

        opener: Callable[[Settings, Interaction, str | None], Awaitable[DeviceSession]] = open_device
        return replace(real_deps(), open_device=opener)
