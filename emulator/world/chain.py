"""A world as the chain has it: names resolved to keys, credential IDs, addresses and absolute times.

Pure: the time of the start is given. The node double serves this, and `expectation` reads from it what a
recovery must find.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.world import derivation
from emulator.world.attributes import ATTRIBUTE_TAGS, PERSON_TAGS
from emulator.world.model import (
    Account,
    Blocks,
    Credential,
    CredentialKind,
    Foreign,
    Identity,
    Network,
    Own,
    Provider,
    World,
    WorldError,
    YearMonth,
)
from emulator.world.validate import validate

DAY_MS = 86_400_000
ALIAS_BYTES = 29
"""From protocol 3 on the last three bytes of an address are free."""


@dataclass(frozen=True)
class Proofs:
    """What a normal credential carries besides keys; opaque bytes here, of the sizes that the chain has."""

    ar_threshold: int
    ar_data: Mapping[int, bytes]
    prf: bytes
    counter: bytes
    max_accounts: bytes
    attributes: Mapping[int, bytes]
    sharing: tuple[bytes, ...]


@dataclass(frozen=True)
class ChainCredential:
    """A credential with its bytes. `keys` maps key index to 32 bytes; `own_keys` are those of the Ledger."""

    index: int
    cred_id: bytes
    kind: CredentialKind
    keys: Mapping[int, bytes]
    signature_threshold: int
    provider: int | None
    created_at: YearMonth | None
    valid_to: YearMonth | None
    attributes: Mapping[int, bytes] = field(default_factory=dict)
    proofs: Proofs | None = None
    own_keys: frozenset[int] = frozenset()
    origin: Own | None = None
    added_at: int = 0
    removed_at: int | None = None

    def active_at(self, height: int) -> bool:
        """Whether the account lists it at this height."""
        return self.added_at <= height and (self.removed_at is None or height < self.removed_at)


@dataclass(frozen=True)
class ChainStake:
    """Stake with the validator resolved; `target` is None for a validator itself and for passive delegation."""

    kind: str
    amount: int
    restake: bool
    target: int | None
    suspended: bool


@dataclass(frozen=True)
class ChainRelease:
    """Release or cooldown at an absolute time (ms)."""

    timestamp: int
    amount: int
    transactions: tuple[bytes, ...] = ()
    status: int = 0


@dataclass(frozen=True)
class ChainAccount:
    """An account with its bytes. `credentials` also holds removed ones."""

    name: str
    index: int
    address: bytes
    credentials: tuple[ChainCredential, ...]
    balance: int
    threshold: int
    nonce: int
    stake: ChainStake | None = None
    schedule: tuple[ChainRelease, ...] = ()
    cooldowns: tuple[ChainRelease, ...] = ()
    descending_map: bool = False

    @property
    def created_at(self) -> int:
        """Height of the block that made the account."""
        return min(credential.added_at for credential in self.credentials)

    @property
    def locked(self) -> int:
        """MicroCCD in the release schedule."""
        return sum(release.amount for release in self.schedule)

    @property
    def staked(self) -> int:
        """MicroCCD staked by a validator or delegator."""
        return self.stake.amount if self.stake else 0

    @property
    def cooling_down(self) -> int:
        """MicroCCD on its way back from a stake."""
        return sum(cooldown.amount for cooldown in self.cooldowns)

    @property
    def available(self) -> int:
        """MicroCCD at disposal: locked amounts may be staked, so the larger of the two is what is bound."""
        return self.balance - max(self.locked, self.staked + self.cooling_down)

    def active(self, height: int) -> list[ChainCredential]:
        """Active credentials at a height, by rising index."""
        credentials = [item for item in self.credentials if item.active_at(height)]
        return sorted(credentials, key=lambda item: item.index)


@dataclass(frozen=True)
class Chain:
    """All that a node knows. `started` is the node's start in ms since 1970.

    Account indices have no gap at the start's last finalized block: the world's accounts of that time, then the
    fillers (from `first_filler_index`), then the accounts that later blocks make.
    """

    network: Network
    blocks: Blocks
    providers: tuple[Provider, ...]
    accounts: tuple[ChainAccount, ...]
    filler_accounts: int
    started: int
    by_cred_id: Mapping[bytes, ChainAccount] = field(repr=False)
    by_alias: Mapping[bytes, ChainAccount] = field(repr=False)
    by_index: Mapping[int, ChainAccount] = field(repr=False)
    first_filler_index: int


def build_chain(world: World, started: int, *, filler_accounts: int | None = None) -> Chain:
    """Resolve a world; WorldError if it does not fit together."""
    validate(world)
    keys = KeyRing(world)
    fillers = world.filler_accounts if filler_accounts is None else filler_accounts
    indices, first_filler_index = _account_indices(world, fillers)
    accounts = tuple(_account(account, indices, keys, started) for account in world.accounts)
    by_cred_id: dict[bytes, ChainAccount] = {}
    for account in accounts:
        for credential in account.credentials:
            if credential.cred_id in by_cred_id:
                raise WorldError(f"account {account.name!r}: {credential.cred_id.hex()} is used twice")
            by_cred_id[credential.cred_id] = account
    return Chain(
        network=world.network,
        blocks=world.blocks,
        providers=world.providers,
        accounts=accounts,
        filler_accounts=fillers,
        started=started,
        by_cred_id=by_cred_id,
        by_alias={account.address[:ALIAS_BYTES]: account for account in accounts},
        by_index={account.index: account for account in accounts},
        first_filler_index=first_filler_index,
    )


class KeyRing:
    """The keys of a world's identities, derived when first needed. Holds public test phrases' keys only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._identities = {identity.name: identity for identity in world.identities}
        self._seeds: dict[str, bytes] = {}
        self._prf_keys: dict[str, int] = {}

    def identity(self, name: str) -> Identity:
        """The identity of that name."""
        return self._identities[name]

    def seed(self, wallet: str) -> bytes:
        """64-byte seed of a wallet."""
        if wallet not in self._seeds:
            found = self._world.wallet(wallet)
            self._seeds[wallet] = derivation.seed_from_phrase(found.phrase, found.passphrase)
        return self._seeds[wallet]

    def cred_id(self, origin: Own) -> bytes:
        """48-byte credential ID of an own credential."""
        if origin.identity not in self._prf_keys:
            identity = self._identities[origin.identity]
            path = derivation.prf_key_path(identity.index, identity.path_provider)
            seed = derivation.slip10(self.seed(identity.wallet), path)
            self._prf_keys[origin.identity] = derivation.keygen(identity.keygen, seed)
        return derivation.cred_id(self._prf_keys[origin.identity], origin.counter)

    def account_key(self, origin: Own) -> bytes:
        """32-byte public key that the Ledger has for an own credential."""
        identity = self._identities[origin.identity]
        path = derivation.account_key_path(identity.index, origin.counter, identity.path_provider)
        return derivation.public_key(derivation.slip10(self.seed(identity.wallet), path))


