"""[pure] Children of an extended public key below a non-hardened step (BIP-32, CKDpub), in native arithmetic.

An extended public key links every address below it to one person, and with one private key of a child it gives the
private key of the parent: it stays in memory and does not print.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

from coincurve import PublicKey

from ledger_recovery.derive.evm.address import address_of

CHAIN_CODE_SIZE: Final = 32
HARDENED: Final = 0x80000000
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class NoSuchChild(ValueError):
    """The one index in 2^127 that BIP-32 passes over; the next index stands in for it."""


class ExtendedKey:
    """A public key and its chain code.

    :param public_key: 33 or 65 bytes, a point of secp256k1.
    :param chain_code: 32 bytes.
    :raises ValueError: another size, or no point of the curve.
    """

    __slots__ = ("_chain_code", "_key")

    def __init__(self, public_key: bytes, chain_code: bytes) -> None:
        if len(chain_code) != CHAIN_CODE_SIZE:
            raise ValueError(f"a chain code has {CHAIN_CODE_SIZE} bytes, not {len(chain_code)}")
        try:
            self._key = PublicKey(public_key)
        except ValueError:
            raise ValueError("the public key is no point of secp256k1") from None
        self._chain_code = chain_code

    @property
    def compressed(self) -> bytes:
        """33 bytes."""
        return self._key.format(compressed=True)

    @property
    def uncompressed(self) -> bytes:
        """65 bytes."""
        return self._key.format(compressed=False)

    @property
    def address(self) -> bytes:
        """20 bytes: the address of this key itself."""
        return address_of(self.uncompressed)

    def child(self, index: int) -> ExtendedKey:
        """The extended key of a child.

        :param index: 0..2^31-1; a hardened child needs the private key, which stays on the Ledger.
        :raises ValueError: the index is out of range.
        :raises NoSuchChild: BIP-32 has no such child.
        """
        if not 0 <= index < HARDENED:
            raise ValueError(f"a child below a public key has an index of 0 to {HARDENED - 1}, not {index}")
        digest = hmac.digest(self._chain_code, self.compressed + index.to_bytes(4, "big"), hashlib.sha512)
        tweak = digest[:32]
        if int.from_bytes(tweak, "big") >= _ORDER:
            raise NoSuchChild(f"BIP-32 has no child {index} here")
        try:
            key = self._key.add(tweak)
        except ValueError:
            raise NoSuchChild(f"BIP-32 has no child {index} here") from None
        return ExtendedKey(key.format(compressed=False), digest[32:])

    def __repr__(self) -> str:
        return "ExtendedKey(hidden)"


def child_addresses(key: ExtendedKey, indices: range) -> Iterator[tuple[int, bytes]]:
    """(index, address of 20 bytes) of each child, without the indices that BIP-32 passes over."""
    for index in indices:
        try:
            yield index, key.child(index).address
        except NoSuchChild:
            continue
