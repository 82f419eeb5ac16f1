"""[pure] What a wallet holds of EVM chains: accounts, the places that lead to them, smart accounts, and chain facts.

Addresses are "0x" and 40 lower-case digits, hashes 64 hex digits without "0x". Amounts are decimal text in the
smallest unit (they pass 64 bits). Accounts, places and smart accounts are what a person has; sightings and holdings
are what one block said, replaced as a whole by those of a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class EvmKind(StrEnum):
    """What stands at an address on a chain. ABSENT: nothing did at that block, said by the chain itself."""

    ABSENT = "absent"
    EOA = "eoa"
    DELEGATED = "delegated"
    CONTRACT = "contract"
    CODE_UNREAD = "code-unread"


@dataclass(frozen=True, slots=True)
class EvmAccountRow:
    """An address of a Ledger's key. `placeholder`: it was not used, and lies below a used index of its scheme."""

    address: str
    name: str
    placeholder: bool = False


@dataclass(frozen=True, slots=True)
class EvmPlaceRow:
    """One way to an account: account `index` of a derivation scheme. `fingerprint`: of the Ledger's keys, 64 hex."""

    fingerprint: str
    scheme: str
    index: int
    path: str
    address: str

    @property
    def key(self) -> tuple[str, str, int]:
        return (self.fingerprint, self.scheme, self.index)


@dataclass(frozen=True, slots=True)
class EvmSmartRow:
    """A contract account that a key leads to. `owner`: that key's address. `salt`: decimal text.

    `first_owners`: of its making, separated by blanks; with recipe and salt they are what it can be made from.
    """

    address: str
    recipe: str
    owner: str
    salt: str
    first_owners: str


@dataclass(frozen=True, slots=True)
class EvmSightingRow:
    """What one block said of an account or smart account. `balance`: in wei. `nonce` None: it could not be read.

    `owners` (separated by blanks) and `threshold`: of a Safe, empty and None where there is none or it was not read.
    """

    address: str
    chain_id: int
    block_height: int
    block_hash: str
    kind: EvmKind
    nonce: int | None = None
    balance: str = "0"
    code_size: int = 0
    delegate: str | None = None
    owners: str = ""
    threshold: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        return (self.address, self.chain_id)


@dataclass(frozen=True, slots=True)
class EvmHoldingRow:
    """What an address held of a token. `amount` in units of 10^-decimals."""

    address: str
    chain_id: int
    token: str
    symbol: str
    decimals: int
    amount: str
    block_height: int

    @property
    def key(self) -> tuple[str, int, str]:
        return (self.address, self.chain_id, self.token)


@dataclass(frozen=True, slots=True)
class EvmSnapshot:
    """All EVM rows of a wallet at one moment. They belong to no network: an address is the same on every chain."""

    accounts: tuple[EvmAccountRow, ...] = ()
    places: tuple[EvmPlaceRow, ...] = ()
    smart_accounts: tuple[EvmSmartRow, ...] = ()
    sightings: tuple[EvmSightingRow, ...] = ()
    holdings: tuple[EvmHoldingRow, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.accounts or self.smart_accounts)

    def places_of(self) -> Mapping[str, tuple[EvmPlaceRow, ...]]:
        """Address -> the places that lead to it."""
        found: dict[str, tuple[EvmPlaceRow, ...]] = {}
        for place in self.places:
            found[place.address] = (*found.get(place.address, ()), place)
        return found


def place_name(scheme: str, index: int) -> str:
    """The name that an account gets while nobody has named it: "ledger_live #5"."""
    return f"{scheme} #{index}"


def is_made_name(name: str, places: Iterable[EvmPlaceRow]) -> bool:
    """Whether a program made the name, out of one of the account's places."""
    return any(name == place_name(place.scheme, place.index) for place in places)
