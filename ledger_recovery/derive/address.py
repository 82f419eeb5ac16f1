"""[pure] Account addresses: 32 bytes, and their Base58Check text (version byte 1, about 50 characters).

An account's address is SHA-256 of its first credential ID (concordium-base id/types.rs). For a credential that joined
an account later the hash is nobody's address: take the account's address from the chain instead.
"""

from __future__ import annotations

import hashlib
import re

import base58

ADDRESS_BYTES = 32
CANONICAL_BYTES = 29
"""The last three bytes are free: addresses that agree in the first 29 are aliases of one account."""

_CRED_ID_BYTES = 48
_VERSION = 1
_CHECKSUM_BYTES = 4
_MAX_TEXT = 64
"""Longer than any address; refused before decoding, whose cost grows with the square of the length."""

_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")


class AddressError(ValueError):
    """Text or bytes that are not a Concordium account address; the text says why."""


def account_address(first_cred_id: bytes) -> bytes:
    """The 32-byte canonical address of the account whose first credential has this 48-byte credential ID.

    :raises ValueError: not 48 bytes.
    """
    if len(first_cred_id) != _CRED_ID_BYTES:
        raise ValueError(f"a credential ID has {_CRED_ID_BYTES} bytes, this one has {len(first_cred_id)}")
    return hashlib.sha256(first_cred_id).digest()


def encode_address(address: bytes) -> str:
    """The Base58Check text of a 32-byte address.

    :raises AddressError: not 32 bytes.
    """
    return base58.b58encode_check(bytes([_VERSION]) + _checked(address)).decode("ascii")


def decode_address(text: str) -> bytes:
    """The 32 bytes behind a Base58Check address; aliases are kept as they are.

    :raises AddressError: foreign characters, wrong checksum, version or length; the text says which.
    """
    if not 0 < len(text) <= _MAX_TEXT:
        raise AddressError(f"an account address has about 50 characters, this text has {len(text)}")
    # The library would silently drop blanks at the end: two texts for one address.
    if not _BASE58.fullmatch(text):
        raise AddressError("the account address holds a character that Base58 does not have; copy it again")
    raw = base58.b58decode(text)
    payload, checksum = raw[:-_CHECKSUM_BYTES], raw[-_CHECKSUM_BYTES:]
    if hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:_CHECKSUM_BYTES] != checksum:
        raise AddressError("the account address fails its checksum: a character is wrong or missing; copy it again")
    if payload[:1] != bytes([_VERSION]):
        raise AddressError("the text is not a Concordium account address: its version byte is not 1")
    return _checked(payload[1:])


def same_account(one: bytes, other: bytes) -> bool:
    """Whether two 32-byte addresses name one account (aliases differ in the last three bytes only).

    :raises AddressError: not 32 bytes.
    """
    return _checked(one)[:CANONICAL_BYTES] == _checked(other)[:CANONICAL_BYTES]


def _checked(address: bytes) -> bytes:
    if len(address) != ADDRESS_BYTES:
        raise AddressError(f"an account address has {ADDRESS_BYTES} bytes, this one has {len(address)}")
    return address
