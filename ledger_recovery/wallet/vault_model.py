"""[pure] What the vault stores: numbers and ciphertext, nothing that is secret by itself."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True, slots=True)
class VaultCost:
    """What one guess of the password costs (Argon2id). `memory_kib`: KiB of memory."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4


STRONG = VaultCost()
"""The least that a new vault gets: 64 MiB and three passes (RFC 9106, second recommended option)."""


@dataclass(frozen=True, slots=True)
class VaultHeader:
    """What unlocking needs. `vault_id` stays when the password changes; `wrapped_key`: the vault key and its tag."""

    vault_id: bytes
    cost: VaultCost
    salt: bytes
    nonce: bytes
    wrapped_key: bytes
    checksum: bytes
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class SealedItem:
    """One secret, encrypted. `purpose` selects the key; `name` tells items of one purpose apart; neither is secret."""

    vault_id: bytes
    purpose: str
    name: str
    nonce: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """What is known of an item without the password. `size`: bytes of the secret."""

    purpose: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """`cost` is None while there is no vault."""

    exists: bool
    cost: VaultCost | None = None
    entries: tuple[VaultEntry, ...] = ()
