"""The same curve from another library (py_ecc), as the second opinion of the tests; 30 ms an operation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _recursion_limit_kept() -> Iterator[None]:
    """py_ecc raises the limit to 100,000, where deeply nested JSON overflows the C stack instead of being refused."""
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


with _recursion_limit_kept():
    from eth_typing import BLSPubkey
    from py_ecc.bls.g2_primitives import G1_to_pubkey, pubkey_to_G1, subgroup_check
    from py_ecc.optimized_bls12_381.optimized_curve import multiply


def times(encoded: bytes, exponent: int) -> bytes:
    """48 compressed bytes of exponent * point."""
    return bytes(G1_to_pubkey(multiply(pubkey_to_G1(BLSPubkey(encoded)), exponent)))


def in_subgroup(encoded: bytes) -> bool:
    return bool(subgroup_check(pubkey_to_G1(BLSPubkey(encoded))))
