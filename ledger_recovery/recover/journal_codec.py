"""[pure] What the journal keeps of a run, as frozen records, and their text forms. Keys and seeds have no field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost
from chain.model import Dissent, Finality, Point, Presence, Sighting, Unanswered
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import IndexStatus
from ledger_recovery.recover.policy import ALL_COUNTERS, Mode, ScanPolicy
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.scan import Answer, Evidence, IndexKeys
from ledger_recovery.recover.sighting_codec import decode_sighting, encode_sighting
from ledger_recovery.wallet.model import KeyStatus

CRED_ID_SIZE = 48
_NO_ID = bytes(CRED_ID_SIZE)
_ERRORS: Mapping[str, type[ChainError]] = {e.__name__: e for e in (NodeUnavailable, BadAnswer, PointLost)}


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """One identity index as journaled. `keys` None: not approved (yet), or dropped after a complete run."""

    identity: IdentityRef
    status: IndexStatus
    keys: IndexKeys | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as journaled; `ending` is empty while the run is unfinished. `unknown`: cells open when it ended.

    `approved`, `declined`: how many identity indices got that far.
    """

    run_id: str
    started: datetime
    network: str
    genesis: str
    policy: ScanPolicy
    fingerprint: str = ""
    device: DeviceFacts | None = None
    point: Point | None = None
    ending: str = ""
    statement: str = ""
    unknown: int = 0
    approved: int = 0
    declined: int = 0
    indices: tuple[IndexRecord, ...] = ()
    key_checks: Mapping[bytes, KeyStatus] = field(default_factory=dict)


def encode_policy(policy: ScanPolicy) -> str:
    return json.dumps({**asdict(policy), "mode": policy.mode.value})


def decode_policy(text: str) -> ScanPolicy:
    data = json.loads(text)
    return ScanPolicy(**{**data, "mode": Mode(data["mode"]), "providers": tuple(data["providers"])})


def encode_point(point: Point) -> str:
    raw = {**asdict(point), "finality": point.finality.value, "slot_time": point.slot_time.isoformat()}
    for name in ("genesis_hash", "block_hash", "commitment_key"):
        raw[name] = raw[name].hex()
    return json.dumps(raw)


def decode_point(text: str) -> Point:
    data = json.loads(text)
    for name in ("genesis_hash", "block_hash", "commitment_key"):
        data[name] = bytes.fromhex(data[name])
    data["slot_time"] = datetime.fromisoformat(data["slot_time"]).astimezone(UTC)
    return Point(**{**data, "finality": Finality(data["finality"]), "sources": tuple(data["sources"])})


def encode_device(device: DeviceFacts) -> str:
    return json.dumps(asdict(device))


def decode_device(text: str) -> DeviceFacts:
    return DeviceFacts(**json.loads(text))


def encode_ids(ids: tuple[bytes | None, ...]) -> bytes:
    """256 IDs of 48 bytes; a missing one (PRF key + counter = 0) is all zeros, which no curve point is."""
    return b"".join(_NO_ID if i is None else i for i in ids)


def decode_ids(blob: bytes) -> tuple[bytes | None, ...]:
    """:raises ValueError: not 256 x 48 bytes."""
    if len(blob) != CRED_ID_SIZE * len(ALL_COUNTERS):
        raise ValueError("the recorded credential IDs are cut")
    parts = (blob[i : i + CRED_ID_SIZE] for i in range(0, len(blob), CRED_ID_SIZE))
    return tuple(None if p == _NO_ID else p for p in parts)


def encode_answer(answer: Answer) -> tuple[str, str]:
    """(presence or "unknown", JSON of the rest)."""
    if isinstance(answer, Unanswered):
        error = answer.error
        body: dict[str, Any] = {
            "error": type(error).__name__,
            "code": error.code,
            "detail": error.detail,
            "source": error.source,
            "tries": answer.tries,
        }
        return "unknown", json.dumps(body)
    body = {
        "sources": list(answer.sources),
        "tries": answer.tries,
        "dissent": [[d.source, d.said.value, d.note] for d in answer.dissent],
        "detail": None if answer.detail is None else encode_sighting(answer.detail),
    }
    return answer.presence.value, json.dumps(body)


def decode_answer(handle: bytes, presence: str, text: str) -> Answer:
    """:raises ValueError: not what `encode_answer` wrote."""
    try:
        data = json.loads(text)
        if presence == "unknown":
            kind = _ERRORS[data["error"]]
            error = kind(data["detail"], code=data["code"], source=data["source"], tries=data["tries"])
            return Unanswered(handle, error, data["tries"])
        detail = None if data["detail"] is None else decode_sighting(data["detail"])
        said = Presence(presence)
        if (said is Presence.DEPLOYED) != (detail is not None):
            raise ValueError("a deployed answer without its account")
        dissent = tuple(Dissent(s, Presence(p), n) for s, p, n in data["dissent"])
        return Sighting(handle, said, detail, tuple(data["sources"]), data["tries"], dissent)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a recorded answer: {type(error).__name__}") from error


def provider_number(identity: IdentityRef) -> int:
    """-1 for the legacy path: SQL's NULL would not be unique."""
    return -1 if identity.provider is None else identity.provider


def identity_of(provider: int, index: int) -> IdentityRef:
    return IdentityRef(index, None if provider < 0 else provider)


def scheme_of(value: str) -> KeyScheme:
    return KeyScheme(value)
