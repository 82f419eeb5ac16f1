"""[pure] EVM addresses: 20 bytes, and the text form whose mixed case is a checksum (EIP-55)."""

from __future__ import annotations

import re
from typing import Final

from ledger_recovery.derive.evm.keccak import keccak256
from ledger_recovery.errors import InputError

ADDRESS_SIZE: Final = 20
PUBLIC_KEY_SIZE: Final = 65
_UNCOMPRESSED: Final = 0x04
_HEX: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]{40})", re.ASCII)
_ADVICE: Final = "copy the whole address again: 0x and 40 digits"


def address_of(public_key: bytes) -> bytes:
    """The address (20 bytes) of an uncompressed secp256k1 public key (65 bytes, 04 first).

    :raises ValueError: another length or first byte. Whether the point is on the curve is not checked here.
    """
    if len(public_key) != PUBLIC_KEY_SIZE or public_key[0] != _UNCOMPRESSED:
        raise ValueError("an address is made of an uncompressed public key: 04 and 64 bytes")
    return keccak256(public_key[1:])[-ADDRESS_SIZE:]


def checksum(address: bytes) -> str:
    """ "0x" and 40 digits, upper case where the hash of the lower-case digits says so.

    :raises ValueError: not 20 bytes.
    """
    if len(address) != ADDRESS_SIZE:
        raise ValueError(f"an address has {ADDRESS_SIZE} bytes, not {len(address)}")
    digits = address.hex()
    nibbles = keccak256(digits.encode("ascii")).hex()
    return "0x" + "".join(d.upper() if int(n, 16) >= 8 else d for d, n in zip(digits, nibbles, strict=False))


def parse_address(text: str) -> bytes:
    """The 20 bytes of an address as people write it; digits of one case only are taken without a checksum.

    :raises InputError: not an address, or mixed case that does not fit the digits (a mistyped address).
    """
    shown = text.strip()
    found = _HEX.fullmatch(shown)
    if found is None:
        raise InputError(f"{shown[:60]!r} is not an EVM address", _ADVICE)
    digits = found[1]
    address = bytes.fromhex(digits)
    mixed = digits not in (digits.lower(), digits.upper())
    if mixed and checksum(address)[2:] != digits:
        raise InputError(f"the capital letters of {shown} do not fit its digits: one of them is mistyped", _ADVICE)
    return address
