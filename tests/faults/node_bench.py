"""Whole recoveries against faulty nodes on virtual time, and the one judge of their results: the world's truth."""

from __future__ import annotations

import functools
import itertools
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from chain.concordium.account import CredentialStatus
from chain.concordium.account_list_cache import AccountListCache
from chain.concordium.channel import Node
from chain.concordium.client import ConcordiumChain
from chain.concordium.networks import TESTNET
from chain.errors import ChainError, PointLost
from emulator.node.state import ChainState
from emulator.node.view import TRUE_VIEW
from emulator.world import derivation
from emulator.world.chain import Chain
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.errors import NodeError
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.model import Cell, CellState, IndexOutcome
from ledger_recovery.recover.policy import ALL_COUNTERS, Mode, ScanPolicy
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.scan import IndexKeys
from ledger_recovery.recover.service import Automatic, Deps, Settings, recover, retry, wallet_view
from ledger_recovery.recover.service.lookup import IndexWork, Lookups
from ledger_recovery.recover.service.pinned import PinnedChain
from ledger_recovery.recover.service.translate import node_error
from ledger_recovery.wallet.model import WalletSnapshot
from tests.faults import node_world, virtual_time
from tests.faults.node_wire import Faults, WireNode
from tests.support.fake_device import FakeDevice, FakeSession


class WorldDevice(FakeDevice):
    """The Ledger with the world's phrase; its keys come from the emulator's derivation."""

    def secret(self, identity: IdentityRef) -> bytes:
        return derivation.slip10(node_world.seed(), derivation.prf_key_path(identity.index, identity.provider))

    def _public_key(self, path: Sequence[int]) -> bytes:
        return _public_key(tuple(path))


@functools.cache
def _public_key(path: tuple[int, ...]) -> bytes:
    return derivation.public_key(derivation.slip10(node_world.seed(), path))


def policy(mode: Mode = Mode.THOROUGH, *, last: int = 0) -> ScanPolicy:
    """The small scan: one provider path, so one key scheme; 25 direct look-ups and those past the hit beyond them."""
    return ScanPolicy(last=last, legacy=False, providers=(node_world.PROVIDER,), mode=mode)


@dataclass
class Scan:
    """What came of one run. `error`: what ended it early. `told`: the event and the virtual second it came."""

    result: RunResult
    error: NodeError | None
    told: list[tuple[float, ev.Event]]
    seconds: float
    wallet: WalletSnapshot

    @property
    def cells(self) -> dict[int, Cell]:
        """By counter, of the first identity."""
        return {c.key.counter: c for o in self.result.outcomes if o.identity.index == 0 for c in o.cells}

    @property
    def flagged(self) -> bool:
        """Whether the person is told: the run failed, cells stayed unknown, sources disagree, or a list was refused."""
        refused = any("account list" in warning for warning in self.result.warnings)
        return self.error is not None or refused or bool(self.result.unknown_cells or self.result.disagreeing_cells)

    def first_told(self, kind: Callable[[ev.Event], bool]) -> float:
        """The second of the first event of a kind."""
        return next(at for at, event in self.told if kind(event))


@dataclass
class Desk:
    """One person's machine and the nodes it knows; `recover` and `retry` run on the running virtual loop."""

    nodes: Sequence[WireNode]
    directory: Path
    mode: Mode = Mode.THOROUGH
    last: int = 0
    connections: int = 1
    cache: AccountListCache | None = None
    device: WorldDevice = field(default_factory=WorldDevice)
    told: list[tuple[float, ev.Event]] = field(default_factory=list)
    _runs: Iterator[int] = field(default_factory=itertools.count)

    async def recover(self) -> Scan:
        wanted = policy(self.mode, last=self.last)
        began = virtual_time.seconds()
        error = None
        try:
            await recover(self._settings, wanted, Automatic(), self._tell, deps=self._deps())
        except NodeError as caught:
            error = caught
        return self._scan(error, began)

    async def retry(self) -> Scan:
        began = virtual_time.seconds()
        error = None
        try:
            await retry(self._settings, Automatic(), self._tell, deps=self._deps())
        except NodeError as caught:
            error = caught
        return self._scan(error, began)

    @property
    def _settings(self) -> Settings:
        return Settings(wallet=self.directory / "wallet.sqlite", state_dir=self.directory / "state", network="testnet")

    def _tell(self, event: ev.Event) -> None:
        self.told.append((virtual_time.seconds(), event))

    def _scan(self, error: NodeError | None, began: float) -> Scan:
        last = self.told[-1][1]
        assert isinstance(last, ev.RunEnded)
        spent = virtual_time.seconds() - began
        return Scan(last.result, error, list(self.told), spent, wallet_view(self._settings))

    def _deps(self) -> Deps:
        timing = virtual_time.timing()

        async def open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
            return cast(DeviceSession, FakeSession(self.device))

        def open_chain(settings: Settings) -> ConcordiumChain:
            return chain_of(self.nodes, connections=self.connections, cache=self.cache)

        return Deps(
            open_chain=open_chain,
            open_device=open_device,
            now=timing.now,
            monotonic=timing.monotonic,
            new_run_id=lambda: f"run{next(self._runs)}",
        )


def chain_of(
    nodes: Sequence[WireNode], *, connections: int = 1, cache: AccountListCache | None = None
) -> ConcordiumChain:
    """The real client over these nodes, on the running loop's clock."""
    timing = virtual_time.timing()
    named = [
        Node(f"node{number}:20000", [node.connect() for _ in range(connections)], timing=timing)
        for number, node in enumerate(nodes, 1)
    ]
    return ConcordiumChain(named, TESTNET, cache=cache, timing=timing)


