"""One run from the first question to the report: recover, resume and retry are this, with more or less known.

Order: pinned block, device, walk, look-ups settled, the block confirmed once more, keys checked, wallet, report.
Whatever ends a run early, what was confirmed is in the journal and the wallet, and the report says how far it got.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from chain.errors import ChainError, PointLost
from chain.model import Point
from ledger_recovery.derive.commitment import commitment_base
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.errors import DeviceError
from ledger_recovery.recover.events import Emit, Event, RunBegan, Warned
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.model import IndexOutcome
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.recover.result import DeviceFacts, Ending, RunResult
from ledger_recovery.recover.service.deps import Deps
from ledger_recovery.recover.service.device_side import DeviceSide
from ledger_recovery.recover.service.ending import to_its_end
from ledger_recovery.recover.service.finish import finish
from ledger_recovery.recover.service.lookup import IndexWork, Lookups
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.pinned import PinnedChain
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.stopwatch import Stage, Stopwatch
from ledger_recovery.recover.service.translate import node_error
from ledger_recovery.recover.service.walk import Walk
from ledger_recovery.recover.service.wallet_side import WalletSide, contiguous
from ledger_recovery.wallet.model import KeyStatus

OLD_BLOCK_SECONDS = 60.0
PRIVATE_BLIND_SPOT = (
    "private mode reads the list of all accounts, then asks only for the accounts found, by their addresses, which the "
    "node thereby sees together; a credential of yours that joined an account later, as its second or a further "
    "credential, cannot be seen this way"
)


@dataclass(slots=True)
class Run:
    """A run under way. `record`: what the journal knew of it when it began; `kind`: recover, resume or retry."""

    kind: str
    record: RunRecord
    settings: Settings
    deps: Deps
    person: Person
    sink: Emit
    journal: Journal
    wallet: WalletSide
    pinned: PinnedChain
    device: DeviceSide
    stopwatch: Stopwatch
    warnings: list[str] = field(default_factory=list)
    key_checks: dict[bytes, KeyStatus] = field(default_factory=dict)
    facts: DeviceFacts | None = None
    walk: Walk | None = None
    taken: int = 0

    async def go(self) -> RunResult:
        """Do it all.

        :raises LedgerRecoveryError: what ended the run; the report was made and `RunEnded` was told before.
        """
        self.emit(RunBegan(self.record.run_id, self.kind, self.record.network))
        return await to_its_end(self._work, self._close, partial(finish, self))

    def emit(self, event: Event) -> None:
        """Pass an event on; warnings are kept for the report."""
        if isinstance(event, Warned):
            self.warnings.append(event.text)
        self.sink(event)

    def findings(self, outcomes: Sequence[IndexOutcome]) -> Findings | None:
        """What these outcomes say; None while it is not known whose Ledger they are of, or at which block."""
        if self.facts is None or not self.pinned.generation:
            return None
        point = self.pinned.current[1].point
        return Findings(
            fingerprint=self.facts.fingerprint,
            genesis_hash=point.genesis_hash.hex(),
            height=point.height,
            outcomes=tuple(outcomes),
            key_checks=self.key_checks,
        )

    def take(self, outcomes: Sequence[IndexOutcome]) -> None:
        """Reconcile these outcomes with the wallet."""
        findings = self.findings(outcomes)
        if findings is not None:
            self.wallet.take(findings)

    async def _work(self) -> Ending:
        self.key_checks.update(self.record.key_checks)
        self.facts = self.record.device
        old = self.record.point
        with self.stopwatch.stage(Stage.PIN):
            point = await self.pinned.pin(old.block_hash if old is not None else None)
        self._warn_of(point)
        walk = self._new_walk(commitment_base(point.commitment_key))
        self._take_up(walk, same_block=old is not None and old.block_hash == point.block_hash)
        ending = Ending.RANGE_DONE
        if self.kind != "retry":
            if self._needs_device(walk):
                await self._connect(walk)
            ending = await walk.run()
        await walk.settle()
        await self._confirm(walk)
        self.stopwatch.answered()
        with self.stopwatch.stage(Stage.KEY_CHECKS):
            await self._check_keys(walk)
        return ending

    def _warn_of(self, point: Point) -> None:
        self.wallet.require_network(point.genesis_hash.hex())
        if point.age_seconds > OLD_BLOCK_SECONDS:
            told = f"the pinned block was {point.age_seconds:.0f} s old; accounts made since then are not seen"
            self.emit(Warned(told))
        if self.record.policy.mode is Mode.PRIVATE:
            self.emit(Warned(PRIVATE_BLIND_SPOT))

    def _new_walk(self, g: bytes) -> Walk:
        run_id, policy = self.record.run_id, self.record.policy
        self.walk = Walk(
            run_id=run_id,
            policy=policy,
            device=self.device,
            lookups=Lookups(run_id, policy, self.pinned, self.journal, self.emit),
            journal=self.journal,
            person=self.person,
            emit=self.emit,
            g=g,
            known=self.wallet.known_counters(self.record.fingerprint),
            on_concluded=self._take_concluded,
        )
        return self.walk

    def _take_up(self, walk: Walk, *, same_block: bool) -> None:
        """Go on where the journal stands: no approval for indices whose credential IDs are known.

        A retry keeps declined indices as they are; a resumed run asks for them again.
        """
        for index in self.record.indices:
            if index.keys is not None:
                work = IndexWork(index.keys)
                if same_block:
                    index.evidence.forget_unanswered()
                    work.evidence, work.generation = index.evidence, self.pinned.generation
                walk.begin(work)
            elif self.kind == "retry":
                walk.conclude_without_keys(index.identity, index.status)

    def _needs_device(self, walk: Walk) -> bool:
        """A resumed run whose every index is approved needs the Ledger no more; all others do."""
        policy = self.record.policy
        if policy.last is None:
            return True
        wanted = (IdentityRef(i, f) for f in policy.families for i in range(policy.first, policy.last + 1))
        return any(i not in walk.stations for i in wanted)

    async def _connect(self, walk: Walk, *, wait: bool = True) -> None:
        self.facts = await self.device.connect(self.record.fingerprint, self.wallet.fingerprints(), wait=wait)
        self.journal.set_device(self.record.run_id, self.facts)
        walk.known = self.wallet.known_counters(self.facts.fingerprint)

    def _take_concluded(self) -> None:
        """Commit newly concluded indices in walk order, one transaction each time."""
        if self.walk is None or self.wallet.dry_run:
            return
        ready = contiguous({i: s.outcome for i, s in self.walk.stations.items()})
        if len(ready) > self.taken:
            self.taken = len(ready)
            self.take(ready)

    async def _confirm(self, walk: Walk) -> None:
        """Every negative rests on the nodes still knowing the block; if not, all is asked again at another."""
        while True:
            generation, view = self.pinned.current
            try:
                await view.confirm()
            except PointLost:
                await self.pinned.lost(generation)
            except ChainError as error:
                raise node_error(error) from error
            stale = walk.stale(self.pinned.generation)
            if not stale:
                return
            for work in stale:
                walk.begin(work)
            await walk.settle()

    async def _check_keys(self, walk: Walk) -> None:
        cells = [c for o in walk.outcomes() for c in o.deployed if c.cred_id not in self.key_checks]
        if not any(c.sighting is not None and c.sighting.credential is not None for c in cells):
            return
        if not self.device.connected and not await self._connect_for_checks(walk):
            return
        for cred_id, status in (await self.device.check_keys(cells)).items():
            self.key_checks[cred_id] = status
            self.journal.store_key_check(self.record.run_id, cred_id, status)

    async def _connect_for_checks(self, walk: Walk) -> bool:
        """A run whose approvals are all given has not met the Ledger again; comparing keys is silent on it.

        Nobody is made to wait for it: a Ledger that is not there, or locked, leaves the keys not compared.
        """
        try:
            await self._connect(walk, wait=False)
        except DeviceError as error:
            self.emit(Warned(f"the signing keys could not be compared: {error.sentence}"))
            return False
        return True

    async def _close(self) -> None:
        if self.walk is not None:
            await self.walk.cancel()
        await self.device.close()
        await self.pinned.close()
