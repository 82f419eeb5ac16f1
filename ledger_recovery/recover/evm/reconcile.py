"""[pure] (EVM rows of the wallet, one run) -> the changes that the wallet is given, and what contradicts it.

Used addresses become accounts, skipped ones placeholders, and what the chains said of either is kept. Additive and
idempotent, whatever order places and answers come in; an address without an answer adds nothing; rows of other
Ledgers are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chain.evm.account import EvmAccount, Kind
from chain.evm.smart_model import SmartAccount
from chain.model import Point, Sighting
from ledger_recovery.derive.evm.schemes import STANDARD, path_text
from ledger_recovery.recover.evm.model import AddressOutcome, Place
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    AddEvmSmartAccount,
    EvmChange,
    RefreshEvmHolding,
    RefreshEvmSighting,
    UseEvmAccount,
)
from ledger_recovery.wallet.evm_checks import holding_row_problem, sighting_row_problem
from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmKind,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
    EvmSnapshot,
    place_name,
)

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_KINDS = {
    Kind.EOA: EvmKind.EOA,
    Kind.DELEGATED: EvmKind.DELEGATED,
    Kind.CONTRACT: EvmKind.CONTRACT,
    Kind.CODE_UNREAD: EvmKind.CODE_UNREAD,
}
_NONCE_LIMIT = 2**64 - 1
_ORDER = {scheme.name: number for number, scheme in enumerate(STANDARD)}


@dataclass(frozen=True, slots=True)
class EvmConflict:
    """Something that wallet and run tell differently; told, never applied. `code` is stable.

    `sentence` names no address; `scheme` and `index` say which place it is about.
    """

    code: str
    sentence: str
    scheme: str
    index: int


@dataclass(frozen=True, slots=True)
class EvmReconciliation:
    """`changes` in an order that can be applied from first to last; `conflicts` by place."""

    changes: tuple[EvmChange, ...]
    conflicts: tuple[EvmConflict, ...]


def reconcile_evm(snapshot: EvmSnapshot, result: EvmResult) -> EvmReconciliation:
    """What a run adds to a wallet; nothing when no Ledger was read."""
    device = result.device
    if device is None or not _FINGERPRINT.fullmatch(device.fingerprint):
        return EvmReconciliation((), ())
    places, conflicts = _trusted(snapshot, result.places, device.fingerprint)
    accounts = _account_changes(snapshot, result, places)
    held = {row.address for row in snapshot.accounts} | {address for address, _ in accounts}
    points = {chain.chain_id: chain.point for chain in result.chains if chain.chain_id and chain.point}
    ours = sorted((o for o in result.outcomes.values() if _text(o.address) in held), key=lambda o: o.address)
    changes: list[EvmChange] = [
        *(change for _, change in accounts),
        *_place_changes(snapshot, places, held),
        *_smart_changes(snapshot, ours),
        *_sighting_changes(snapshot, ours, points),
        *_holding_changes(snapshot, result, held, points),
    ]
    return EvmReconciliation(tuple(changes), conflicts)


def _trusted(
    snapshot: EvmSnapshot, places: Iterable[Place], fingerprint: str
) -> tuple[tuple[EvmPlaceRow, ...], tuple[EvmConflict, ...]]:
    """The run's places as rows, without those that the wallet has with another address."""
    stored = {row.key: row.address for row in snapshot.places}
    rows = {_place_row(place, fingerprint) for place in places}
    wrong = {row for row in rows if stored.get(row.key, row.address) != row.address}
    told = (
        EvmConflict(
            "place-elsewhere",
            "the wallet has another address at this place of this Ledger, which one Ledger cannot produce; it was left "
            "as it is. Compare both with what the device shows",
            row.scheme,
            row.index,
        )
        for row in sorted(wrong, key=_place_order)
    )
    return tuple(sorted(rows - wrong, key=_place_order)), tuple(told)


def _account_changes(
    snapshot: EvmSnapshot, result: EvmResult, places: Iterable[EvmPlaceRow]
) -> list[tuple[str, EvmChange]]:
    """Per new or newly used address one change. `places` is sorted: the first one of an address names it."""
    stored = {row.address: row for row in snapshot.accounts}
    used = {_text(outcome.address) for outcome in result.used}
    skipped = {_text(place.address) for place in result.placeholders}
    changes: dict[str, EvmChange] = {}
    for place in places:
        address = place.address
        if address in changes or not (address in used or address in skipped):
            continue
        known = stored.get(address)
        if known is None:
            name = place_name(place.scheme, place.index)
            changes[address] = AddEvmAccount(EvmAccountRow(address, name, placeholder=address not in used))
        elif known.placeholder and address in used:
            changes[address] = UseEvmAccount(address)
    return list(changes.items())


def _place_changes(snapshot: EvmSnapshot, places: Iterable[EvmPlaceRow], held: set[str]) -> Iterator[AddEvmPlace]:
    stored = {row.key for row in snapshot.places}
    return (AddEvmPlace(row) for row in places if row.address in held and row.key not in stored)


