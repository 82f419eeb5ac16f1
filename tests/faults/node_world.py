"""The small world of the node faults: one identity, one credential of each kind that a node can lie about."""

from __future__ import annotations

from functools import cache

from emulator.world.chain import Chain, build_chain
from emulator.world.derivation import cred_id, keygen, prf_key_path, seed_from_phrase, slip10
from emulator.world.model import World
from emulator.world.reader import read_text
from tests.faults.virtual_time import START_MS

PROVIDER = 0
FIRST, SECOND, REMOVED, LISTED = 0, 1, 3, 29
"""Counters: a first credential, a second one of a shared account, a removed one, and a first one beyond the window.

Look-ups reach 25 past the last hit, to 28; only the account list can show the last one.
"""
OURS = frozenset({FIRST, SECOND, REMOVED, LISTED})
NEVER = 5

PHRASE = (
    "glory promote mansion idle axis finger extra february uncover one trip resource lawn turtle enact monster "
    "seven myth punch hobby comfort wild raise skin"
)
"""Speculos' default phrase, which is public."""

_TEXT = """
version = 1
name = "faults"
summary = "one identity with a credential of each kind that a node can lie about"
filler_accounts = 3

[network]
name = "testnet"

[blocks]
finalized_height = 1_000_000

[[wallets]]
name = "ledger"
phrase = "PHRASE"

[[identities]]
name = "ours"
wallet = "ledger"
index = 0
path = "provider"
provider = 0

[[accounts]]
name = "first"
balance = 10
credentials = [{ identity = "ours", counter = 0 }]

[[accounts]]
name = "shared"
balance = 20
credentials = [{ foreign = "a friend" }, { identity = "ours", counter = 1 }]

[[accounts]]
name = "left"
balance = 30
credentials = [
    { foreign = "a former friend" },
    { identity = "ours", counter = 3, added_at = 500_000, removed_at = 600_000 },
]

[[accounts]]
name = "beyond the window"
balance = 40
credentials = [{ identity = "ours", counter = 29 }]

[[accounts]]
name = "not ours"
balance = 50
credentials = [{ foreign = "a stranger" }]
""".replace("PHRASE", PHRASE)


@cache
def world() -> World:
    return read_text(_TEXT, "the world of the node faults")


@cache
def chain() -> Chain:
    """The chain as it stands at second 0 of the virtual clock."""
    return build_chain(world(), START_MS)


@cache
def invented_chain() -> Chain:
    """The same chain, but for one more account of ours that nobody else knows."""
    more = f'\n[[accounts]]\nname = "invented"\ncredentials = [{{ identity = "ours", counter = {NEVER} }}]\n'
    return build_chain(read_text(_TEXT + more, "an invented world"), START_MS)


@cache
def seed() -> bytes:
    return seed_from_phrase(world().wallets[0].phrase)


@cache
def our_cred_id(counter: int) -> bytes:
    """48 bytes, derived by the emulator's own code."""
    return cred_id(keygen(1, slip10(seed(), prf_key_path(0, PROVIDER))), counter)
