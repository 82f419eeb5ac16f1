"""A guide of the EVM family in memory: a Ledger of the emulator's own arithmetic, chains on loopback, real journal."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chain.connect import open_evm_chain
from chain.evm.client import EvmChain
from ledger_recovery.derive.evm.address import checksum, parse_address
from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.ethereum import EvmExtendedKey
from ledger_recovery.device.apps.evm_screens import address_screen
from ledger_recovery.device.interaction import DeviceState, Interaction
from ledger_recovery.device.states import notice_of
from ledger_recovery.errors import Declined, LedgerRecoveryError
from ledger_recovery.recover.service import Settings
from ledger_recovery.recover.service.evm import EvmDeps, EvmSettings
from ledger_recovery.web.model.state import Family, GuideState
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.session import GuideOptions, GuideSession
from tests.support.evm_runs import QUICK, MemoryLedger
from tests.unit.web.conftest import say

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/evm/ethereum-vectors.json").read_text("utf-8"))
ADDRESSES = {
    scheme: [parse_address(text) for text in found]
    for scheme, found in VECTORS["seeds"]["speculos_default"]["addresses"].items()
}
"""Of the Ledger in memory, by scheme and index."""


@dataclass
class EvmLedger(MemoryLedger):
    """`obstacles`: told before the app is ready, one after the other. `decisions`: what a person does on its screen.

    `gate`: set while it answers; a test that clears it holds the run where it is. `faults`: raised by the next keys.
    """

    obstacles: list[DeviceState] = field(default_factory=list)
    faults: list[LedgerRecoveryError] = field(default_factory=list)
    decisions: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    interaction: Interaction | None = None
    _left: int | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    def stop_after(self, keys: int) -> None:
        """Give so many keys and no more, until `gate` is set again."""
        self._left = keys

    @property
    def stopped(self) -> bool:
        """Whether a key is being waited for that it does not give."""
        return not self.gate.is_set()

    async def open(self, settings: EvmSettings, interaction: Interaction, pinned: str | None, wait: bool) -> EvmLedger:
        await super().open(settings, interaction, pinned, wait)
        self.interaction = interaction
        return self

    async def ready(self) -> OpenApp:
        person = self._person()
        while self.obstacles:
            state = self.obstacles.pop(0)
            person.notice(notice_of(state, app="Ethereum"))
            if state is DeviceState.DASHBOARD and not await person.may_open_app("Ethereum"):
                await asyncio.Event().wait()
        person.notice(notice_of(DeviceState.READY, "Ethereum 1.23.0 is open"))
        return await super().ready()

    async def extended_key(self, path: Sequence[int]) -> EvmExtendedKey:
        if self._left == 0:
            self._left = None
            self.gate.clear()
        self._left = None if self._left is None else self._left - 1
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        return await super().extended_key(path)

    async def show_address(self, path: Sequence[int], address: bytes, chain_id: int | None = None) -> None:
        person = self._person()
        person.expect(address_screen("nanosp", "Ethereum", checksum(address), chain_id))
        approved = await self.decisions.get()
        person.settled(approved)
        if not approved:
            raise Declined("the person declined", "")
        self.shown.append(address)

    def _person(self) -> Interaction:
        assert self.interaction is not None
        return self.interaction


@dataclass
class EvmGuide:
    """One person's machine. `start` is a start of the program; `rpc`: what it is started with."""

    home: Path
    rpc: tuple[str, ...]
    ledger: EvmLedger = field(default_factory=EvmLedger)
    sessions: list[GuideSession] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    @property
    def wallet(self) -> Path:
        return self.home / "w" / "wallet.sqlite"

    @property
    def settings(self) -> EvmSettings:
        return EvmSettings(Settings(self.wallet, self.home / "state"), self.rpc)

    def deps(self) -> EvmDeps:
        return EvmDeps(
            open_chain=_quick_chain,
            open_device=self.ledger.open,
            now=lambda: datetime(2026, 1, 1, 12, 0, next(self._ids) % 60, tzinfo=UTC),
            monotonic=lambda: float(next(self._ids)),
            new_run_id=lambda: f"run{next(self._ids):04}",
        )

    async def start(self) -> GuideSession:
        options = GuideOptions(self.home / "saved", family=Family.EVM)
        settings = self.settings
        session = GuideSession(settings.base, options, hub=Hub(), evm=settings, evm_deps=self.deps())
        self.sessions.append(session)
        await session.open()
        return session

    def killed(self, *rpc: str) -> EvmGuide:
        """What a kill at this moment leaves: the files as they are now, the same Ledger, and no more.

        :param rpc: what the program is started with afterwards; as before when left out.
        """
        copy = self.home.with_name(f"{self.home.name}-after-kill")
        shutil.copytree(self.home, copy, ignore=shutil.ignore_patterns("*-shm"))
        ledger = EvmLedger(self.ledger.fingerprint_text, self.ledger.phrase)
        return EvmGuide(copy, rpc or self.rpc, ledger, self.sessions, self._ids)

    def written(self) -> bytes:
        """All that lies on this machine's disk."""
        return b"".join(path.read_bytes() for path in self.home.rglob("*") if path.is_file())


def _quick_chain(settings: EvmSettings, url: str) -> EvmChain:
    return open_evm_chain(url, networks_file=settings.networks, timing=QUICK)


async def to_the_search(session: GuideSession) -> None:
    """The answers of a first run: this Ledger, these chains."""
    await say(session, "yes")
    await say(session, "yes")


def heard(session: GuideSession) -> list[GuideState]:
    """Every state from now on, in order."""
    states: list[GuideState] = []
    keep = session.hub.on_change
    assert keep is not None

    def hear(old: GuideState, new: GuideState) -> None:
        states.append(new)
        keep(old, new)

    session.hub.on_change = hear
    return states


def steps_of(states: list[GuideState]) -> list[str]:
    """The codes that were shown, each once for as long as it stood."""
    return [code for code, _ in itertools.groupby(state.step.code for state in states)]
