"""A scripted recovery service for tests of the command line: real events and results, no device, no network.

`install(monkeypatch, scenario)` replaces the service's functions; a scenario is a small object that says what happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from chain.model import Finality, Point
from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.findings import Finding
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.device.udev import UdevRule
from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.recover import events as ev
from ledger_recovery.recover import service
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.model import Basis, Cell, CellState, Disagreement, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.result import DeviceFacts, Ending, RunResult
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet import changes as ch
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    KeyStatus,
    WalletRow,
    WalletSnapshot,
)
from tests.support.cells import account, cell_key, fake_id, sighting

FINGERPRINT = "ab" * 32
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
POINT = Point("testnet", b"\x42" * 32, b"\x99" * 32, 1234, NOW, 2.5, Finality.FINALIZED, ("node.example:20000",))
DEVICE = DeviceInfo("hid:1", "nanosp", 0x5011, "Concordium", "5.1.3", FINGERPRINT, DeviceState.READY, False)
SCREEN = ExpectedScreen(
    title="Recover credentials",
    model="nanosp",
    pages=(("Recover credentials", "ID#0"), ("Accept",)),
    press=("press the right button", "press both buttons"),
    check="ID#0",
)
ADDRESS = encode_address(account([fake_id("own", 0)]).address)


def absent(index: int, counter: int, scheme: KeyScheme = KeyScheme.LEGACY_V1) -> Cell:
    key = cell_key(index, counter, scheme)
    return Cell(key, fake_id(index, scheme.value, counter), CellState.ABSENT, Basis.BOTH, ("node.example:20000",), 1)


def unknown(index: int, counter: int, reason: str = "the node did not answer") -> Cell:
    key = cell_key(index, counter)
    return Cell(key, fake_id(index, counter), tries=3, reason_code="UNAVAILABLE", reason=reason)


def deployed(index: int, counter: int) -> Cell:
    """The credential of ADDRESS; where it stands does not matter."""
    own = fake_id("own", 0)
    return Cell(
        cell_key(index, counter), own, CellState.DEPLOYED, Basis.BOTH, ("node.example:20000",), 1, sighting(own)
    )


def outcome(index: int, *special: Cell, window: int = 25) -> IndexOutcome:
    """A scanned index: `special` cells, all others of both schemes absent; a hit widens its scheme's window."""
    taken = {(c.key.scheme, c.key.counter): c for c in special}
    hits = {c.key.scheme: c.key.counter + 1 for c in special if c.state is CellState.DEPLOYED}
    cells = [
        taken.get((scheme, n), absent(index, n, scheme))
        for scheme in IdentityRef(index).schemes
        for n in range(window + hits.get(scheme, 0))
    ]
    return IndexOutcome(IdentityRef(index), IndexStatus.SCANNED, tuple(cells))


def wallet() -> WalletSnapshot:
    """One Ledger, one placeholder, one account, one credential."""
    key = IdentityKey(FINGERPRINT, None, 0)
    facts = AccountFacts(1234, 7, 1_234_567_890_123, 1_000_000, 5_000_000_000, 0, 0, "validator", None)
    return WalletSnapshot(
        genesis_hash="42" * 32,
        wallets=(WalletRow(FINGERPRINT),),
        identities=(IdentityRow(key, "Recovered: Index 0", IdentityStatus.RECOVERED, 1),),
        accounts=(AccountRow(ADDRESS, ADDRESS[:8], key, facts=facts),),
        credentials=(CredentialRow(fake_id("own", 0).hex(), ADDRESS, key, 3, 0, key_status=KeyStatus.CAN_SIGN),),
    )


def as_changes(snapshot: WalletSnapshot) -> tuple[ch.Change, ...]:
    return (
        *(ch.AddIdentity(r) for r in snapshot.identities),
        *(ch.AddAccount(r) for r in snapshot.accounts),
        *(ch.AddCredential(r) for r in snapshot.credentials),
    )


