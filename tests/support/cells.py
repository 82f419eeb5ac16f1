"""Builders of accounts, credential IDs and cells for tests of the recovery; deterministic, no curve arithmetic."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

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
from ledger_recovery.derive.address import account_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import CellKey
from ledger_recovery.recover.policy import ALL_COUNTERS
from ledger_recovery.recover.scan import IndexKeys


def fake_id(*parts: object) -> bytes:
    """48 bytes that stand for a credential ID (not a curve point: the scan never looks inside)."""
    return b"\x80" + hashlib.sha512(repr(parts).encode()).digest()[:47]


def index_keys(index: int, provider: int | None = None) -> IndexKeys:
    identity = IdentityRef(index, provider)
    ids = {s: tuple(fake_id(index, provider, s.value, c) for c in ALL_COUNTERS) for s in identity.schemes}
    return IndexKeys(identity, ids)


def cell_key(index: int, counter: int, scheme: KeyScheme = KeyScheme.LEGACY_V1) -> CellKey:
    return CellKey(IdentityRef(index), scheme, counter)


def credential(cred_id: bytes, position: int = 0, *, key: bytes = b"\x11" * 32) -> ChainCredential:
    policy = Policy("202201", "202701", (("nationality", b"DK"),))
    return ChainCredential(position, CredentialKind.NORMAL, cred_id, 1, ((0, key),), 1, policy)


def account(cred_ids: Sequence[bytes], *, index: int = 7, amount: int = 5_000_000) -> ChainAccount:
    """An account whose first credential is `cred_ids[0]`."""
    return ChainAccount(
        address=account_address(cred_ids[0]),
        index=index,
        sequence_number=1,
        threshold=1,
        credentials=tuple(credential(c, n) for n, c in enumerate(cred_ids)),
        amount=amount,
        at_disposal=amount,
        locked=0,
        in_cooldown=0,
        stake=Stake(StakeKind.NONE),
    )


def sighting(cred_id: bytes, holder: ChainAccount | None = None) -> CredentialSighting:
    """An active credential of `holder`, or a removed one if the holder does not have it (any more)."""
    holder = holder or account([cred_id])
    found = holder.credential(cred_id)
    status = CredentialStatus.REMOVED if found is None else CredentialStatus.ACTIVE
    return CredentialSighting(status, holder, found)
