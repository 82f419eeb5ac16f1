"""The world of the crash tests: one Ledger, one chain, one home directory; the service on them is the real one.

Everything is deterministic, so that a run can be ended at the n-th step and compared with one that was not disturbed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast

from chain.concordium.account import CredentialSighting
from chain.concordium.account_list_cache import AccountListCache
from chain.errors import PointLost
from chain.model import AccountList, Sighting, Unanswered
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service import Automatic, Deps, Settings, recover, resume, retry
from tests.support.cells import account, credential, fake_id, sighting
from tests.support.fake_device import FakeDevice, FakeSession
from tests.support.memory_chain import SOURCE, MemoryChain, MemoryView

SPEC = (
    (0, 0, KeyScheme.LEGACY_V1),
    (0, 24, KeyScheme.LEGACY_V1),
    (0, 255, KeyScheme.LEGACY_V1),
    (2, 1, KeyScheme.LEGACY_V0),
    (2, 3, KeyScheme.LEGACY_V1),
)
"""Credentials with our own signing keys: identity, counter, scheme. Identity 1 is empty."""

REMOVED, CHANGED, LOST = (0, 5), (2, 7), (1, 9)
"""A removed credential, one whose keys were changed, and the one that a run with unknowns cannot ask about."""


@dataclass(frozen=True)
class Home:
    """One person's files, and what the test noted beside them."""

    root: Path

    @property
    def settings(self) -> Settings:
        return Settings(wallet=self.root / "w" / "wallet.sqlite", state_dir=self.root / "state", network="testnet")

    @property
    def lists(self) -> AccountListCache:
        return AccountListCache(self.settings.state_dir / "account-lists")

    @property
    def notes(self) -> Path:
        """What the last child told; outside of what the faulty disk disturbs."""
        return self.root.with_name(self.root.name + ".notes")

    @property
    def ending(self) -> Path:
        """How the last child that was not killed ended."""
        return self.root.with_name(self.root.name + ".ending")

    def pipe(self, name: str) -> Path:
        """A named pipe between a child that pauses and the test."""
        return self.root.with_name(f"{self.root.name}.{name}")


@dataclass
class CrashChain(MemoryChain):
    """The in-memory chain with a real account list cache, and a loop turn between any two answers."""

    lists: AccountListCache | None = None

    async def pin(self, at: bytes | None = None) -> CrashView:
        if at is not None and at != self._block():
            raise PointLost("unknown block", code="UNKNOWN_BLOCK", source=SOURCE)
        return CrashView(self, self._point())


class CrashView(MemoryView):
    async def look(self, handles: Sequence[bytes]) -> AsyncIterator[Sighting[CredentialSighting] | Unanswered]:
        async for answer in super().look(handles):
            await asyncio.sleep(0)
            yield answer

    async def account_list(self, progress: Callable[[int], None] | None = None) -> AccountList:
        lists = cast(CrashChain, self.chain).lists
        if lists is None:
            return await super().account_list(progress)
        found = lists.load(self.point.genesis_hash, self.point.block_hash)
        if found is None:
            found = await super().account_list(progress)
            lists.store(self.point.genesis_hash, self.point.block_hash, found)
        return replace(found, cached=False)  # what is reported must not depend on an earlier, killed run


@cache
def _deployed() -> dict[bytes, CredentialSighting]:
    device, found = FakeDevice(), {}
    for position, (index, counter, scheme) in enumerate(SPEC):
        cred_id = device.cred_id(index, counter, scheme)
        key = credential(cred_id, key=device.public_key_at(index, counter))
        found[cred_id] = sighting(cred_id, replace(account([cred_id], index=position), credentials=(key,)))
    gone, changed = device.cred_id(*REMOVED), device.cred_id(*CHANGED)
    found[gone] = sighting(gone, account([fake_id("somebody")], index=20))
    found[changed] = sighting(changed, account([changed], index=21))
    return found


@dataclass(frozen=True)
class Order:
    """What a child process is to do. `number` names the run; `block`: the one that the node knows; `lost`: the node
    leaves one credential unanswered; `pause_at`: approval (from 0) before which the child waits for the test."""

    verb: str
    number: int = 0
    mode: Mode = Mode.THOROUGH
    block: int = 1
    lost: bool = False
    last: int = 2
    pause_at: int | None = None

    def again(self, verb: str) -> Order:
        """The next start on the same home, by `verb`."""
        return replace(self, verb=verb, number=self.number + 1)


@dataclass
class Program:
    """One start of the program on a home."""

    home: Home
    order: Order
    note: Callable[[object], None]
    on_event: Callable[[], None] = lambda: None
    pause: Callable[[], None] = lambda: None

    async def run(self) -> RunResult:
        """:raises LedgerRecoveryError: what the real verb raises."""
        settings, person, deps = self.home.settings, Automatic(), self._deps()
        if self.order.verb == "recover":
            return await recover(
                settings, ScanPolicy(last=self.order.last, mode=self.order.mode), person, self._told, deps=deps
            )
        if self.order.verb == "resume":
            return await resume(settings, person, self._told, deps=deps)
        return await retry(settings, person, self._told, deps=deps)

    def _deps(self) -> Deps:
        chain = CrashChain(deployed=_deployed(), pins=self.order.block, lists=self.home.lists)
        if self.order.lost:
            chain.broken = {FakeDevice().cred_id(*LOST)}
        device = FakeDevice(on_export=self._approved)

        async def open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
            return cast(DeviceSession, FakeSession(device))

        return Deps(
            open_chain=lambda settings: chain,
            open_device=open_device,
            now=self._now,
            monotonic=lambda: 0.0,
            new_run_id=lambda: f"run{self.order.number:04}",
        )

    def _now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.order.number)

    def _approved(self, identity: IdentityRef) -> None:
        if self.order.pause_at == identity.index:
            self.pause()
        self.note(identity)

    def _told(self, event: ev.Event) -> None:
        self.note(event)
        self.on_event()
