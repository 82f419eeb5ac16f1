"""Bulletproof generators of the size that every chain has. [pure]

The real ones are irrelevant to a recovery and are not reproduced: these are other points of the same group.
"""

from __future__ import annotations

from functools import cache

from emulator.world.derivation import ON_CHAIN_COMMITMENT_KEY

_PAIRS = 256


@cache
def bulletproof_generators() -> bytes:
    """4-byte big-endian count 256, then 256 pairs of compressed points: 24 580 bytes."""
    return _PAIRS.to_bytes(4, "big") + ON_CHAIN_COMMITMENT_KEY * _PAIRS