def _account_indices(world: World, fillers: int) -> tuple[dict[str, int], int]:
    """The index of each account by name, and that of the first filler account."""
    taken = {account.index for account in world.accounts if account.index is not None}
    indices = {account.name: account.index for account in world.accounts if account.index is not None}
    height = world.blocks.finalized_height
    later = {a.name for a in world.accounts if min(c.added_at for c in a.credentials) > height}
    free = 0
    for account in world.accounts:
        if account.name in indices or account.name in later:
            continue
        while free in taken:
            free += 1
        taken.add(free)
        indices[account.name] = free
    first_filler_index = max((i for name, i in indices.items() if name not in later), default=-1) + 1
    made_later = [a.name for a in world.accounts if a.name in later and a.name not in indices]
    indices |= {name: first_filler_index + fillers + n for n, name in enumerate(made_later)}
    return indices, first_filler_index


def _account(account: Account, indices: Mapping[str, int], keys: KeyRing, started: int) -> ChainAccount:
    credentials = tuple(_credential(item, keys) for item in account.credentials)
    first = next(item for item in credentials if item.index == 0 and item.removed_at is None)
    stake = account.stake
    chain_stake = None
    if stake is not None:
        target = indices[stake.target] if isinstance(stake.target, str) else stake.target
        chain_stake = ChainStake(stake.kind, stake.amount, stake.restake, target, stake.suspended)
    schedule = [
        ChainRelease(started + round(item.after_days * DAY_MS), item.amount, (_bytes(account.name, n, 32),))
        for n, item in enumerate(account.schedule)
    ]
    cooldowns = [
        ChainRelease(started + round(item.after_days * DAY_MS), item.amount, status=item.status)
        for item in account.cooldowns
    ]
    return ChainAccount(
        name=account.name,
        index=indices[account.name],
        address=account.address or derivation.account_address(first.cred_id),
        credentials=credentials,
        balance=account.balance,
        threshold=account.threshold,
        nonce=account.nonce,
        stake=chain_stake,
        schedule=tuple(sorted(schedule, key=lambda item: item.timestamp)),
        cooldowns=tuple(sorted(cooldowns, key=lambda item: item.timestamp)),
        descending_map=account.descending_map,
    )


def _credential(item: Credential, keys: KeyRing) -> ChainCredential:
    origin = item.origin if isinstance(item.origin, Own) else None
    identity = keys.identity(origin.identity) if origin else None
    if isinstance(item.origin, Foreign):
        cred_id = item.origin.cred_id or derivation.foreign_cred_id(item.origin.name)
    else:
        cred_id = keys.cred_id(item.origin)
    attributes = {ATTRIBUTE_TAGS[name]: value.encode() for name, value in item.attributes.items()}
    return ChainCredential(
        index=item.index,
        cred_id=cred_id,
        kind=item.kind,
        keys={number: _key(key, origin, keys) for number, key in enumerate(item.keys)},
        signature_threshold=item.signature_threshold,
        provider=identity.provider if identity else 0,
        created_at=item.created_at or (identity.created_at if identity else YearMonth(2022, 1)),
        valid_to=item.valid_to or (identity.valid_to if identity else YearMonth(2027, 1)),
        attributes=attributes,
        proofs=_proofs(cred_id, attributes) if item.kind is CredentialKind.NORMAL else None,
        own_keys=frozenset(number for number, key in enumerate(item.keys) if key == "own"),
        origin=origin,
        added_at=item.added_at,
        removed_at=item.removed_at,
    )


def _key(text: str, origin: Own | None, keys: KeyRing) -> bytes:
    if text == "own":
        if origin is None:
            raise WorldError("the key 'own' needs an identity")
        return keys.account_key(origin)
    kind, colon, name = text.partition(":")
    return derivation.foreign_key(name) if colon else bytes.fromhex(kind)


def _proofs(cred_id: bytes, revealed: Mapping[int, bytes]) -> Proofs:
    label = cred_id.hex()
    return Proofs(
        ar_threshold=1,
        ar_data={number: _bytes(label, number, 96) for number in (1, 2, 3)},
        prf=_bytes(label, 10, 48),
        counter=_bytes(label, 11, 48),
        max_accounts=_bytes(label, 12, 48),
        attributes={tag: _bytes(label, 20 + tag, 48) for tag in PERSON_TAGS if tag not in revealed},
        sharing=(_bytes(label, 13, 48),),
    )


def _bytes(label: str, number: int, size: int) -> bytes:
    return hashlib.shake_128(f"emulator.world {label} {number}".encode()).digest(size)
