"""Do the parts of a world fit together, and could the chain be like this?

The rules of the chain are those of concordium-node's scheduler: a credential ID is used once for ever, the first
credential (index 0) cannot be removed, thresholds can be met, nobody has more locked than they own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from mnemonic import Mnemonic

from emulator.world.attributes import ATTRIBUTE_TAGS, MAX_ATTRIBUTE_BYTES
from emulator.world.model import Account, Credential, Identity, Own, PathFamily, Stake, World, WorldError

_KEY_HEX_DIGITS = 64


def validate(world: World) -> None:
    """Raise WorldError with one sentence about the first thing that does not fit."""
    _unique("wallet", (wallet.name for wallet in world.wallets))
    _unique("identity", (identity.name for identity in world.identities))
    _unique("account", (account.name for account in world.accounts))
    _unique("provider", (str(provider.number) for provider in world.providers))
    _unique("account index", (str(a.index) for a in world.accounts if a.index is not None))
    for wallet in world.wallets:
        if not _english().check(wallet.phrase):
            raise WorldError(f"wallet {wallet.name!r}: the phrase is not a BIP-39 phrase (word or checksum)")
    _identities(world)
    _credentials_once(world)
    identities = {identity.name for identity in world.identities}
    for account in world.accounts:
        _account(account, identities)
        if account.stake is not None:
            _stake(account, account.stake, world)


@cache
def _english() -> Mnemonic:
    return Mnemonic("english")


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WorldError(f"{what} {name!r} is given twice")
        seen.add(name)


def _identities(world: World) -> None:
    wallets = {wallet.name for wallet in world.wallets}
    places: dict[tuple[str, PathFamily, int | None, int, int], str] = {}
    for identity in world.identities:
        if identity.wallet not in wallets:
            raise WorldError(f"identity {identity.name!r}: there is no wallet {identity.wallet!r}")
        if identity.keygen == 0 and identity.family is PathFamily.PROVIDER:
            raise WorldError(f"identity {identity.name!r}: key generation 0 exists on legacy paths only")
        place = _place(identity)
        if place in places:
            raise WorldError(f"identities {places[place]!r} and {identity.name!r} have the same keys")
        places[place] = identity.name


def _place(identity: Identity) -> tuple[str, PathFamily, int | None, int, int]:
    return (identity.wallet, identity.family, identity.path_provider, identity.index, identity.keygen)


def _credentials_once(world: World) -> None:
    seen: dict[object, str] = {}
    for account in world.accounts:
        for credential in account.credentials:
            key: object = credential.origin
            if key in seen:
                raise WorldError(f"{key} is on {seen[key]!r} and {account.name!r}; a credential is used once")
            seen[key] = account.name


def _account(account: Account, identities: set[str]) -> None:
    def fail(complaint: str) -> WorldError:
        return WorldError(f"account {account.name!r}: {complaint}")

    active = [credential for credential in account.credentials if credential.removed_at is None]
    indices = [credential.index for credential in active]
    if 0 not in indices:
        raise fail("needs an active credential at index 0 (the first one can never be removed)")
    if len(set(indices)) != len(indices):
        raise fail("two active credentials have the same index")
    if account.threshold > len(active):
        raise fail(f"threshold {account.threshold} is above its {len(active)} active credentials")
    first = next(credential for credential in active if credential.index == 0)
    for credential in account.credentials:
        if credential.added_at < first.added_at:
            raise fail(f"credential {credential.index} is older than the account")
        _credential(credential, identities, fail)
    locked = sum(release.amount for release in account.schedule)
    if locked > account.balance:
        raise fail(f"{locked} microCCD are locked, but the balance is {account.balance}")
    bound = sum(c.amount for c in account.cooldowns) + (account.stake.amount if account.stake else 0)
    if bound > account.balance:
        raise fail(f"{bound} microCCD are staked or cooling down, but the balance is {account.balance}")


def _credential(credential: Credential, identities: set[str], fail: Callable[[str], WorldError]) -> None:
    where = f"credential {credential.index}"
    own = isinstance(credential.origin, Own)
    if isinstance(credential.origin, Own) and credential.origin.identity not in identities:
        raise fail(f"{where}: there is no identity {credential.origin.identity!r}")
    if not 1 <= len(credential.keys) <= 255:
        raise fail(f"{where}: needs 1 to 255 keys")
    if credential.signature_threshold > len(credential.keys):
        raise fail(f"{where}: signature threshold is above its {len(credential.keys)} keys")
    for key in credential.keys:
        _key(key, own, lambda complaint: fail(f"{where}: {complaint}"))
    if credential.removed_at is not None and credential.removed_at <= credential.added_at:
        raise fail(f"{where}: is removed before it is added")
    for name, value in credential.attributes.items():
        if name not in ATTRIBUTE_TAGS:
            raise fail(f"{where}: {name!r} is not an attribute; known are {', '.join(ATTRIBUTE_TAGS)}")
        if len(value.encode()) > MAX_ATTRIBUTE_BYTES:
            raise fail(f"{where}: attribute {name} is longer than {MAX_ATTRIBUTE_BYTES} bytes")


def _key(key: str, own: bool, fail: Callable[[str], WorldError]) -> None:
    if key == "own":
        if not own:
            raise fail("only a credential of an identity can have the key 'own'")
    elif not (key.startswith("foreign:") or _is_key_hex(key)):
        raise fail(f"key {key!r} must be 'own', 'foreign:NAME' or {_KEY_HEX_DIGITS} hex digits")


def _is_key_hex(key: str) -> bool:
    return len(key) == _KEY_HEX_DIGITS and all(digit in "0123456789abcdefABCDEF" for digit in key)


def _stake(account: Account, stake: Stake, world: World) -> None:
    if not isinstance(stake.target, str):
        return
    for other in world.accounts:
        if other.name == stake.target:
            if other.stake is None or other.stake.kind != "validator":
                raise WorldError(f"account {account.name!r}: {stake.target!r} is not a validator")
            return
    raise WorldError(f"account {account.name!r}: there is no account {stake.target!r} to delegate to")
