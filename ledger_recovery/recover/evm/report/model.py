"""[pure] The EVM report's JSON as types: what each block may hold, and nothing else.

No field for keys, extended keys, phrases, names of accounts or whole node addresses (their paths hold API keys) exists;
evm-report.schema.json says the same to other programs. Amounts are decimal text in the smallest unit, times are UTC
`YYYY-MM-DDTHH:MM:SSZ`, addresses are checksummed (EIP-55), hashes are hex without "0x".
"""

from __future__ import annotations

from typing import TypedDict

from ledger_recovery.recover.report.model import ChangeCount, Failure, Head, NamedText, Timing, Wallet


class EvmStatementBlock(TypedDict):
    complete: bool
    sentence: str
    reasons: list[str]


class PlaceRef(TypedDict):
    """Account `index` of a derivation scheme."""

    scheme: str
    index: int
    path: str


class EvmSearch(TypedDict):
    """The policy that was run, and how the run went. `find`: the one address searched for; `found`: where it stands."""

    started: str
    finished: str
    ending: str
    failure: Failure | None
    gap: int
    cap: int
    dust_reach: int
    patience: int
    smart_accounts: bool
    co_owners: list[str]
    find: str | None
    found: PlaceRef | None
    applied: bool
    changes: list[ChangeCount]


class EvmDevice(TypedDict):
    model: str
    app: str
    app_version: str
    transport: str
    emulated: bool


class EvmBlock(TypedDict):
    """The pinned block. `age_seconds`: behind the local clock when it was pinned (negative: ahead of it)."""

    genesis_hash: str
    block_hash: str
    height: int
    time: str
    age_seconds: int
    finality: str


class ChainBlock(TypedDict):
    """`way`: how the node was asked; `why`: the reason for a slower way. `block` null: none could be pinned.

    `tokens_unread`: symbols of tokens of which some balance is not known.
    """

    chain_id: int | None
    name: str
    source: str
    way: str
    why: str
    block: EvmBlock | None
    confirmed: bool
    repins: int
    smart_asked: int
    smart_unanswered: int
    tokens_unread: list[str]
    failure: Failure | None
    notes: list[str]


Run = TypedDict("Run", {"from": int, "to": int})
"""Consecutive indices, both ends included."""


class SchemeBlock(TypedDict):
    """`stop`: why the walk ended; `last` null: nothing was asked. `used`, `unknown`: indices."""

    scheme: str
    template: str
    stop: str
    last: int | None
    complete: bool
    used: list[Run]
    unknown: list[Run]
    how_to_go_on: str


class ChainFactsBlock(TypedDict):
    """What stands at an address on a chain. Redacted levels hold null for all that would tell which one it is."""

    chain_id: int
    kind: str
    nonce: int | None
    balance: str | None
    code_size: int | None
    delegate: str | None


class TokenBlock(TypedDict):
    """`amount` null: it could not be read, or is redacted."""

    chain_id: int
    token: str
    symbol: str
    decimals: int
    amount: str | None


class AccountBlock(TypedDict):
    """A used address. `use`: active or dust. `shown`: compared by the person on the device's screen.

    `absent_on`: chains on which there is nothing at it, no token either.
    """

    address: str
    places: list[PlaceRef]
    use: str
    shown: bool
    chains: list[ChainFactsBlock]
    absent_on: list[int]
    unanswered_on: list[int]
    tokens: list[TokenBlock]


class SmartBlock(TypedDict):
    """`state`: deployed, or funded and never made. `owners` and `threshold`: as the chain says now, if it was read.

    `still_owner` null: not known. `salt`: decimal text.
    """

    chain_id: int
    address: str
    state: str
    recipe: str
    owner: str
    salt: str
    first_owners: list[str]
    owners: list[str]
    threshold: int | None
    still_owner: bool | None
    nonce: int | None
    balance: str | None
    tokens: list[TokenBlock]


class AbsentAt(TypedDict):
    chain_id: int
    height: int


class PlaceholderBlock(TypedDict):
    """An unused place below the highest used one of its scheme. `absent_at`: the blocks that say so."""

    scheme: str
    index: int
    path: str
    address: str
    absent_at: list[AbsentAt]


class UnknownBlock(TypedDict):
    """An address that a chain gave no answer about. `chain_id` null: its node never told it, or no chain was asked."""

    address: str
    places: list[PlaceRef]
    chain_id: int | None
    reason_code: str
    reason: str
    tries: int


class EvmConflictBlock(TypedDict):
    code: str
    sentence: str
    scheme: str
    index: int


class EvmReport(TypedDict):
    schema: str
    version: int
    head: Head
    statement: EvmStatementBlock
    search: EvmSearch
    environment: list[NamedText]
    device: EvmDevice | None
    wallet: Wallet
    chains: list[ChainBlock]
    schemes: list[SchemeBlock]
    accounts: list[AccountBlock]
    smart_accounts: list[SmartBlock]
    placeholders: list[PlaceholderBlock]
    unknown: list[UnknownBlock]
    conflicts: list[EvmConflictBlock]
    warnings: list[str]
    notes: list[str]
    timings: list[Timing]
