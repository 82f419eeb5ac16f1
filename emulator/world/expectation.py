"""What a recovery with a wallet's Ledger must find, read from the world and not searched for.

Written from the world's declarations, so that it holds for whatever way of searching is being tested. `to_json`
gives the form that `python -m emulator world expect` prints; its `version` rises when a field changes meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from emulator.world.chain import Chain, ChainAccount, ChainCredential, build_chain
from emulator.world.derivation import LAST_COUNTER, address_text
from emulator.world.model import Identity, Own, World

FORMAT_VERSION = 1


@dataclass(frozen=True)
class ExpectedCredential:
    """A credential of the wallet that is or was on the chain.

    :param status: "active" or "removed"
    :param kind: "initial" or "normal"; None if removed, for then the chain does not say
    :param keys: "own" (this Ledger can sign), "partial" (too few of its keys), "changed" (none); None if removed
    """

    cred_id: str
    identity: str
    path: str
    provider: int | None
    identity_index: int
    keygen: int
    counter: int
    account: str
    status: str
    credential_index: int | None
    kind: str | None
    keys: str | None
    matching_keys: int
    signature_threshold: int | None


@dataclass(frozen=True)
class ExpectedAccount:
    """An account that a credential of the wallet reaches. Amounts in microCCD.

    :param owned: False if only removed credentials reach it
    :param can_sign: whether this Ledger alone meets the account threshold
    :param stake: "validator", "delegator" or None
    :param target: validator delegated to, None if passive or no delegator
    """

    address: str
    account_index: int
    name: str
    owned: bool
    threshold: int
    signing_credentials: int
    can_sign: bool
    total: int
    available: int
    staked: int
    locked: int
    cooling_down: int
    stake: str | None
    target: int | None
    credentials: tuple[str, ...]


@dataclass(frozen=True)
class ExpectedIdentity:
    """A used identity index. `next_counters` maps key generation version to the next safe counter, None if full."""

    path: str
    provider: int | None
    identity_index: int
    placeholder: str
    next_counters: dict[int, int | None]


@dataclass(frozen=True)
class NextIdentityIndex:
    """The lowest identity index above all used ones, per path family and provider."""

    path: str
    provider: int | None
    identity_index: int


@dataclass(frozen=True)
class Expectation:
    """Everything that a complete recovery must report."""

    world: str
    wallet: str
    network: str
    genesis_hash: str
    accounts: tuple[ExpectedAccount, ...]
    credentials: tuple[ExpectedCredential, ...]
    identities: tuple[ExpectedIdentity, ...]
    next_identity_indices: tuple[NextIdentityIndex, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data with a format version."""
        return {"version": FORMAT_VERSION, **asdict(self)}


def expect(world: World, wallet: str, *, height: int | None = None) -> Expectation:
    """What a recovery of `wallet` finds at `height` (the last finalized block of the start, if not given)."""
    world.wallet(wallet)
    at = world.blocks.finalized_height if height is None else height
    # Nothing in an expectation depends on the clock, so any start will do.
    chain = build_chain(world, started=0)
    own = list(_own(world, chain, wallet, at))
    credentials = [_credential(identity, item, account, at) for identity, item, account in own]
    reached = {account.index: account for _, _, account in own}
    return Expectation(
        world=world.name,
        wallet=wallet,
        network=world.network.name,
        genesis_hash=world.network.genesis_hash.hex(),
        accounts=tuple(_account(reached[index], credentials) for index in sorted(reached)),
        credentials=tuple(sorted(credentials, key=_credential_order)),
        identities=_identities(credentials),
        next_identity_indices=_next_identity_indices(credentials),
    )


def _own(
    world: World, chain: Chain, wallet: str, height: int
) -> Iterator[tuple[Identity, ChainCredential, ChainAccount]]:
    identities = {item.name: item for item in world.identities if item.wallet == wallet}
    for account in chain.accounts:
        for credential in account.credentials:
            if credential.origin is None or credential.added_at > height:
                continue
            if credential.origin.identity in identities:
                yield identities[credential.origin.identity], credential, account


def _credential_order(item: ExpectedCredential) -> tuple[str, int, int, int, int]:
    return (item.path, item.provider or 0, item.identity_index, item.keygen, item.counter)


def _credential(identity: Identity, item: ChainCredential, account: ChainAccount, height: int) -> ExpectedCredential:
    active = item.active_at(height)
    matching = len(item.own_keys) if active else 0
    return ExpectedCredential(
        cred_id=item.cred_id.hex(),
        identity=identity.name,
        path=identity.family.value,
        provider=identity.path_provider,
        identity_index=identity.index,
        keygen=identity.keygen,
        counter=_counter(item.origin),
        account=address_text(account.address),
        status="active" if active else "removed",
        credential_index=item.index if active else None,
        kind=item.kind.value if active else None,
        keys=_key_status(matching, item.signature_threshold) if active else None,
        matching_keys=matching,
        signature_threshold=item.signature_threshold if active else None,
    )


def _counter(origin: Own | None) -> int:
    if origin is None:
        raise ValueError("a foreign credential has no counter")
    return origin.counter


def _key_status(matching: int, threshold: int) -> str:
    if matching >= threshold:
        return "own"
    return "partial" if matching else "changed"


def _account(account: ChainAccount, credentials: list[ExpectedCredential]) -> ExpectedAccount:
    address = address_text(account.address)
    own = [item for item in credentials if item.account == address]
    active = [item for item in own if item.status == "active"]
    signing = sum(item.keys == "own" for item in active)
    return ExpectedAccount(
        address=address,
        account_index=account.index,
        name=address[:8],
        owned=bool(active),
        threshold=account.threshold,
        signing_credentials=signing,
        can_sign=signing >= account.threshold,
        total=account.balance,
        available=account.available,
        staked=account.staked,
        locked=account.locked,
        cooling_down=account.cooling_down,
        stake=account.stake.kind if account.stake else None,
        target=account.stake.target if account.stake else None,
        credentials=tuple(item.cred_id for item in sorted(own, key=_credential_order)),
    )


def _identities(credentials: list[ExpectedCredential]) -> tuple[ExpectedIdentity, ...]:
    highest: dict[tuple[str, int | None, int], dict[int, int]] = defaultdict(dict)
    for item in credentials:
        counters = highest[item.path, item.provider, item.identity_index]
        counters[item.keygen] = max(item.counter, counters.get(item.keygen, 0))
    return tuple(
        ExpectedIdentity(
            path=path,
            provider=provider,
            identity_index=index,
            placeholder=f"Recovered: Index {index}",
            next_counters={
                keygen: counter + 1 if counter < LAST_COUNTER else None for keygen, counter in sorted(counters.items())
            },
        )
        for (path, provider, index), counters in sorted(highest.items(), key=_identity_order)
    )


def _identity_order(item: tuple[tuple[str, int | None, int], dict[int, int]]) -> tuple[str, int, int]:
    path, provider, index = item[0]
    return (path, provider or 0, index)


def _next_identity_indices(credentials: list[ExpectedCredential]) -> tuple[NextIdentityIndex, ...]:
    # The legacy family is always searched, so it has a next index even when nothing was found.
    highest: dict[tuple[str, int | None], int] = {("legacy", None): -1}
    for item in credentials:
        key = (item.path, item.provider)
        highest[key] = max(item.identity_index, highest.get(key, -1))
    ordered = sorted(highest.items(), key=lambda item: (item[0][0], item[0][1] or 0))
    return tuple(NextIdentityIndex(path, provider, index + 1) for (path, provider), index in ordered)
