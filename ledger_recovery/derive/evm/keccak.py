"""[pure] Keccak-256 as EVM chains use it: the submission to the SHA-3 contest, not SHA3-256 of FIPS 202."""

from __future__ import annotations


def keccak256(data: bytes) -> bytes:
    """The digest, 32 bytes."""
    from Crypto.Hash import keccak  # a tenth of a second, for who never hashes

    return keccak.new(data=data, digest_bits=256).digest()
