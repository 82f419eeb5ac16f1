"""Key derivation as the device does it: SLIP-10 ed25519, BLS KeyGen draft-04, credential ID, account address.

Written for the emulator alone, so that it can contradict the driver. Sources: SLIP-0010,
draft-irtf-cfrg-bls-signature-04 section 2.3, app-concordium src/verifyAddress.c, concordium-base.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mnemonic import Mnemonic
from py_arkworks_bls12381 import G1Point, Scalar

HARDENED = 0x80000000
GROUP_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order r of the BLS12-381 groups."""

COMMITMENT_BASE = bytes.fromhex(
    "b14cbfe44a02c6b1f78711176d5f437295367aa4f2a8c2551ee10d25a03adc69d61a332a058971919dad7312e1fc94c5"
)
"""g of the on-chain commitment key, compressed; both networks; fixed in the app (verifyAddress.c gX, gY)."""

DEFAULT_PHRASE = (
    "glory promote mansion idle axis finger extra february uncover one trip resource "
    "lawn turtle enact monster seven myth punch hobby comfort wild raise skin"
)
"""Speculos' default recovery phrase. Public: never a phrase of a person."""

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class NoSuchCredential(ValueError):
    """PRF key and counter add up to zero modulo the group order: the credential ID does not exist."""


@dataclass(frozen=True)
class Seed:
    """The secret behind all keys of one device: the BIP39 seed bytes."""

    raw: bytes = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> Seed:
        """Read a recovery phrase, or `hex:` and the seed bytes.

        As in Speculos, neither words nor checksum of a phrase are checked.
        :raises ValueError: the digits after `hex:` are not hex, or there are none
        """
        text = text.strip()
        if not text.startswith("hex:"):
            return cls(Mnemonic.to_seed(" ".join(text.split())))
        try:
            raw = bytes.fromhex(text.removeprefix("hex:"))
        except ValueError:
            raise ValueError("the seed after hex: is not a hex string; give pairs of hex digits") from None
        if not raw:
            raise ValueError("the seed after hex: is empty; give 16 to 64 bytes as hex digits")
        return cls(raw)


def slip10(seed: Seed, path: Sequence[int]) -> bytes:
    """Private key (32 bytes, not clamped) at a path; every element is hardened as the device does."""
    node = hmac.digest(b"ed25519 seed", seed.raw, "sha512")
    for element in path:
        material = b"\x00" + node[:32] + struct.pack(">I", element | HARDENED)
        node = hmac.digest(node[32:], material, "sha512")
    return node[:32]


def public_key(private_key: bytes) -> bytes:
    """ed25519 public key, 32 bytes."""
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(private_key: bytes, message: bytes) -> bytes:
    """ed25519 signature, 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(message)


def bls_scalar(key_seed: bytes) -> bytes:
    """BLS KeyGen (draft 04, SHA-256, empty key info): 32 bytes, big endian, below the group order."""
    salt = b"BLS-SIG-KEYGEN-SALT-"
    scalar = 0
    while scalar == 0:
        salt = hashlib.sha256(salt).digest()
        pseudo_random = hmac.digest(salt, key_seed + b"\x00", "sha256")
        info = struct.pack(">H", 48)
        first = hmac.digest(pseudo_random, info + b"\x01", "sha256")
        second = hmac.digest(pseudo_random, first + info + b"\x02", "sha256")
        scalar = int.from_bytes((first + second)[:48], "big") % GROUP_ORDER
    return scalar.to_bytes(32, "big")


def credential_id(prf_key: bytes, counter: int) -> bytes:
    """Credential ID, 48 bytes: g^(1/(prf_key + counter)).

    :raises NoSuchCredential: the sum is zero modulo the group order
    """
    total = (int.from_bytes(prf_key, "big") + counter) % GROUP_ORDER
    if total == 0:
        raise NoSuchCredential("PRF key and counter add up to zero")
    exponent = Scalar.from_be_bytes(pow(total, -1, GROUP_ORDER).to_bytes(32, "big"))
    point = G1Point.from_compressed_bytes(COMMITMENT_BASE) * exponent
    return bytes(point.to_compressed_bytes())


def account_address(cred_id: bytes) -> str:
    """Base58Check (version 1) of the SHA-256 of the account's first credential ID."""
    payload = b"\x01" + hashlib.sha256(cred_id).digest()
    checksum = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number = int.from_bytes(payload + checksum, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return digits
