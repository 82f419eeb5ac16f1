"""[pure] What a run tells while it goes on. The command line, the web pages and the tests read the same events.

An event never holds a secret: no field for keys, seeds or passwords exists. `to_json` gives the documented form of
`--json` streams: a flat object with "event" and the fields (bytes as hex, enums by value).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import ClassVar

from chain.model import Point
from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover.model import Cell, CellState, IndexOutcome
from ledger_recovery.recover.policy import StopAdvice
from ledger_recovery.recover.result import RunResult
from ledger_recovery.wallet.model import KeyStatus


@dataclass(frozen=True, slots=True)
class RunBegan:
    """A run (new, resumed or retried) began. `kind`: recover, resume or retry."""

    name: ClassVar[str] = "run-began"
    run_id: str
    kind: str
    network: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A finalized block was pinned; `again` when an earlier one was lost and everything is asked anew."""

    name: ClassVar[str] = "pinned"
    point: Point
    again: bool = False


@dataclass(frozen=True, slots=True)
class Warned:
    """A sentence that the person should read; it also stands in the report."""

    name: ClassVar[str] = "warned"
    text: str


@dataclass(frozen=True, slots=True)
class ListProgress:
    name: ClassVar[str] = "list-progress"
    count: int


@dataclass(frozen=True, slots=True)
class ListReady:
    name: ClassVar[str] = "list-ready"
    count: int
    source: str
    cached: bool


@dataclass(frozen=True, slots=True)
class ListFailed:
    name: ClassVar[str] = "list-failed"
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceNoticed:
    """The device's state changed: one sentence, one action."""

    name: ClassVar[str] = "device"
    notice: Notice


@dataclass(frozen=True, slots=True)
class DeviceReady:
    name: ClassVar[str] = "device-ready"
    device: DeviceInfo


@dataclass(frozen=True, slots=True)
class ApprovalExpected:
    """The device now shows these texts; the person compares `screen.check` and approves or declines there."""

    name: ClassVar[str] = "approval-expected"
    identity: IdentityRef | None
    screen: ExpectedScreen


@dataclass(frozen=True, slots=True)
class ApprovalSettled:
    name: ClassVar[str] = "approval-settled"
    identity: IdentityRef | None
    approved: bool


@dataclass(frozen=True, slots=True)
class CellsAnswered:
    """Some cells of an index got an answer (or stayed unknown); each is durable already."""

    name: ClassVar[str] = "cells"
    identity: IdentityRef
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class IndexConcluded:
    name: ClassVar[str] = "index-concluded"
    outcome: IndexOutcome


@dataclass(frozen=True, slots=True)
class StopSuggested:
    name: ClassVar[str] = "stop-suggested"
    advice: StopAdvice


@dataclass(frozen=True, slots=True)
class KeyChecked:
    """The device's public key was compared with a credential's keys on chain."""

    name: ClassVar[str] = "key-checked"
    cred_id: bytes
    address: str
    status: KeyStatus


@dataclass(frozen=True, slots=True)
class ChangesPlanned:
    """The lines of a dry run; `conflicts` are told and not applied."""

    name: ClassVar[str] = "changes"
    lines: tuple[str, ...]
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangesApplied:
    name: ClassVar[str] = "applied"
    rows: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last event. `report_path`: where the signed report lies, empty when none was asked for."""

    name: ClassVar[str] = "run-ended"
    result: RunResult
    statement: str
    report_path: str


Event = (
    RunBegan
    | Pinned
    | Warned
    | ListProgress
    | ListReady
    | ListFailed
    | DeviceNoticed
    | DeviceReady
    | ApprovalExpected
    | ApprovalSettled
    | CellsAnswered
    | IndexConcluded
    | StopSuggested
    | KeyChecked
    | ChangesPlanned
    | ChangesApplied
    | RunEnded
)

Emit = Callable[[Event], None]

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_json(event: Event) -> dict[str, Json]:
    """The event as a flat JSON object (docs/json.md); credential IDs of cells that are not deployed are left out."""
    out: dict[str, Json] = {"event": event.name}
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, RunResult):
            out["exit"] = value.ending.value
            continue
        out[field.name] = value_json(value)
    return out


def cell_json(cell: Cell) -> dict[str, Json]:
    """One cell; the ID only when it is deployed (an unused ID would link future accounts to this person)."""
    out: dict[str, Json] = {
        "identity": cell.key.identity.index,
        "provider": cell.key.identity.provider,
        "scheme": cell.key.scheme.value,
        "counter": cell.key.counter,
        "state": cell.state.value,
        "basis": cell.basis.value,
        "sources": list(cell.sources),
    }
    if cell.state is CellState.UNKNOWN:
        out |= {"reason_code": cell.reason_code, "reason": cell.reason}
    if cell.sighting is not None and cell.cred_id is not None:
        out |= {
            "cred_id": cell.cred_id.hex(),
            "account": encode_address(cell.sighting.account.address),
            "status": cell.sighting.status.value,
        }
    if cell.disagreements:
        out["disagreements"] = [f"{d.source}: {d.said}; {d.other}: {d.other_said}" for d in cell.disagreements]
    return out


def value_json(value: object) -> Json:
    """A field's value: bytes as hex, enums by value, dataclasses as objects."""
    match value:
        case Cell():
            return cell_json(value)
        case IndexOutcome():
            return {
                "identity": value.identity.index,
                "provider": value.identity.provider,
                "status": value.status.value,
                "deployed": len(value.deployed),
                "unknown": len(value.unknown),
                "asked": len(value.cells),
                "empty": value.empty,
            }
        case bytes():
            return value.hex()
        case datetime():
            return value.isoformat()
        case DeviceState():
            return value.value
        case Enum():
            return str(value.value)
        case tuple() | list():
            return [value_json(v) for v in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            names = [f.name for f in fields(value)]  # type: ignore[arg-type]  # every other payload is a dataclass
            return {n: value_json(getattr(value, n)) for n in names}
