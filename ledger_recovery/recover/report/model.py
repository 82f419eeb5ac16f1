"""[pure] The report's JSON as types: what each block may hold, and nothing else.

No field for keys, seeds, phrases, passwords, names or notes exists, so none can leak; report.schema.json says the same
to other programs. Amounts are microCCD as decimal text (they pass 2^53), times are UTC `YYYY-MM-DDTHH:MM:SSZ`.
"""

from __future__ import annotations

from typing import TypedDict

SCHEMA_NAME = "ledger-recovery/report"
SCHEMA_VERSION = 1

MAX_TEXT = 500
"""Characters of any free text in a report."""


class Head(TypedDict):
    report_id: str
    created: str
    tool_version: str
    redaction: str


class Statement(TypedDict):
    """`scope`: all credentials, or first-credentials of accounts (the account list alone cannot see later ones)."""

    complete: bool
    scope: str
    sentence: str
    reasons: list[str]


class Failure(TypedDict):
    code: str
    sentence: str


class Search(TypedDict):
    """The policy that was run, and how the run went. `last` null: open-ended. `changes`: kind -> how many."""

    started: str
    finished: str
    ending: str
    failure: Failure | None
    mode: str
    deep: bool
    first: int
    last: int | None
    stop_after_empty: int | None
    legacy: bool
    providers: list[int]
    repins: int
    applied: bool
    changes: list[ChangeCount]


class ChangeCount(TypedDict):
    kind: str
    count: int


class NamedText(TypedDict):
    name: str
    value: str


class Device(TypedDict):
    model: str
    app: str
    app_version: str
    wire_format: str
    transport: str
    emulated: bool


class Wallet(TypedDict):
    fingerprint: str | None


class Block(TypedDict):
    """The pinned block. `age_seconds`: behind the local clock when it was pinned (negative: ahead of it)."""

    network: str
    genesis_hash: str
    block_hash: str
    height: int
    slot_time: str
    age_seconds: int
    finality: str
    sources: list[str]


class AccountListFacts(TypedDict):
    count: int | None
    source: str
    cached: bool
    error_code: str
    error: str


Stretch = TypedDict(
    "Stretch",
    {"from": int, "to": int, "state": str, "basis": str, "sources": list[str], "reason_code": str},
)
"""Consecutive counters with one outcome, both ends included."""


class SchemeOutcome(TypedDict):
    """Counters that no stretch covers were not asked."""

    scheme: str
    asked: int
    counters: list[Stretch]


class IdentityOutcome(TypedDict):
    """`provider` null: the legacy path. `status`: scanned, declined or skipped."""

    provider: int | None
    index: int
    status: str
    empty: bool
    schemes: list[SchemeOutcome]


class Account(TypedDict):
    """Facts at the pinned block. Redacted levels hold null for all that would tell which account it is."""

    address: str
    account_index: int | None
    threshold: int
    credentials: int
    amount: str | None
    at_disposal: str | None
    staked: str | None
    locked: str | None
    in_cooldown: str | None
    stake_kind: str
    stake_target: int | None


class Credential(TypedDict):
    """`place`: first or later credential of its account, or removed from it. `keys`: of them `threshold` sign."""

    cred_id: str
    account: str
    provider: int | None
    index: int
    scheme: str
    counter: int
    place: str
    credential_index: int | None
    kind: str
    keys: int
    threshold: int
    key_check: str


class Placeholder(TypedDict):
    """A placeholder identity that this run adds."""

    provider: int | None
    index: int
    keygen_version: int


class NextIdentity(TypedDict):
    provider: int | None
    index: int


class NextCounter(TypedDict):
    """`counter` null: no safe one is left."""

    provider: int | None
    index: int
    counter: int | None


class NextFree(TypedDict):
    identities: list[NextIdentity]
    counters: list[NextCounter]


UnknownCells = TypedDict(
    "UnknownCells",
    {
        "provider": int | None,
        "index": int,
        "scheme": str,
        "from": int,
        "to": int,
        "tries": int,
        "reason_code": str,
        "reason": str,
    },
)
"""Consecutive counters that stayed unknown for one reason; `tries` is the most that any of them took."""


class Disagreeing(TypedDict):
    provider: int | None
    index: int
    scheme: str
    counter: int
    source: str
    said: str
    other: str
    other_said: str


class ConflictEntry(TypedDict):
    code: str
    sentence: str
    provider: int | None
    index: int | None
    address: str | None
    cred_id: str | None


class Timing(TypedDict):
    name: str
    milliseconds: int


class Report(TypedDict):
    schema: str
    version: int
    head: Head
    statement: Statement
    search: Search
    environment: list[NamedText]
    device: Device | None
    wallet: Wallet
    chain: Block | None
    account_list: AccountListFacts | None
    outcomes: list[IdentityOutcome]
    accounts: list[Account]
    credentials: list[Credential]
    placeholders: list[Placeholder]
    next_free: NextFree
    unknown: list[UnknownCells]
    disagreements: list[Disagreeing]
    conflicts: list[ConflictEntry]
    not_recovered: list[str]
    warnings: list[str]
    timings: list[Timing]
