"""[pure] How the vault encrypts: password, Argon2id, wrapped vault key, an HKDF key per purpose, AEAD.

Every salt, nonce and key comes from the caller. The password never meets the content: changing it wraps the same vault
key anew. AEAD is ChaCha20-Poly1305 (RFC 8439), which binds each item to its vault, purpose and name; Argon2id is
RFC 9106. A checksum over the header tells a damaged header from a wrong password; it protects nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger_recovery.errors import StorageError, WrongPassword
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.vault_model import VERSION, SealedItem, VaultCost, VaultHeader

ID_BYTES = 16
SALT_BYTES = 16
NONCE_BYTES = 12
KEY_BYTES = 32
TAG_BYTES = 16
WRAPPED_BYTES = KEY_BYTES + TAG_BYTES
MAX_ITEM_BYTES = 64 * 1024 * 1024

_LABEL = b"ledger-recovery vault v1 "
_RESTORE = "restore the wallet file from a backup; Ledger accounts come back by recovery without the vault"


_CEILING = VaultCost(memory_kib=1024 * 1024, iterations=10, lanes=16)


def new_header(
    password: SecretBytes, key: SecretBytes, vault_id: bytes, salt: bytes, nonce: bytes, cost: VaultCost
) -> VaultHeader:
    """Wrap the vault key (32 bytes) under a password."""
    header = VaultHeader(vault_id, cost, salt, nonce, b"", b"")
    with _password_key(password, header) as wrapping:
        wrapped = ChaCha20Poly1305(wrapping.reveal()).encrypt(nonce, key.reveal(), _head(header))
    header = replace(header, wrapped_key=wrapped)
    return replace(header, checksum=_checksum(header))


def open_header(password: SecretBytes, header: VaultHeader) -> SecretBytes:
    """The vault key; the caller wipes it.

    :raises WrongPassword: the password does not open it.
    :raises StorageError: the header is damaged, of a newer program, or asks for absurd work.
    """
    check_header(header)
    with _password_key(password, header) as wrapping:
        try:
            return SecretBytes(
                ChaCha20Poly1305(wrapping.reveal()).decrypt(header.nonce, header.wrapped_key, _head(header))
            )
        except InvalidTag:
            raise WrongPassword(
                "the password does not open the vault",
                "try again, with attention to keyboard layout and upper case; a lost password cannot be reset, but "
                "Ledger accounts do not depend on it: recovery finds them",
            ) from None


def check_header(header: VaultHeader) -> None:
    """Refuse a header before any work is done for it.

    :raises StorageError: damaged, of a newer program, or beyond the ceiling of work.
    """
    if not _well_typed(header):
        raise StorageError("the vault's header is damaged", _RESTORE)
    if header.version != VERSION:
        raise StorageError(
            f"the vault is of version {header.version}, and this program knows version {VERSION}",
            "update ledger-recovery",
        )
    cost = header.cost
    fits = (
        8 * cost.lanes <= cost.memory_kib <= _CEILING.memory_kib
        and 1 <= cost.iterations <= _CEILING.iterations
        and 1 <= cost.lanes <= _CEILING.lanes
    )
    if not fits:
        raise StorageError("the vault asks for more work than this program ever sets", _RESTORE)
    sizes = tuple(map(len, (header.vault_id, header.salt, header.nonce, header.wrapped_key)))
    if sizes != (ID_BYTES, SALT_BYTES, NONCE_BYTES, WRAPPED_BYTES) or header.checksum != _checksum(header):
        raise StorageError("the vault's header is damaged", _RESTORE)


def seal(key: SecretBytes, vault_id: bytes, purpose: str, name: str, secret: SecretBytes, nonce: bytes) -> SealedItem:
    """Encrypt one secret.

    :raises ValueError: more than MAX_ITEM_BYTES.
    """
    if len(secret) > MAX_ITEM_BYTES:
        raise ValueError(f"a vault item holds at most {MAX_ITEM_BYTES} bytes")
    item = SealedItem(vault_id, purpose, name, nonce, b"")
    with _purpose_key(key, item) as item_key:
        sealed = ChaCha20Poly1305(item_key.reveal()).encrypt(nonce, secret.reveal(), _place(item))
    return replace(item, sealed=sealed)


def unseal(key: SecretBytes, item: SealedItem) -> SecretBytes:
    """Decrypt one secret; the caller wipes it.

    :raises StorageError: it was altered, or does not belong to this vault, purpose or name.
    """
    with _purpose_key(key, item) as item_key:
        try:
            return SecretBytes(ChaCha20Poly1305(item_key.reveal()).decrypt(item.nonce, item.sealed, _place(item)))
        except (InvalidTag, ValueError, TypeError):  # TypeError: text where SQLite was to hold bytes
            raise StorageError(
                f"the vault's {item.purpose} {item.name} is damaged, or was moved there from elsewhere", _RESTORE
            ) from None


def _well_typed(header: VaultHeader) -> bool:
    """SQLite stores text in a column of bytes or numbers, if somebody tells it to."""
    parts = (header.vault_id, header.salt, header.nonce, header.wrapped_key, header.checksum)
    numbers = (header.version, header.cost.memory_kib, header.cost.iterations, header.cost.lanes)
    return all(isinstance(part, bytes) for part in parts) and all(isinstance(number, int) for number in numbers)


def _password_key(password: SecretBytes, header: VaultHeader) -> SecretBytes:
    cost = header.cost
    argon = Argon2id(
        salt=header.salt, length=KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    with SecretBytes(argon.derive(password.reveal())) as stretched:
        return _labelled(stretched, header.vault_id, b"key wrap")


def _purpose_key(key: SecretBytes, item: SealedItem) -> SecretBytes:
    return _labelled(key, item.vault_id, b"items " + item.purpose.encode())


def _labelled(key: SecretBytes, vault_id: bytes, label: bytes) -> SecretBytes:
    """HKDF-SHA256 (RFC 5869): no key is used for two things."""
    return SecretBytes(HKDF(SHA256(), KEY_BYTES, salt=vault_id, info=_LABEL + label).derive(key.reveal()))


def _head(header: VaultHeader) -> bytes:
    cost = header.cost
    numbers = (header.version, cost.memory_kib, cost.iterations, cost.lanes)
    return b"header" + b"".join(number.to_bytes(8, "big") for number in numbers) + header.vault_id + header.salt


def _checksum(header: VaultHeader) -> bytes:
    return hashlib.sha256(_head(header) + header.nonce + header.wrapped_key).digest()[:ID_BYTES]


def _place(item: SealedItem) -> bytes:
    purpose, name = item.purpose.encode(), item.name.encode()
    return b"item" + len(purpose).to_bytes(4, "big") + purpose + name
