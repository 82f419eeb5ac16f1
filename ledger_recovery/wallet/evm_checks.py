"""[pure] What the wallet's EVM tables can hold: the one place where EVM rows are judged, one by one and together.

A problem is a sentence without the row's name, e.g. "its block is malformed". Changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
    EvmSnapshot,
)

MAX_INDEX: Final = 2**31 - 1
MAX_CHAIN_ID: Final = 2**63 - 1
MAX_SCHEME: Final = 130
"""A person's own template is its own name: ten levels of up to eleven characters."""
MAX_PATH: Final = 130
MAX_SYMBOL: Final = 32
MAX_RECIPE: Final = 64
MAX_OWNERS: Final = 1_000
MAX_DIGITS: Final = 78
"""Of a 256-bit number."""

_U64: Final = 2**64
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_AMOUNT: Final = re.compile(rf"(0|[1-9][0-9]{{0,{MAX_DIGITS - 1}}})")


def account_row_problem(row: EvmAccountRow) -> str | None:
    return None if _ADDRESS.fullmatch(row.address) else "its address is not 0x and 40 lower-case hexadecimal digits"


def place_row_problem(row: EvmPlaceRow) -> str | None:
    if not _ADDRESS.fullmatch(row.address) or not _HASH.fullmatch(row.fingerprint):
        return "its address or fingerprint is malformed"
    if not 0 <= row.index <= MAX_INDEX:
        return f"its index is outside 0..{MAX_INDEX}"
    if not 0 < len(row.scheme) <= MAX_SCHEME or not 0 < len(row.path) <= MAX_PATH:
        return "its scheme or path is empty or too long"
    return None


def smart_row_problem(row: EvmSmartRow) -> str | None:
    if not _ADDRESS.fullmatch(row.address) or not _ADDRESS.fullmatch(row.owner):
        return "its address or its owner's is malformed"
    if not _AMOUNT.fullmatch(row.salt) or not 0 < len(row.recipe) <= MAX_RECIPE:
        return "its recipe or salt is malformed"
    return None if _owners_fit(row.first_owners) else "its owners are not a list of addresses"


def sighting_row_problem(row: EvmSightingRow) -> str | None:
    if not _ADDRESS.fullmatch(row.address) or not 0 < row.chain_id <= MAX_CHAIN_ID:
        return "its address or chain ID is malformed"
    if not _HASH.fullmatch(row.block_hash) or not 0 <= row.block_height < _U64:
        return "its block is malformed"
    if not _AMOUNT.fullmatch(row.balance) or not 0 <= row.code_size < _U64:
        return "a quantity of it is malformed"
    if not 0 <= (row.nonce or 0) < _U64 or not 0 <= (row.threshold or 0) <= MAX_CHAIN_ID:
        return "its nonce or threshold is outside the range of a u64"
    if row.delegate is not None and not _ADDRESS.fullmatch(row.delegate):
        return "its delegate is malformed"
    return None if not row.owners or _owners_fit(row.owners) else "its owners are not a list of addresses"


def holding_row_problem(row: EvmHoldingRow) -> str | None:
    if not all(_ADDRESS.fullmatch(text) for text in (row.address, row.token)):
        return "its address or its token's is malformed"
    if not 0 < row.chain_id <= MAX_CHAIN_ID or not 0 <= row.block_height < _U64:
        return "its chain ID or block is malformed"
    if not _AMOUNT.fullmatch(row.amount) or not 0 <= row.decimals < 256 or len(row.symbol) > MAX_SYMBOL:
        return "its amount, decimals or symbol is malformed"
    return None


def evm_problems(snapshot: EvmSnapshot) -> Iterator[str]:
    """Everything that keeps rows from being those of one wallet: bad ones, doubles, references into nothing."""
    yield from _malformed(snapshot)
    yield from _doubles("EVM account", (row.address for row in snapshot.accounts))
    yield from _doubles("EVM place", (row.key for row in snapshot.places))
    yield from _doubles("smart account", (row.address for row in snapshot.smart_accounts))
    yield from _doubles("EVM sighting", (row.key for row in snapshot.sightings))
    yield from _doubles("EVM holding", (row.key for row in snapshot.holdings))
    accounts = {row.address for row in snapshot.accounts}
    known = accounts | {row.address for row in snapshot.smart_accounts}
    yield from (f"evm_places[{n}] is of no account" for n, row in _outside(snapshot.places, accounts))
    yield from (f"evm_sightings[{n}] is of no account" for n, row in _outside(snapshot.sightings, known))
    yield from (f"evm_holdings[{n}] is of no account" for n, row in _outside(snapshot.holdings, known))


def _malformed(snapshot: EvmSnapshot) -> Iterator[str]:
    judged: Iterable[tuple[str, int, str | None]] = (
        *(("evm_accounts", n, account_row_problem(row)) for n, row in enumerate(snapshot.accounts)),
        *(("evm_places", n, place_row_problem(row)) for n, row in enumerate(snapshot.places)),
        *(("evm_smart_accounts", n, smart_row_problem(row)) for n, row in enumerate(snapshot.smart_accounts)),
        *(("evm_sightings", n, sighting_row_problem(row)) for n, row in enumerate(snapshot.sightings)),
        *(("evm_holdings", n, holding_row_problem(row)) for n, row in enumerate(snapshot.holdings)),
    )
    yield from (f"{table}[{number}]: {problem}" for table, number, problem in judged if problem is not None)


def _outside(
    rows: Iterable[EvmPlaceRow | EvmSightingRow | EvmHoldingRow], known: set[str]
) -> Iterator[tuple[int, object]]:
    return ((number, row) for number, row in enumerate(rows) if row.address not in known)


def _doubles(what: str, keys: Iterable[object]) -> Iterator[str]:
    seen = set()
    for number, key in enumerate(keys):
        if key in seen:
            yield f"{what} number {number} is there twice"
        seen.add(key)


def _owners_fit(text: str) -> bool:
    owners = text.split(" ")
    return len(owners) <= MAX_OWNERS and all(_ADDRESS.fullmatch(owner) for owner in owners)
