"""[pure] A credential sighting as JSON and back, for the journal. Strict: anything odd is a ValueError.

The journal is our own file, yet a damaged one must never turn into a wrong answer: sizes and kinds are checked.
"""

from __future__ import annotations

import json
from typing import Any

from chain.concordium.account import (
    ChainAccount,
    ChainCredential,
    CredentialKind,
    CredentialSighting,
    CredentialStatus,
    Policy,
    Stake,
    StakeKind,
)


def encode_sighting(sighting: CredentialSighting) -> str:
    """Compact JSON text."""
    account = sighting.account
    return json.dumps(
        {
            "status": sighting.status.value,
            "credential": None if sighting.credential is None else sighting.credential.cred_id.hex(),
            "account": {
                "address": account.address.hex(),
                "index": account.index,
                "sequence_number": account.sequence_number,
                "threshold": account.threshold,
                "credentials": [_credential(c) for c in account.credentials],
                "amount": account.amount,
                "at_disposal": account.at_disposal,
                "locked": account.locked,
                "in_cooldown": account.in_cooldown,
                "stake": [
                    account.stake.kind.value,
                    account.stake.amount,
                    account.stake.target,
                    account.stake.suspended,
                ],
            },
        },
        separators=(",", ":"),
    )


def decode_sighting(text: str) -> CredentialSighting:
    """The sighting that `encode_sighting` wrote.

    :raises ValueError: not such a text (cut, altered, of another shape).
    """
    try:
        return _sighting(json.loads(text))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not a recorded sighting: {type(error).__name__}") from error


def _credential(c: ChainCredential) -> dict[str, object]:
    policy = None
    if c.policy is not None:
        policy = [c.policy.created_at, c.policy.valid_to, [[tag, value.hex()] for tag, value in c.policy.revealed]]
    return {
        "credential_index": c.credential_index,
        "kind": c.kind.value,
        "cred_id": c.cred_id.hex(),
        "provider": c.identity_provider_index,
        "keys": [[index, key.hex()] for index, key in c.keys],
        "threshold": c.threshold,
        "policy": policy,
    }


def _sighting(data: dict[str, Any]) -> CredentialSighting:
    raw = data["account"]
    kind, amount, target, suspended = raw["stake"]
    account = ChainAccount(
        address=_bytes(raw["address"], 32),
        index=_int(raw["index"]),
        sequence_number=_int(raw["sequence_number"]),
        threshold=_int(raw["threshold"]),
        credentials=tuple(_read_credential(c) for c in raw["credentials"]),
        amount=_int(raw["amount"]),
        at_disposal=None if raw["at_disposal"] is None else _int(raw["at_disposal"]),
        locked=_int(raw["locked"]),
        in_cooldown=_int(raw["in_cooldown"]),
        stake=Stake(StakeKind(kind), _int(amount), None if target is None else _int(target), bool(suspended)),
    )
    status = CredentialStatus(data["status"])
    cred_id = data["credential"]
    credential = None if cred_id is None else account.credential(_bytes(cred_id, 48))
    if (credential is None) != (cred_id is None):
        raise ValueError("the recorded credential is not on the recorded account")
    return CredentialSighting(status, account, credential)


def _read_credential(c: dict[str, Any]) -> ChainCredential:
    policy = None
    if c["policy"] is not None:
        created, valid, revealed = c["policy"]
        policy = Policy(str(created), str(valid), tuple((str(t), bytes.fromhex(v)) for t, v in revealed))
    kind = CredentialKind(c["kind"])
    # A newer kind may keep its ID where this program could not read it.
    no_id = kind is CredentialKind.UNKNOWN and c["cred_id"] == ""
    return ChainCredential(
        credential_index=_int(c["credential_index"]),
        kind=kind,
        cred_id=b"" if no_id else _bytes(c["cred_id"], 48),
        identity_provider_index=_int(c["provider"]),
        keys=tuple((_int(i), _bytes(k, 32)) for i, k in c["keys"]),
        threshold=_int(c["threshold"]),
        policy=policy,
    )


def _bytes(text: str, size: int) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != size:
        raise ValueError(f"expected {size} bytes, not {len(value)}")
    return value


def _int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("expected a whole number that is not negative")
    return value
