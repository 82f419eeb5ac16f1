"""[pure] Safe accounts whose address follows from their first owners and a salt that counts up from 0.

address = last 20 bytes of keccak(ff, factory, keccak(keccak(setup call), salt nonce), keccak(init code)). Safe{Wallet}
counts the nonce since February 2024; before, it was the clock in milliseconds, which nobody can walk. What the wallet
writes into the setup call changed over time: each form is a recipe here.

Sources: safe-global/safe-smart-account (Safe.setup, SafeProxyFactory), safe-global/safe-deployments (addresses),
safe-global/safe-wallet-monorepo (what the wallet fills in).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from chain.evm.abi import (
    ADDRESS,
    WORD,
    AbiError,
    address,
    address_list,
    dynamic_bytes,
    read_address_list,
    read_uint,
    uint,
)
from chain.evm.abi import selector as function
from chain.evm.keccak import keccak256

_SETUP: Final = function("setup(address[],uint256,address,bytes,address,address,uint256,address)")
_SETUP_TO_L2: Final = function("setupToL2(address)")
OWNERS_CALL: Final = function("getOwners()")
THRESHOLD_CALL: Final = function("getThreshold()")
_NOBODY: Final = bytes(ADDRESS)
_WALLET_RECEIVER: Final = bytes.fromhex("5afe7A11E7000000000000000000000000000000")
"""What Safe{Wallet} names as payment receiver since October 2024, as its mark."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where one release of the Safe contracts stands on every chain that has it.

    `init_code_hash`: of the proxy's creation code with this singleton behind it (the creation code of the release's
    own build; a test makes the hash again from the published package).
    """

    release: str
    factory: bytes
    handler: bytes
    init_code_hash: bytes


@dataclass(frozen=True, slots=True)
class SafeRecipe:
    """One way in which Safe{Wallet} has made accounts. `to` and `data`: the call that the setup makes."""

    name: str
    deployment: Deployment
    to: bytes = _NOBODY
    data: bytes = b""
    receiver: bytes = _NOBODY


@dataclass(frozen=True, slots=True)
class SafeCandidate:
    """A Safe that may exist. `owners`: 20 bytes each, in the order of its making; `salt`: the salt nonce."""

    address: bytes
    recipe: str
    owners: tuple[bytes, ...]
    threshold: int
    salt: int


def safe_address(recipe: SafeRecipe, owners: Sequence[bytes], threshold: int, salt: int) -> bytes:
    """The address (20 bytes) of the Safe with these first owners.

    :raises ValueError: no owner, a threshold that they cannot reach, or a salt that is no uint256.
    """
    if not 1 <= threshold <= len(owners):
        raise ValueError("a Safe has at least one owner, and a threshold of 1 up to their number")
    return _address(recipe.deployment, keccak256(_setup_call(recipe, owners, threshold)), salt)


def safe_candidates(
    owner_sets: Sequence[tuple[bytes, ...]], salts: range, recipes: Sequence[SafeRecipe] | None = None
) -> Iterator[SafeCandidate]:
    """Every Safe of these owner sets, salts and recipes, with every threshold that the set can have."""
    for owners, recipe in product(owner_sets, RECIPES if recipes is None else recipes):
        for threshold in range(1, len(owners) + 1):
            setup = keccak256(_setup_call(recipe, owners, threshold))
            for salt in salts:
                yield SafeCandidate(_address(recipe.deployment, setup, salt), recipe.name, owners, threshold, salt)


def read_owners(answer: bytes) -> tuple[bytes, ...]:
    """The present owners, of the answer to OWNERS_CALL.

    :raises AbiError: it is no list of addresses, or an empty one, which no Safe has.
    """
    owners = read_address_list(answer)
    if not owners:
        raise AbiError("a Safe without owners")
    return owners


def read_threshold(answer: bytes) -> int:
    """How many owners must sign, of the answer to THRESHOLD_CALL.

    :raises AbiError: not one word, or 0.
    """
    threshold = read_uint(answer)
    if not threshold:
        raise AbiError("a Safe with threshold 0")
    return threshold


def _address(deployment: Deployment, setup_hash: bytes, salt: int) -> bytes:
    own = keccak256(setup_hash + uint(salt))
    return keccak256(b"\xff" + deployment.factory + own + deployment.init_code_hash)[-ADDRESS:]


def _setup_call(recipe: SafeRecipe, owners: Sequence[bytes], threshold: int) -> bytes:
    """setup(owners, threshold, to, data, fallbackHandler, paymentToken 0, payment 0, paymentReceiver)."""
    owner_tail, data_tail = address_list(owners), dynamic_bytes(recipe.data)
    head = (
        uint(8 * WORD),
        uint(threshold),
        address(recipe.to),
        uint(8 * WORD + len(owner_tail)),
        address(recipe.deployment.handler),
        address(_NOBODY),
        uint(0),
        address(recipe.receiver),
    )
    return _SETUP + b"".join(head) + owner_tail + data_tail


def _deployment(release: str, factory: str, handler: str, init_code_hash: str) -> Deployment:
    return Deployment(release, bytes.fromhex(factory), bytes.fromhex(handler), bytes.fromhex(init_code_hash))


_FACTORY_141, _HANDLER_141 = "4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67", "fd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99"
_FACTORY_130, _HANDLER_130 = "a6B71E26C5e0845f74c812102Ca7114b6a896AB2", "f48f2B2d2a534e402487b3ee7C18c33Aec0Fe5e4"
_FACTORY_155, _HANDLER_155 = "C22834581EbC8527d974F8a1c97E1bEA4EF910BC", "017062a1dE2FE6b99BE3d9d37841FeD19F573804"
_L1_141: Final = _deployment(
    "1.4.1", _FACTORY_141, _HANDLER_141, "76733d705f71b79841c0ee960a0ca880f779cde7ef446c989e6d23efc0a4adfb"
)
_L2_141: Final = _deployment(
    "1.4.1 L2", _FACTORY_141, _HANDLER_141, "e298282cefe913ab5d282047161268a8222e4bd4ed106300c547894bbefd31ee"
)
_OLDER: Final = (
    _deployment(
        "1.3.0", _FACTORY_130, _HANDLER_130, "56e3081a3d1bb38ed4eed1a39f7729c3cc77c7825794c15bbf326f3047fd779c"
    ),
    _deployment(
        "1.3.0 L2", _FACTORY_130, _HANDLER_130, "caf2dc2f91b804b2fcf1ed3a965a1ff4404b840b80c124277b00a43b4634b2ce"
    ),
    _deployment(
        "1.3.0 eip155", _FACTORY_155, _HANDLER_155, "b3e501cfec8bd01fe46110901ec2dbff08b51dfc5ac094de6535e2c4bbdb59d9"
    ),
    _deployment(
        "1.3.0 eip155 L2",
        _FACTORY_155,
        _HANDLER_155,
        "ea577b319e453ad8c9c606cacfe42c5750522aa0379d419931cb34698e3630e0",
    ),
)
_TO_L2_SETUP: Final = bytes.fromhex("BD89A1CE4DDe368FFAB0eC35506eEcE0b1fFdc54")
_L2_SINGLETON_141: Final = bytes.fromhex("29fcB43b46531BcA003ddC8FCB67FFE91900C762")

MULTICHAIN: Final = SafeRecipe(
    "Safe 1.4.1 multichain", _L1_141, _TO_L2_SETUP, _SETUP_TO_L2 + address(_L2_SINGLETON_141), _WALLET_RECEIVER
)
RECIPES: Final = (
    MULTICHAIN,
    *(SafeRecipe(f"Safe {d.release}", d) for d in (_L1_141, _L2_141, *_OLDER)),
    *(SafeRecipe(f"Safe {d.release} wallet", d, receiver=_WALLET_RECEIVER) for d in (_L1_141, _L2_141)),
)
"""Newest first. "wallet": with the wallet's mark as payment receiver, on chains without the multichain form."""
