"""[pure] What a search found, as the reconciler reads it: hits in one canonical order, and what it answers.

Whatever order outcomes and cells come in, `hits_of` gives the same hits; UNKNOWN and ABSENT cells give none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from chain.concordium.account import ChainAccount, ChainCredential, CredentialSighting
from ledger_recovery.derive.address import encode_address
from ledger_recovery.recover.model import Cell, CellKey, CellState, IndexOutcome
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.model import IdentityKey, KeyStatus

_HEX_32 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Findings:
    """One run's outcomes of one Ledger at one block.

    `fingerprint` and `genesis_hash`: 64 lower-case hex. `height`: of the pinned block. `key_checks`: credential ID
    (48 bytes) -> what the device's public key says of it.

    :raises ValueError: a fingerprint or genesis hash that is not 64 lower-case hex digits.
    """

    fingerprint: str
    genesis_hash: str
    height: int
    outcomes: tuple[IndexOutcome, ...]
    key_checks: Mapping[bytes, KeyStatus] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in (("fingerprint", self.fingerprint), ("genesis hash", self.genesis_hash)):
            if not _HEX_32.fullmatch(value):
                raise ValueError(f"the {name} must be 64 lower-case hex digits")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that the wallet and the chain tell differently, or that a person should know; told, never applied.

    `code` is stable. `sentence` names no address, ID or name: those stand in the fields, so that a report can redact.
    """

    code: str
    sentence: str
    identity: IdentityKey | None = None
    address: str | None = None
    cred_id: str | None = None

    @property
    def sort_key(self) -> tuple[str, tuple[int, int], str, str]:
        return (self.code, _identity_order(self.identity), self.address or "", self.cred_id or "")

    def describe(self) -> str:
        """One line for a person: what it is about, then the sentence."""
        about = []
        if self.identity is not None:
            provider = "" if self.identity.provider is None else f"provider {self.identity.provider} "
            about.append(f"{provider}identity {self.identity.index}")
        if self.address is not None:
            about.append(f"account {self.address}")
        if self.cred_id is not None:
            about.append(f"credential {self.cred_id[:8]}…")
        return f"{', '.join(about)}: {self.sentence}" if about else self.sentence


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`changes` in an order that can be applied from first to last; `conflicts` sorted by code and subject."""

    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One deployed credential of ours. `credential` is None when it was removed from `account`."""

    key: CellKey
    identity: IdentityKey
    cred_id: str
    address: str
    account: ChainAccount
    credential: ChainCredential | None
    key_status: KeyStatus

    @property
    def sort_key(self) -> tuple[tuple[tuple[int, int], str, int], str]:
        return (self.key.sort_key, self.cred_id)


def identity_key(fingerprint: str, key: CellKey) -> IdentityKey:
    return IdentityKey(fingerprint, key.identity.provider, key.identity.index)


def identity_order(key: IdentityKey) -> tuple[int, int]:
    """As IdentityRef.sort_key: legacy first, then by provider; by index within."""
    return (-1 if key.provider is None else key.provider, key.index)


def hits_of(findings: Findings) -> tuple[tuple[Hit, ...], tuple[Conflict, ...]]:
    """Every deployed credential once, sorted by cell; of two cells that claim one ID the first counts."""
    hits: dict[str, Hit] = {}
    cells: dict[CellKey, str] = {}
    conflicts: list[Conflict] = []
    for cell, sighting in sorted(_deployed(findings.outcomes), key=lambda found: (found[0].key.sort_key, repr(found))):
        hit = _hit(findings, cell, sighting)
        if hit.cred_id not in hits and hit.key not in cells:
            hits[hit.cred_id] = hit
            cells[hit.key] = hit.cred_id
        elif cells.get(hit.key) != hit.cred_id:
            conflicts.append(_twice(hit))
    return tuple(hits.values()), tuple(conflicts)


def cred_ids_of(findings: Findings) -> frozenset[str]:
    """Every credential ID that was derived, whatever was answered: an unanswered one is still ours."""
    return frozenset(c.cred_id.hex() for o in findings.outcomes for c in o.cells if c.cred_id is not None)


def _deployed(outcomes: Iterable[IndexOutcome]) -> Iterator[tuple[Cell, CredentialSighting]]:
    for outcome in outcomes:
        for cell in outcome.cells:
            if cell.state is CellState.DEPLOYED and cell.sighting is not None and cell.cred_id is not None:
                yield cell, cell.sighting


def _hit(findings: Findings, cell: Cell, sighting: CredentialSighting) -> Hit:
    cred_id = cell.cred_id or b""
    return Hit(
        key=cell.key,
        identity=identity_key(findings.fingerprint, cell.key),
        cred_id=cred_id.hex(),
        address=encode_address(sighting.account.address),
        account=sighting.account,
        credential=sighting.credential,
        key_status=findings.key_checks.get(cred_id, KeyStatus.NOT_CHECKED),
    )


def _twice(hit: Hit) -> Conflict:
    return Conflict(
        "credential-twice",
        "two counters gave one credential ID, or one counter gave two, which one Ledger cannot do; "
        "only the first was recorded",
        hit.identity,
        hit.address,
        hit.cred_id,
    )


def _identity_order(key: IdentityKey | None) -> tuple[int, int]:
    return (-2, -1) if key is None else identity_order(key)
