"""Accounts that only fill the chain: made from their number alone, so that a million of them need no memory.

The number is written into the address and the credential ID, which makes both directions one hash. Unlike real
ones, these addresses are not the hash of a credential and these credential IDs are not points of the curve.
"""

from __future__ import annotations

import hashlib

_DIGITS = 4
_ALIAS_BYTES = 29


def address(number: int) -> bytes:
    """32-byte canonical address of filler account `number`; its number is in bytes 25..28."""
    digest = hashlib.sha256(b"emulator.world filler %d" % number).digest()
    return digest[:25] + number.to_bytes(_DIGITS, "big") + digest[29:]


def cred_id(number: int) -> bytes:
    """48-byte credential ID of filler account `number`; its number is in the last four bytes."""
    digest = hashlib.sha512(b"emulator.world filler credential %d" % number).digest()
    return bytes([0xA0 | digest[0] & 0x1F]) + digest[1:44] + number.to_bytes(_DIGITS, "big")


def number_of_address(alias: bytes, count: int) -> int | None:
    """Which of `count` filler accounts an address (any alias: 29 bytes count) belongs to."""
    number = int.from_bytes(alias[25:_ALIAS_BYTES], "big")
    same = number < count and address(number)[:_ALIAS_BYTES] == alias[:_ALIAS_BYTES]
    return number if same else None


def number_of_cred_id(wanted: bytes, count: int) -> int | None:
    """Which of `count` filler accounts a credential ID belongs to."""
    number = int.from_bytes(wanted[-_DIGITS:], "big")
    return number if number < count and cred_id(number) == wanted else None
