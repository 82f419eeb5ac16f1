"""[pure] Everything a finished (or stopped) run knows; the one input of the report.

Nothing here can hold a secret: no field for keys, seeds, phrases or passwords exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique

from chain.model import Point
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.model import Cell, CellState, IndexOutcome
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.model import KeyStatus


@unique
class Ending(Enum):
    """Why the walk over the indices ended."""

    RANGE_DONE = "range-done"
    STOPPED_BY_PERSON = "stopped-by-person"
    EMPTY_LIMIT = "empty-limit"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """The Ledger of the run. `fingerprint`: 64 hex pairing key. `transport`: hid, tcp, http or replay."""

    model: str
    app: str
    app_version: str
    wire_format: str
    transport: str
    emulated: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What became of the account list: a count and its source, or the reason why there is none."""

    count: int | None = None
    source: str = ""
    cached: bool = False
    error_code: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run. Times are UTC. `key_checks`: credential ID (48 bytes) -> what the device's public key says of it.

    `changes`: what the reconciler planned; `applied`: whether the wallet took them (False on a dry run).
    `next_identity`: family (None: legacy, else provider) -> next safe index. `failure`: (code, sentence) of the
    error that ended the run, if one did. `warnings`: sentences the person should read (clock, block age, a mode's
    blind spot, mixed key schemes). `next_counters`: used identity -> next safe credential counter (None: none is left).
    `timings_ms`: stage -> milliseconds, when they were measured.
    """

    run_id: str
    started: datetime
    finished: datetime
    tool_version: str
    environment: Mapping[str, str]
    policy: ScanPolicy
    ending: Ending
    network: str
    device: DeviceFacts | None
    point: Point | None
    account_list: ListFacts | None
    outcomes: tuple[IndexOutcome, ...]
    key_checks: Mapping[bytes, KeyStatus] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    applied: bool = False
    next_identity: Mapping[int | None, int] = field(default_factory=dict)
    failure: tuple[str, str] | None = None
    warnings: tuple[str, ...] = ()
    repins: int = 0
    next_counters: Mapping[IdentityRef, int | None] = field(default_factory=dict)
    timings_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def unknown_cells(self) -> tuple[Cell, ...]:
        return tuple(c for o in self.outcomes for c in o.cells if c.state is CellState.UNKNOWN)

    @property
    def disagreeing_cells(self) -> tuple[Cell, ...]:
        return tuple(c for o in self.outcomes for c in o.cells if c.disagreements)
