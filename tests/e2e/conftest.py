"""Whole recoveries on real sockets: emulated device and node double are processes, the service is the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from emulator.world import bundled
from emulator.world.expectation import Expectation, expect
from ledger_recovery.device.interaction import ExpectedScreen
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service import Automatic, Person, Settings, recover, resume, retry, wallet_view
from ledger_recovery.wallet.model import WalletSnapshot
from tests.support.device import EmulatedDevice
from tests.support.node import NodeProcess, node_process
from tests.support.worded_once import worded_once


class Nodes:
    """One undisturbed node process a world, started when a test first needs it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, NodeProcess] = {}

    def of(self, world: str) -> NodeProcess:
        if world not in self._running:
            self._running[world] = self._stack.enter_context(node_process(world))
        return self._running[world]


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    with ExitStack() as stack:
        yield Nodes(stack)


class Hands(Automatic):
    """A person who reads the device's screen and then presses, on the real REST API; runs in a worker thread.

    `decide` gets the check text of the expected screen ("ID #3") and says whether to approve.
    """

    def __init__(self, device: EmulatedDevice, decide: Callable[[str], bool] = lambda check: True) -> None:
        self._device = device
        self._decide = decide
        self._pressing: list[asyncio.Future[list[tuple[str, ...]]]] = []
        self.expected: list[ExpectedScreen] = []
        self.seen: list[list[tuple[str, ...]]] = []

    def expect(self, screen: ExpectedScreen) -> None:
        self.expected.append(screen)
        self._pressing.append(asyncio.get_running_loop().run_in_executor(None, self._press, screen))

    def _press(self, screen: ExpectedScreen) -> list[tuple[str, ...]]:
        pages = self._device.approve() if self._decide(screen.check) else self._device.decline()
        return [tuple(p) for p in pages]

    async def pages(self) -> list[list[tuple[str, ...]]]:
        """What the device showed for each request."""
        return list(await asyncio.gather(*self._pressing))


@dataclass
class Scene:
    """One person's machine: settings, the events told, and the commands."""

    settings: Settings
    events: list[ev.Event] = field(default_factory=list)
    person: Person = field(default_factory=Automatic)

    async def recover(self, policy: ScanPolicy | None = None, *, dry_run: bool = False) -> RunResult:
        policy = policy or ScanPolicy(last=2)
        return await recover(self.settings, policy, self.person, self.events.append, dry_run=dry_run)

    async def resume(self) -> RunResult:
        return await resume(self.settings, self.person, self.events.append)

    async def retry(self) -> RunResult:
        return await retry(self.settings, self.person, self.events.append)

    def wallet(self) -> WalletSnapshot:
        return wallet_view(self.settings)

    def using(self, **changes: object) -> Scene:
        return Scene(replace(self.settings, **changes), person=self.person)  # type: ignore[arg-type]

    @property
    def statement(self) -> str:
        last = self.events[-1]
        assert isinstance(last, ev.RunEnded)
        return last.statement


@pytest.fixture
def scene(tmp_path: Path) -> Callable[..., Scene]:
    """Make a scene: scene("sample", device="tcp:…", address="127.0.0.1:…")."""

    def make(world: str, *, device: str, address: str) -> Scene:
        network = bundled.load(world).network
        known = network.name in ("mainnet", "testnet")
        settings = Settings(
            wallet=tmp_path / "home" / "wallet.sqlite",
            state_dir=tmp_path / "state",
            network=network.name,
            genesis=None if known else network.genesis_hash.hex(),
            nodes=(f"http://{address}",),
            device=device,
        )
        return Scene(settings)

    return make


def expectation(world: str) -> Expectation:
    """What the first wallet of a world must recover; that is the one of Speculos' default phrase."""
    loaded = bundled.load(world)
    return expect(loaded, loaded.wallets[0].name)


def assert_recovered(wallet: WalletSnapshot, result: RunResult, wanted: Expectation, *, provider_paths: bool) -> None:
    """The wallet is what the world says that a complete recovery must find; `provider_paths`: those were searched."""
    credentials = [c for c in wanted.credentials if provider_paths or c.path == "legacy"]
    got = {
        c.cred_id: (
            c.identity.provider,
            c.identity.index,
            c.counter,
            c.account_address,
            "removed" if c.removed else "active",
            c.credential_index,
            {"can-sign": "own", "partly": "partial", "keys-changed": "changed", "not-checked": None}[c.key_status],
        )
        for c in wallet.credentials
    }
    assert got == {
        c.cred_id: (
            c.provider if c.path == "provider" else None,
            c.identity_index,
            c.counter,
            c.account,
            c.status,
            c.credential_index,
            c.keys,
        )
        for c in credentials
    }
    reached = {c.account for c in credentials if c.status == "active"}
    accounts = {a.address: a for a in wanted.accounts if a.address in reached}
    assert {a.address for a in wallet.accounts} == set(accounts)
    for row in wallet.accounts:
        account, facts = accounts[row.address], row.facts
        assert facts is not None
        assert (row.name, row.signature_threshold) == (account.name, account.threshold)
        assert (facts.account_index, facts.balance, facts.at_disposal, facts.staked, facts.locked) == (
            account.account_index,
            account.total,
            account.available,
            account.staked,
            account.locked,
        )
        assert (facts.in_cooldown, facts.stake_kind, facts.stake_target) == (
            account.cooling_down,
            account.stake or "none",
            account.target,
        )
    used = {(c.provider if c.path == "provider" else None, c.identity_index) for c in credentials}
    assert {(i.key.provider, i.key.index) for i in wallet.identities} == used
    for index in wanted.next_identity_indices:
        family = index.provider if index.path == "provider" else None
        if family in result.next_identity:
            assert result.next_identity[family] == index.identity_index


@pytest.fixture(scope="module", autouse=True)
def _worded_once() -> Iterator[None]:
    with worded_once():
        yield
