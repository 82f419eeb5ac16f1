"""The same curve from another library (py_ecc), as the second opinion of the tests; 30 ms an operation."""

from __future__ import annotations

from eth_typing import BLSPubkey
from py_ecc.bls.g2_primitives import G1_to_pubkey, pubkey_to_G1, subgroup_check
from py_ecc.optimized_bls12_381.optimized_curve import multiply


def times(encoded: bytes, exponent: int) -> bytes:
    """48 compressed bytes of exponent * point."""
    return bytes(G1_to_pubkey(multiply(pubkey_to_G1(BLSPubkey(encoded)), exponent)))


def in_subgroup(encoded: bytes) -> bool:
    return bool(subgroup_check(pubkey_to_G1(BLSPubkey(encoded))))
