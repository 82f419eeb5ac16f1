"""What a world file says, as frozen data: wallets, identities, accounts and the chain they live on.

Names are still names here ("identity anna, counter 3"); `chain` resolves them to bytes. The file format is
described in SCHEMA.md beside this file. All amounts are microCCD, all heights absolute block heights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class WorldError(ValueError):
    """A world file cannot be used; the sentence says where and what to change."""


class PathFamily(Enum):
    """The two families of derivation paths that Ledger apps know."""

    LEGACY = "legacy"
    PROVIDER = "provider"


class CredentialKind(Enum):
    """Issued with the identity, or deployed by the holder."""

    INITIAL = "initial"
    NORMAL = "normal"


@dataclass(frozen=True)
class Network:
    """What tells one network from another.

    :param name: "mainnet", "testnet" or any other word for a network of one's own
    :param protocol_version: 1..10, as people count (the wire has one less)
    """

    name: str
    genesis_hash: bytes
    genesis_string: str
    protocol_version: int = 9
    genesis_time: int = 1_623_219_480_000


@dataclass(frozen=True)
class Blocks:
    """The chain of blocks: every height from 0 to the tip exists.

    :param finalized_height: last finalized block when the node starts
    :param finalized_age: seconds between that block's slot time and the node's start
    :param ahead: how many blocks the best block is ahead of the last finalized one
    :param interval: seconds between two blocks
    :param grows: whether a block is finalized every `interval` while the node runs
    :param hashes: hashes that are fixed by the file; others are made from genesis and height
    """

    finalized_height: int = 30_000_000
    finalized_age: float = 2.0
    ahead: int = 1
    interval: float = 2.0
    grows: bool = True
    hashes: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Wallet:
    """A Ledger's recovery phrase. World phrases are public test phrases, yet they stay out of repr."""

    name: str
    phrase: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True)
class Provider:
    """An identity provider known to the chain."""

    number: int
    name: str


@dataclass(frozen=True)
class YearMonth:
    """A month of a policy."""

    year: int
    month: int


@dataclass(frozen=True)
class Identity:
    """One identity of a wallet.

    :param index: the identity index on the device
    :param keygen: BLS key generation version, 0 or 1
    :param provider: the identity provider that issued it; also part of the path in the provider family
    """

    name: str
    wallet: str
    index: int
    keygen: int
    family: PathFamily
    provider: int
    created_at: YearMonth
    valid_to: YearMonth

    @property
    def path_provider(self) -> int | None:
        """Provider element of the derivation path, None in the legacy family."""
        return self.provider if self.family is PathFamily.PROVIDER else None


@dataclass(frozen=True)
class Own:
    """Origin of a credential: an identity of the world and a counter."""

    identity: str
    counter: int


@dataclass(frozen=True)
class Foreign:
    """Origin of a credential: somebody else; the ID is made from the name unless the file fixes it."""

    name: str
    cred_id: bytes | None = None


@dataclass(frozen=True)
class Credential:
    """A credential of an account.

    :param index: credential index on the account
    :param keys: key index -> "own" (the device's key), "foreign:NAME" or 64 hex digits
    :param added_at: height of the block that added it
    :param removed_at: height of the block that removed it, None while active
    """

    index: int
    origin: Own | Foreign
    kind: CredentialKind
    keys: tuple[str, ...]
    signature_threshold: int
    created_at: YearMonth | None
    valid_to: YearMonth | None
    attributes: Mapping[str, str]
    added_at: int
    removed_at: int | None


@dataclass(frozen=True)
class Stake:
    """Validator or delegator.

    :param target: None for passive delegation or a validator itself, else the validator's account name or number
    """

    kind: str
    amount: int
    restake: bool = True
    target: str | int | None = None
    suspended: bool = False


@dataclass(frozen=True)
class Release:
    """Part of a release schedule.

    :param after_days: when it is released, counted from the node's start
    """

    after_days: float
    amount: int


@dataclass(frozen=True)
class Cooldown:
    """Stake on its way back.

    :param status: 0 cooldown, 1 pre-cooldown, 2 pre-pre-cooldown
    """

    after_days: float
    amount: int
    status: int = 0


@dataclass(frozen=True)
class Account:
    """An account on the chain.

    :param index: account index; None takes the next free one
    :param address: only for genesis accounts whose address is not the hash of their first credential
    :param descending_map: send the credential map in descending order (its order is not defined on the wire)
    """

    name: str
    credentials: tuple[Credential, ...]
    balance: int = 0
    threshold: int = 1
    nonce: int = 1
    index: int | None = None
    address: bytes | None = None
    stake: Stake | None = None
    schedule: tuple[Release, ...] = ()
    cooldowns: tuple[Cooldown, ...] = ()
    descending_map: bool = False


@dataclass(frozen=True)
class World:
    """A whole world file."""

    name: str
    summary: str
    network: Network
    blocks: Blocks
    wallets: tuple[Wallet, ...]
    providers: tuple[Provider, ...]
    identities: tuple[Identity, ...]
    accounts: tuple[Account, ...]
    filler_accounts: int = 0

    def wallet(self, name: str) -> Wallet:
        """The wallet of that name."""
        for wallet in self.wallets:
            if wallet.name == name:
                return wallet
        known = ", ".join(wallet.name for wallet in self.wallets) or "none"
        raise WorldError(f"world {self.name!r} has no wallet {name!r}; it has: {known}")