def result(*outcomes: IndexOutcome, ending: Ending = Ending.RANGE_DONE) -> RunResult:
    found = any(o.used for o in outcomes)
    return RunResult(
        run_id="0011223344556677",
        started=NOW,
        finished=NOW,
        tool_version="0.1.0",
        environment={},
        policy=ScanPolicy(last=1, mode=Mode.DIRECT),
        ending=ending,
        network="testnet",
        device=DeviceFacts("nanosp", "Concordium", "5.1.3", "v5", "hid", False, FINGERPRINT),
        point=POINT,
        account_list=None,
        outcomes=outcomes,
        changes=as_changes(wallet()) if found else (),
        applied=True,
        next_identity={None: 1 if found else 0},
        warnings=("the clock is odd",),
    )


@dataclass
class Scenario:
    """What the service does. `failure`: raised at the end of a run; `early`: raised before anything was told."""

    outcomes: tuple[IndexOutcome, ...] = (outcome(0, deployed(0, 3)), outcome(1))
    failure: BaseException | None = None
    early: BaseException | None = None
    ending: Ending = Ending.RANGE_DONE
    notices: tuple[Notice, ...] = ()
    devices: tuple[DeviceInfo, ...] = (DEVICE,)
    findings: list[tuple[Finding, ...]] = field(default_factory=lambda: [(Finding("usb", True, "all is well"),)])
    address: str = ADDRESS
    runs: tuple[RunRecord, ...] = ()
    statement: str = "Complete: identities 0-1 on testnet: 1 account found, 0 unknown."
    seen: list[Settings] = field(default_factory=list)
    policies: list[ScanPolicy] = field(default_factory=list)
    run_ids: list[str | None] = field(default_factory=list)
    dry: list[bool] = field(default_factory=list)
    written: list[UdevRule] = field(default_factory=list)

    async def recover(
        self,
        settings: Settings,
        policy: ScanPolicy,
        person: service.Person,
        emit: ev.Emit,
        *,
        dry_run: bool = False,
        deps: object = None,
    ) -> RunResult:
        self.policies.append(policy)
        self.dry.append(dry_run)
        return self._run("recover", settings, emit, dry_run=dry_run)

    async def resume(
        self, settings: Settings, person: service.Person, emit: ev.Emit, *, run_id: str | None = None
    ) -> RunResult:
        self.run_ids.append(run_id)
        return self._run("resume", settings, emit)

    async def retry(
        self, settings: Settings, person: service.Person, emit: ev.Emit, *, run_id: str | None = None
    ) -> RunResult:
        self.run_ids.append(run_id)
        return self._run("retry", settings, emit)

    def _run(self, kind: str, settings: Settings, emit: ev.Emit, *, dry_run: bool = False) -> RunResult:
        self.seen.append(settings)
        if self.early is not None:
            raise self.early
        ended = replace(result(*self.outcomes, ending=self.ending), applied=not dry_run)
        for event in self.events(kind, ended):
            emit(event)
        if self.failure is not None:
            raise self.failure
        return ended

    def events(self, kind: str, ended: RunResult) -> Sequence[ev.Event]:
        told: list[ev.Event] = [ev.RunBegan(ended.run_id, kind, "testnet"), ev.Pinned(POINT)]
        told += [ev.DeviceNoticed(n) for n in self.notices]
        told += [ev.DeviceReady(DEVICE), ev.ListProgress(30_000), ev.ListReady(50_000, "node.example:20000", False)]
        for one in ended.outcomes:
            told += [ev.ApprovalExpected(one.identity, SCREEN), ev.ApprovalSettled(one.identity, True)]
            told += [ev.CellsAnswered(one.identity, one.cells), ev.IndexConcluded(one)]
        lines = tuple(c.describe() for c in ended.changes)
        told += [ev.KeyChecked(fake_id("own", 0), ADDRESS, KeyStatus.CAN_SIGN), ev.ChangesPlanned(lines, ())]
        told += [ev.ChangesApplied(len(lines))] if ended.applied else []
        told += [ev.RunEnded(ended, self.statement, "/reports/report-1.json")]
        return told

    async def list_devices(self, extra_paths: Sequence[str] = ()) -> tuple[DeviceInfo, ...]:
        return self.devices

    async def doctor(self, settings: Settings) -> tuple[Finding, ...]:
        self.seen.append(settings)
        return self.findings.pop(0) if len(self.findings) > 1 else self.findings[0]

    async def verify_address(self, settings: Settings, what: str, person: service.Person) -> str:
        if self.early is not None:
            raise self.early
        person.expect(SCREEN)
        person.settled(True)
        return self.address

    def status(self, settings: Settings) -> service.StatusView:
        return service.StatusView(
            runs=self.runs,
            resumable=next((r for r in self.runs if not r.ending), None),
            retriable=next((r for r in self.runs if r.unknown), None),
            wallet=wallet(),
        )

    def install_udev_rule(self, rule: UdevRule) -> str:
        self.written.append(rule)
        return rule.file


