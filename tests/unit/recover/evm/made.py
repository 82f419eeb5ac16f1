"""Answers, places and results for tests of the EVM core."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chain.errors import NodeUnavailable
from chain.evm.account import EvmAccount, Kind
from chain.evm.smart_model import SmartAccount
from chain.model import Finality, Point, Presence, Sighting, Unanswered
from ledger_recovery.derive.evm.schemes import STANDARD, Scheme
from ledger_recovery.recover.evm.model import AddressOutcome, Answer, Place
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.result import ChainFacts, EvmResult
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.result import DeviceFacts, Ending

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEVICE = DeviceFacts("Nano S Plus", "Ethereum", "1.23.0", "", "tcp", True, "ab" * 32)


def address(number: int) -> bytes:
    return number.to_bytes(20, "big")


def there(number: int, *, nonce: int | None = 0, balance: int = 0, kind: Kind = Kind.EOA) -> Answer:
    size = {Kind.EOA: 0, Kind.CONTRACT: 90}.get(kind, 23)
    return Sighting(address(number), Presence.DEPLOYED, EvmAccount(kind, nonce, balance, size), ("node:1",))


def absent(number: int) -> Answer:
    return Sighting(address(number), Presence.ABSENT, None, ("node:1",))


def silent(number: int) -> Answer:
    return Unanswered(address(number), NodeUnavailable("the node did not answer", code="TIMEOUT", source="node:1"))


def place(number: int, scheme: Scheme = STANDARD[0], index: int | None = None) -> Place:
    at = number if index is None else index
    return Place(scheme.name, at, scheme.path(at), address(number))


def smart(owner: int, number: int, presence: Presence = Presence.DEPLOYED) -> SmartAccount:
    account = EvmAccount(Kind.CONTRACT, 1, 5, 90)
    return SmartAccount(address(number), presence, "Safe 1.4.1", address(owner), 0, (address(owner),), account)


def chain(chain_id: int = 1, name: str = "ethereum", **more: object) -> ChainFacts:
    point = Point(name, b"\x01" * 32, b"\x02" * 32, 100 + chain_id, NOW, 12.0, Finality.FINALIZED, ("node:1",))
    facts: dict[str, object] = {"confirmed": True, "way": "one call for hundreds of addresses", **more}
    return ChainFacts(chain_id, name, "node:1", facts.pop("point", point), **facts)  # type: ignore[arg-type]


def result(
    outcomes: Mapping[bytes, AddressOutcome],
    places: tuple[Place, ...],
    *,
    policy: EvmPolicy | None = None,
    chains: tuple[ChainFacts, ...] | None = None,
    stops: Mapping[str, Stop] | None = None,
    **more: object,
) -> EvmResult:
    policy = policy or EvmPolicy(schemes=(STANDARD[0],))
    done = {scheme.name: Stop(StopReason.GAP, 24) for scheme in policy.schemes}
    values: dict[str, object] = {"ending": Ending.RANGE_DONE, "device": DEVICE, **more}
    return EvmResult(
        run_id="run-1",
        started=NOW,
        finished=NOW,
        tool_version="0.1.0",
        environment={"python": "3.11"},
        policy=policy,
        chains=(chain(),) if chains is None else chains,
        places=places,
        outcomes=outcomes,
        stops=done if stops is None else stops,
        **values,  # type: ignore[arg-type]
    )
