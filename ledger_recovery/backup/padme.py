"""[pure] How far a bundle's content is padded, so that its size does not tell the number of contacts.

Padmé (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files", PETS 2019): at most 12 % more, and only
O(log log size) bits of the size stay visible. Everything below 16 KiB has one size: Padmé's steps are too fine there.
"""

from __future__ import annotations

from typing import Final

MIN_PADDED: Final = 16 * 1024
"""About eighty contacts; where Padmé's own steps (1 KiB here) begin to hide several of them."""


def padme(size: int) -> int:
    """The Padmé length of a content of `size` bytes: the mantissa is no longer than the exponent's own length.

    :raises ValueError: a negative size.
    """
    if size < 0:
        raise ValueError("a size is not negative")
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return -(-size // unit) * unit


def padded_size(size: int) -> int:
    """What a content of `size` bytes is padded to in a bundle."""
    return max(MIN_PADDED, padme(size))