@functools.cache
def our_keys() -> IndexKeys:
    """The credential IDs of the world's identity."""
    ids = tuple(node_world.our_cred_id(counter) for counter in ALL_COUNTERS)
    return IndexKeys(IdentityRef(0, node_world.PROVIDER), {KeyScheme.PROVIDER_V1: ids})


def wire(faults: Faults = (), chain: Chain | None = None) -> WireNode:
    """A node of the small world on the running loop's clock."""
    clock = virtual_time.timing().monotonic
    state = ChainState(chain or node_world.chain(), lambda: virtual_time.START_MS + round(clock() * 1000))
    return WireNode(state, faults)


@contextmanager
def desk_on(nodes: Sequence[WireNode], mode: Mode = Mode.THOROUGH, last: int = 0) -> Iterator[Desk]:
    """A desk with an empty wallet, in memory: these thousands of runs are about nodes, not about durability."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Desk(nodes, Path(name), mode, last)


def scan(
    *faults: Faults, mode: Mode = Mode.THOROUGH, last: int = 0, prepare: Callable[[Desk], None] = lambda desk: None
) -> tuple[Scan, Sequence[WireNode]]:
    """One whole recovery from an empty wallet; a fault plan for each node."""

    async def scene() -> tuple[Scan, Sequence[WireNode]]:
        nodes = [wire(plan) for plan in faults]
        with desk_on(nodes, mode, last) as desk:
            prepare(desk)
            return await desk.recover(), nodes

    return virtual_time.run(scene)


def look_ups(*faults: Faults, mode: Mode = Mode.THOROUGH) -> tuple[IndexOutcome | NodeError, float]:
    """Pin, look up, list and confirm, as `Run` does it, but without wallet, report and device; and the seconds spent.

    A tenth of a whole scan's cost: for the tests of every fault at every position.
    """

    async def scene() -> tuple[IndexOutcome | NodeError, float]:
        return await ask([wire(plan) for plan in faults], mode), virtual_time.seconds()

    return virtual_time.run(scene)


async def ask(nodes: Sequence[WireNode], mode: Mode = Mode.THOROUGH) -> IndexOutcome | NodeError:
    """`look_ups` on the running virtual loop."""
    return await ask_chain(chain_of(nodes), mode)


async def ask_chain(chain: ConcordiumChain, mode: Mode = Mode.THOROUGH) -> IndexOutcome | NodeError:
    """`look_ups` through any chain client, which is closed."""
    pinned = PinnedChain(chain, uses_list=mode.uses_list, emit=_ignore, on_point=_ignore)
    with Journal(Path("/dev/null"), connect=_in_memory) as journal:
        lookups = Lookups("run", policy(mode), pinned, journal, _ignore)
        try:
            return await _confirmed(pinned, lookups, IndexWork(our_keys()))
        except NodeError as error:
            return error
        finally:
            await pinned.close()


async def _confirmed(pinned: PinnedChain, lookups: Lookups, work: IndexWork) -> IndexOutcome:
    await pinned.pin()
    while True:
        outcome = await lookups.answer(work)
        generation, view = pinned.current
        try:
            await view.confirm()
        except PointLost:
            await pinned.lost(generation)
        except ChainError as error:
            raise node_error(error) from error
        else:
            return outcome


@functools.cache
def questions(nodes: int) -> tuple[int, ...]:
    """How many questions an undisturbed scan puts to each of so many nodes."""
    _, asked = scan(*[[]] * nodes)
    return tuple(len(node.calls) for node in asked)


@functools.cache
def _alike() -> frozenset[int]:
    """The questions for a credential that never existed."""
    _, (node,) = scan([])
    ours = {node_world.our_cred_id(counter) for counter in node_world.OURS}
    return frozenset(call.number for call in node.calls if call.key_kind == "cred_id" and call.key not in ours)


def distinct_questions(stride: int, offset: int = 0) -> list[int]:
    """The questions of an undisturbed scan of one node, but of those that are all alike only each `stride`-th."""
    numbers = range(1, questions(1)[0] + 1)
    return [number for number in numbers if number not in _alike() or (number + offset) % stride == 0]


def judge(found: Scan) -> None:
    """Every cell is right or UNKNOWN, none is missing from a finished index, and the wallet holds nothing untrue."""
    private = found.result.policy.mode is Mode.PRIVATE
    for outcome in found.result.outcomes:
        for cell in outcome.cells:
            # A private search says itself that it sees first credentials only.
            if not private or cell.key.counter not in (node_world.SECOND, node_world.REMOVED):
                judge_cell(cell)
    for row in found.wallet.credentials:
        assert truth(bytes.fromhex(row.cred_id)) is not None, row


def judge_cell(cell: Cell) -> None:
    assert cell.cred_id is not None
    true = truth(cell.cred_id)
    if cell.state is CellState.UNKNOWN:
        assert cell.reason_code and cell.reason, cell
    elif cell.state is CellState.ABSENT:
        assert true is None, f"a false ABSENT: {cell}"
    else:
        assert cell.sighting is not None
        assert (cell.sighting.account.address, cell.sighting.status) == true, f"a false DEPLOYED: {cell}"


@functools.cache
def truth(cred_id: bytes) -> tuple[bytes, CredentialStatus] | None:
    """Address and status as the chain has them, None if the credential never was on it."""
    chain = node_world.chain()
    height = chain.blocks.finalized_height
    account = ChainState(chain, lambda: virtual_time.START_MS).account_by_cred_id(cred_id, height, TRUE_VIEW)
    if account is None:
        return None
    active = any(credential.cred_id == cred_id for credential in account.active(height))
    return account.address, CredentialStatus.ACTIVE if active else CredentialStatus.REMOVED


def _ignore(event: object) -> None:
    """Events and points are the whole service's business."""


def _in_memory(*_: object, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(":memory:", **options)
    return connection
