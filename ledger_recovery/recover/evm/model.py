"""[pure] Places, answers and what they mean together: an address is the same on every chain, so one use counts for all.

The one rule of this file: nothing but a positive answer of every chain that was asked makes a place UNUSED.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, unique

from chain.evm.account import EvmAccount, Kind
from chain.evm.smart_model import SmartAccount
from chain.model import Presence, Sighting, Unanswered
from ledger_recovery.derive.evm.schemes import Path, path_text

Answer = Sighting[EvmAccount] | Unanswered


@unique
class Use(Enum):
    """ACTIVE: a transaction, code, or a smart account of its own. DUST: only money, in coins or in a token that was
    asked for, which a stranger may have sent.

    UNUSED: every chain that was asked says that there is nothing. UNKNOWN: one gave no answer, and none shows a use.
    """

    ACTIVE = "active"
    DUST = "dust"
    UNUSED = "unused"
    UNKNOWN = "unknown"

    @property
    def used(self) -> bool:
        return self in (Use.ACTIVE, Use.DUST)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address stands: account `index` of a scheme. `address`: 20 bytes."""

    scheme: str
    index: int
    path: Path
    address: bytes

    @property
    def sort_key(self) -> tuple[str, int]:
        return (self.scheme, self.index)

    def __str__(self) -> str:
        return f"{self.scheme} #{self.index} ({path_text(self.path)})"


@dataclass(frozen=True, slots=True)
class Holding:
    """What an address holds of a token on a chain; `amount` in the token's smallest unit, None: not known."""

    chain_id: int
    token: bytes
    symbol: str
    decimals: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class AddressOutcome:
    """Everything known of an address of ours. `answers`: by chain ID; `smart`: (chain ID, account) that it owns.

    `tokens_on`: the chains on which it holds a token, whatever `answers` say: tokens leave no trace at the address.
    """

    address: bytes
    answers: Mapping[int, Answer] = field(default_factory=dict)
    smart: tuple[tuple[int, SmartAccount], ...] = ()
    tokens_on: tuple[int, ...] = ()

    @property
    def use(self) -> Use:
        sightings = [a for a in self.answers.values() if isinstance(a, Sighting)]
        accounts = [a.detail for a in sightings if a.presence is not Presence.ABSENT and a.detail is not None]
        if self.smart or any(_active(account) for account in accounts):
            return Use.ACTIVE
        if accounts or self.tokens_on:
            return Use.DUST
        if self.unanswered or not self.answers:
            return Use.UNKNOWN
        return Use.UNUSED

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The chains that gave no answer."""
        return tuple(chain for chain, answer in self.answers.items() if isinstance(answer, Unanswered))

    def without_silence_of(self, chains: Collection[int]) -> AddressOutcome:
        """As if these chains had only been asked what they answered. For the walk alone: UNUSED here may be unknown."""
        kept = {c: answer for c, answer in self.answers.items() if c not in chains or isinstance(answer, Sighting)}
        return replace(self, answers=kept)

    @property
    def accounts(self) -> Mapping[int, EvmAccount]:
        """What exists, by chain ID."""
        found = ((chain, answer) for chain, answer in self.answers.items() if isinstance(answer, Sighting))
        return {chain: answer.detail for chain, answer in found if answer.detail is not None}


def uses(places: Iterable[Place], outcomes: Mapping[bytes, AddressOutcome]) -> Mapping[str, Mapping[int, Use]]:
    """What is known of each scheme's indices; those whose address was not asked yet are left out."""
    known: dict[str, dict[int, Use]] = {}
    for place in places:
        outcome = outcomes.get(place.address)
        if outcome is not None:
            known.setdefault(place.scheme, {})[place.index] = outcome.use
    return known


def _active(account: EvmAccount) -> bool:
    """A nonce that was not read may be one: it is no dust then."""
    return account.nonce != 0 or account.kind is not Kind.EOA
