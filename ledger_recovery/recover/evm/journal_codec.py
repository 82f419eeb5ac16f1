"""[pure] What the EVM journal keeps of a run, as frozen records, and their text forms.

Extended keys and chain codes have no field: with them anybody could list all of a person's addresses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chain.evm.account import ADDRESS_SIZE, EvmAccount, Kind
from chain.model import Point, Presence, Sighting, Unanswered
from ledger_recovery.derive.evm.schemes import STANDARD, Scheme, scheme
from ledger_recovery.errors import InputError
from ledger_recovery.recover import journal_codec as shared
from ledger_recovery.recover.evm.model import AddressOutcome, Answer, Place
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.result import DeviceFacts

_STANDARD = {known.name: known for known in STANDARD}
_NUMBERS = ("gap", "cap", "dust_reach", "patience", "smart_accounts")


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """One chain of a run: `label` is the node as host[:port]; `point` the block that all its answers are of."""

    chain_id: int
    label: str
    point: Point


@dataclass(frozen=True, slots=True)
class EvmRunRecord:
    """One run as journaled; `ending` is empty while the run is unfinished.

    `unknown`: addresses open when it ended. `derived`: how many places there are; they and `answers` (address -> chain
    ID -> answer) are read by `load` only.
    """

    run_id: str
    started: datetime
    policy: EvmPolicy
    fingerprint: str = ""
    device: DeviceFacts | None = None
    ending: str = ""
    statement: str = ""
    unknown: int = 0
    derived: int = 0
    chains: tuple[ChainRecord, ...] = ()
    places: tuple[Place, ...] = ()
    answers: Mapping[bytes, Mapping[int, Answer]] = field(default_factory=dict)

    def outcomes(self) -> Mapping[bytes, AddressOutcome]:
        """What is known of each derived address, smart accounts left out: they are asked again."""
        addresses = dict.fromkeys(place.address for place in self.places)
        return {address: AddressOutcome(address, self.answers.get(address, {})) for address in addresses}


def encode_policy(policy: EvmPolicy) -> str:
    return json.dumps(
        {
            **{name: getattr(policy, name) for name in _NUMBERS},
            "schemes": [[known.name, known.template] for known in policy.schemes],
            "co_owners": [owner.hex() for owner in policy.co_owners],
            "find": None if policy.find is None else policy.find.hex(),
        }
    )


def decode_policy(text: str) -> EvmPolicy:
    """:raises ValueError: or KeyError, TypeError: not what `encode_policy` wrote."""
    data = json.loads(text)
    return EvmPolicy(
        **{name: data[name] for name in _NUMBERS},
        schemes=tuple(_scheme(name, template) for name, template in data["schemes"]),
        co_owners=tuple(_address(owner) for owner in data["co_owners"]),
        find=None if data["find"] is None else _address(data["find"]),
    )


def encode_answer(answer: Answer) -> tuple[str, str]:
    """(presence or "unknown", JSON of the rest)."""
    if isinstance(answer, Unanswered):
        return shared.encode_answer(answer)
    detail = answer.detail
    body: dict[str, Any] = {"sources": list(answer.sources), "tries": answer.tries, "account": None}
    if detail is not None:
        body["account"] = {
            "kind": detail.kind.value,
            "nonce": detail.nonce,
            "balance": str(detail.balance),
            "code_size": detail.code_size,
            "delegate": None if detail.delegate is None else detail.delegate.hex(),
        }
    return answer.presence.value, json.dumps(body)


def decode_answer(address: bytes, presence: str, text: str) -> Answer:
    """:raises ValueError: not what `encode_answer` wrote."""
    if presence == "unknown":
        answer = shared.decode_answer(address, presence, text)
        if isinstance(answer, Unanswered):
            return answer
    said = Presence(presence)
    try:
        data = json.loads(text)
        account = None if data["account"] is None else _account(data["account"])
        if (said is Presence.ABSENT) != (account is None):
            raise ValueError("an answer whose account does not fit it")
        return Sighting(address, said, account, tuple(map(str, data["sources"])), int(data["tries"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a recorded answer: {type(error).__name__}") from error


def decode_place(policy: EvmPolicy, name: str, index: int, address: bytes) -> Place:
    """:raises ValueError: a scheme that the run's policy has not, or no address."""
    for known in policy.schemes:
        if known.name == name and len(address) == ADDRESS_SIZE:
            return Place(name, index, known.path(index), address)
    raise ValueError("a recorded place is of no scheme of the run, or has no address")


def _account(data: Mapping[str, Any]) -> EvmAccount:
    nonce, size = data["nonce"], data["code_size"]
    balance = int(data["balance"])
    if not (nonce is None or isinstance(nonce, int)) or not isinstance(size, int) or balance < 0:
        raise ValueError("a recorded account has a quantity that is none")
    delegate = None if data["delegate"] is None else _address(data["delegate"])
    return EvmAccount(Kind(data["kind"]), nonce, balance, size, delegate)


def _scheme(name: object, template: object) -> Scheme:
    """A scheme as it was when the run began, also if its name means another path by now."""
    if not (isinstance(name, str) and isinstance(template, str)):
        raise ValueError("a recorded derivation scheme is no text")
    known = _STANDARD.get(name)
    if known is not None and known.template == template:
        return known
    try:
        return scheme(name, template)
    except InputError:
        raise ValueError("a recorded derivation scheme is malformed") from None


def _address(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if len(raw) != ADDRESS_SIZE:
        raise ValueError("a recorded address has not 20 bytes")
    return raw
