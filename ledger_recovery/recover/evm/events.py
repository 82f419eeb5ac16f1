"""[pure] What an EVM run tells while it goes on: its own events, and those that every run has.

As in `recover.events`, no event has a field for a key, an extended key or a chain code, nor for a node's URL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ClassVar

from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.schemes import path_text
from ledger_recovery.recover.events import (
    ApprovalExpected,
    ApprovalSettled,
    ChangesApplied,
    ChangesPlanned,
    DeviceNoticed,
    DeviceReady,
    Json,
    Pinned,
    RunBegan,
    Warned,
    value_json,
)
from ledger_recovery.recover.evm.model import Place, Use
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.walk import Stop


@dataclass(frozen=True, slots=True)
class ChainFailed:
    """A chain of which nothing can be known in this run. `source`: its node, host and port only.

    `chain`: its name, "" when its node never told which chain it is on.
    """

    name: ClassVar[str] = "chain-failed"
    source: str
    code: str
    reason: str
    chain: str = ""


@dataclass(frozen=True, slots=True)
class PlacesDerived:
    """The Ledger's keys gave the addresses of indices `first` to `last` of a scheme; they are durable."""

    name: ClassVar[str] = "places-derived"
    scheme: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PlacesAnswered:
    """What all chains together say of some indices of a scheme; each answer is durable."""

    name: ClassVar[str] = "places"
    scheme: str
    uses: tuple[tuple[int, Use], ...]


@dataclass(frozen=True, slots=True)
class SchemeEnded:
    """The walk of a scheme is over. `how_to_go_on`: what would search further."""

    name: ClassVar[str] = "scheme-ended"
    scheme: str
    stop: Stop
    how_to_go_on: str


@dataclass(frozen=True, slots=True)
class SmartAccountsLooked:
    """A chain was searched for smart accounts of some owners. `unanswered`: addresses without an answer."""

    name: ClassVar[str] = "smart-accounts"
    chain: str
    owners: int
    asked: int
    found: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class AddressFound:
    """The address that was searched for is this place."""

    name: ClassVar[str] = "address-found"
    place: Place


@dataclass(frozen=True, slots=True)
class AddressShown:
    """The person compared an address on the Ledger's screen. `confirmed`: and found it right."""

    name: ClassVar[str] = "address-shown"
    place: Place
    confirmed: bool


@dataclass(frozen=True, slots=True)
class EvmRunEnded:
    """The last event. `report_path`: where the signed report lies."""

    name: ClassVar[str] = "evm-run-ended"
    result: EvmResult
    statement: str
    report_path: str


OwnEvmEvent = (
    ChainFailed
    | PlacesDerived
    | PlacesAnswered
    | SchemeEnded
    | SmartAccountsLooked
    | AddressFound
    | AddressShown
    | EvmRunEnded
)
SharedEvent = (
    RunBegan
    | Pinned
    | Warned
    | DeviceNoticed
    | DeviceReady
    | ApprovalExpected
    | ApprovalSettled
    | ChangesPlanned
    | ChangesApplied
)
EvmEvent = SharedEvent | OwnEvmEvent
EvmEmit = Callable[[EvmEvent], None]


def to_json(event: EvmEvent) -> dict[str, Json]:
    """The event as a flat JSON object (docs/json.md); addresses as people write them."""
    out: dict[str, Json] = {"event": event.name}
    match event:
        case PlacesAnswered(scheme, found):
            states = {use.value: [i for i, u in found if u is use] for use in Use}
            return out | {"scheme": scheme, **{name: list[Json](indices) for name, indices in states.items()}}
        case AddressFound(place):
            return out | place_json(place)
        case AddressShown(place, confirmed):
            return out | place_json(place) | {"confirmed": confirmed}
        case EvmRunEnded(result, statement, report_path):
            return out | {"exit": result.ending.value, "statement": statement, "report_path": report_path}
        case SchemeEnded(scheme, stop, how):
            return out | {
                "scheme": scheme,
                "reason": stop.reason.value,
                "last": stop.last,
                "unknown": list(stop.unknown),
                "how_to_go_on": how,
            }
    return out | {field.name: value_json(getattr(event, field.name)) for field in fields(event)}


def place_json(place: Place) -> dict[str, Json]:
    return {
        "scheme": place.scheme,
        "index": place.index,
        "path": path_text(place.path),
        "address": checksum(place.address),
    }
