"""Key derivation as the device does it for EVM chains: BIP-32 on secp256k1 from private keys, Keccak, EIP-55.

Written for the emulator alone, so that it can contradict the driver, which only ever sees public keys. Signs nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.apps.keys import HARDENED, Seed

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order n of secp256k1."""


class NoSuchKey(ValueError):
    """BIP-32 has no key at this path (it happens with a chance of 1 in 2^127)."""


@dataclass(frozen=True)
class Node:
    """A private key of the tree and its chain code (32 bytes).

    :raises NoSuchKey: the key is zero or not below the curve order
    """

    private_key: int = field(repr=False)
    chain_code: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.private_key < CURVE_ORDER:
            raise NoSuchKey("BIP-32 gives no key here")

    def public_key(self, form: PublicFormat = PublicFormat.UncompressedPoint) -> bytes:
        """The point: 65 bytes beginning with 04, or 33 bytes if compressed."""
        private = ec.derive_private_key(self.private_key, ec.SECP256K1())
        return private.public_key().public_bytes(Encoding.X962, form)

    def child(self, element: int) -> Node:
        """The child at one path element, hardened if its top bit is set.

        :raises NoSuchKey: there is none
        """
        if element & HARDENED:
            parent = b"\x00" + self.private_key.to_bytes(32, "big")
        else:
            parent = self.public_key(PublicFormat.CompressedPoint)
        tweak, chain_code = _halves(hmac.digest(self.chain_code, parent + element.to_bytes(4, "big"), "sha512"))
        return Node((tweak + self.private_key) % CURVE_ORDER, chain_code)


def node_at(seed: Seed, path: Sequence[int]) -> Node:
    """The node at a path of 32-bit elements.

    :raises NoSuchKey: there is none
    """
    node = Node(*_halves(hmac.digest(b"Bitcoin seed", seed.raw, "sha512")))
    for element in path:
        node = node.child(element)
    return node


def _halves(digest: bytes) -> tuple[int, bytes]:
    """The left half as a number below the curve order, and the right half."""
    number = int.from_bytes(digest[:32], "big")
    if number >= CURVE_ORDER:
        raise NoSuchKey("BIP-32 gives no key here")
    return number, digest[32:]


def keccak256(data: bytes) -> bytes:
    """Keccak-256 with the padding from before SHA-3, 32 bytes."""
    return keccak.new(digest_bits=256, data=data).digest()


def address_digits(public_key: bytes) -> str:
    """The 40 hex digits of an address, cased as EIP-55 says, without 0x.

    :param public_key: 65 bytes
    """
    digits = keccak256(public_key[1:])[-20:].hex()
    case = keccak256(digits.encode("ascii")).hex()
    return "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit for digit, nibble in zip(digits, case, strict=False)
    )