def record(run_id: str = "0011223344556677", **more: object) -> RunRecord:
    base = RunRecord(run_id, NOW, "testnet", "42" * 32, ScanPolicy(last=1), fingerprint=FINGERPRINT)
    return replace(base, **more)  # type: ignore[arg-type]  # the fields of RunRecord, by name


def scenario(name: str) -> Scenario:
    """A fresh scenario by its name in the transcripts."""
    unclear = outcome(0, deployed(0, 3), unknown(0, 5), unknown(0, 7))
    named = {
        "found": Scenario(),
        "unknown": Scenario(outcomes=(unclear,), statement="Not complete: 2 cells are unknown."),
        "disagree": Scenario(outcomes=(outcome(0, _disagreeing()),), statement="Not complete: sources disagree."),
        "early": Scenario(early=_error("NoDevice", "no Ledger is connected", "connect it")),
        "locked": Scenario(early=_error("DeviceLocked", "the Ledger is locked", "enter its PIN")),
        "wrong-app": Scenario(early=_error("WrongApp", "Bitcoin is open", "open Concordium")),
        "dead-node": Scenario(failure=_error("NodeError", "node.example did not answer", "try another --node")),
        "defect": Scenario(early=KeyError("glory promote mansion")),
        "stopped": Scenario(failure=KeyboardInterrupt(), ending=Ending.CANCELLED),
        "no-devices": Scenario(devices=()),
        "two-devices": Scenario(devices=(DEVICE, replace(DEVICE, path="hid:2", model="stax", fingerprint="cd" * 32))),
        "sick": Scenario(findings=[(_SICK,)]),
        "recovering": Scenario(findings=[(_SICK,), (_SICK,), (Finding("usb", True, "all is well"),)]),
        "unfinished": Scenario(runs=(record(), record("8899aabbccddeeff", ending="range-done", unknown=4))),
        "hostile": Scenario(
            outcomes=(outcome(0, unknown(0, 1, "\x1b[2Jpwned\r\n\u202eevil")),),
            notices=(Notice(DeviceState.WRONG_APP, "\x1b]0;title\x07Bitcoin", "close it"),),
            statement="Not complete.",
        ),
    }
    return named[name]


def install(monkeypatch: pytest.MonkeyPatch, script: Scenario) -> Scenario:
    """Put the scenario in the service's place for one test."""
    for name in ("recover", "resume", "retry", "doctor", "verify_address", "status", "install_udev_rule"):
        monkeypatch.setattr(service, name, getattr(script, name))
    monkeypatch.setattr(service, "devices", script.list_devices)
    monkeypatch.setattr(service, "wallet_view", lambda settings: wallet())
    return script


def _error(kind: str, sentence: str, hint: str) -> LedgerRecoveryError:
    import ledger_recovery.errors as errors

    made: LedgerRecoveryError = getattr(errors, kind)(sentence, hint)
    return made


def _disagreeing() -> Cell:
    said = Disagreement("node.example:20000", "absent", "account list", "deployed")
    return replace(deployed(0, 3), disagreements=(said,))


_SICK = Finding(
    "no-permission", False, "this user may not use /dev/hidraw3", "Run: ledger-recovery doctor --install-udev"
)