def _smart_changes(snapshot: EvmSnapshot, ours: Iterable[AddressOutcome]) -> Iterator[AddEvmSmartAccount]:
    stored = {row.address for row in snapshot.smart_accounts}
    for _, account in _smart(ours):
        row = _smart_row(account)
        if row.address not in stored:
            stored.add(row.address)
            yield AddEvmSmartAccount(row)


def _sighting_changes(
    snapshot: EvmSnapshot, ours: list[AddressOutcome], points: Mapping[int, Point]
) -> Iterator[RefreshEvmSighting]:
    """What each chain said of our addresses, absence too, and of their smart accounts.

    A quantity that the tables cannot hold is left out: no node can keep the rest from being stored.
    """
    told: dict[tuple[str, int], EvmSightingRow] = {}
    for chain, account in _smart(ours):
        if chain in points:
            row = _sighting_row(account.address, chain, points[chain], account.account, account)
            told.setdefault(row.key, row)
    for outcome in ours:
        for chain, answer in outcome.answers.items():
            if isinstance(answer, Sighting) and chain in points:
                row = _sighting_row(outcome.address, chain, points[chain], answer.detail)
                told.setdefault(row.key, row)
    heights = {row.key: row.block_height for row in snapshot.sightings}
    newer = (told[key] for key in sorted(told) if told[key].block_height > heights.get(key, -1))
    return (RefreshEvmSighting(row) for row in newer if sighting_row_problem(row) is None)


def _holding_changes(
    snapshot: EvmSnapshot, result: EvmResult, held: set[str], points: Mapping[int, Point]
) -> Iterator[RefreshEvmHolding]:
    """Tokens that an account holds, or that the wallet thinks it holds; an unread amount says nothing."""
    stored = {row.key: row.block_height for row in snapshot.holdings}
    known = held | {_text(account.address) for _, account in result.smart}
    told: dict[tuple[str, int, str], EvmHoldingRow] = {}
    for address, holdings in result.holdings.items():
        for held_token in holdings:
            point = points.get(held_token.chain_id)
            if _text(address) not in known or point is None or held_token.amount is None:
                continue
            row = EvmHoldingRow(
                address=_text(address),
                chain_id=held_token.chain_id,
                token=_text(held_token.token),
                symbol=held_token.symbol,
                decimals=held_token.decimals,
                amount=str(held_token.amount),
                block_height=point.height,
            )
            if held_token.amount or row.key in stored:
                told[row.key] = row
    newer = (told[key] for key in sorted(told) if told[key].block_height > stored.get(key, -1))
    return (RefreshEvmHolding(row) for row in newer if holding_row_problem(row) is None)


def _smart(ours: Iterable[AddressOutcome]) -> list[tuple[int, SmartAccount]]:
    """Every smart account, those of one address together; two keys of ours may lead to one."""
    found = [pair for outcome in ours for pair in outcome.smart]
    return sorted(found, key=lambda pair: (pair[1].address, pair[0], pair[1].owner, pair[1].salt, repr(pair[1])))


def _place_row(place: Place, fingerprint: str) -> EvmPlaceRow:
    return EvmPlaceRow(fingerprint, place.scheme, place.index, path_text(place.path), _text(place.address))


def _place_order(row: EvmPlaceRow) -> tuple[int, str, int, str]:
    """Schemes as they are searched, a person's own templates last."""
    return (_ORDER.get(row.scheme, len(_ORDER)), row.scheme, row.index, row.address)


def _smart_row(account: SmartAccount) -> EvmSmartRow:
    owners = " ".join(map(_text, account.first_owners))
    return EvmSmartRow(_text(account.address), account.recipe, _text(account.owner), str(account.salt), owners)


def _sighting_row(
    address: bytes, chain_id: int, point: Point, account: EvmAccount | None, smart: SmartAccount | None = None
) -> EvmSightingRow:
    block = point.block_hash.hex()
    if account is None:
        return EvmSightingRow(_text(address), chain_id, point.height, block, EvmKind.ABSENT, nonce=0)
    return EvmSightingRow(
        address=_text(address),
        chain_id=chain_id,
        block_height=point.height,
        block_hash=block,
        kind=_KINDS[account.kind],
        nonce=nonce_of(account),
        balance=str(account.balance),
        code_size=account.code_size,
        delegate=None if account.delegate is None else _text(account.delegate),
        owners="" if smart is None else " ".join(map(_text, smart.owners)),
        threshold=None if smart is None else threshold_of(smart),
    )


def nonce_of(account: EvmAccount) -> int | None:
    """None also for a number that no nonce can be (EIP-2681), which a node may claim."""
    return account.nonce if account.nonce is not None and account.nonce < _NONCE_LIMIT else None


def threshold_of(account: SmartAccount) -> int | None:
    """None also for a number that no Safe with these owners can have."""
    threshold = account.threshold
    return threshold if threshold is not None and 1 <= threshold <= len(account.owners) else None


def _text(address: bytes) -> str:
    """As the wallet stores it."""
    return f"0x{address.hex()}"
