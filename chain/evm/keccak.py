"""[pure] Keccak-256 as EVM chains use it."""

from __future__ import annotations

from Crypto.Hash import keccak


def keccak256(data: bytes) -> bytes:
    """The digest, 32 bytes."""
    return keccak.new(data=data, digest_bits=256).digest()
