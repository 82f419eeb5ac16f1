"""[pure] The one place that touches G1 of BLS12-381: strict point decoding, multiples of a fixed base, one inverse.

The arithmetic is arkworks' (py_arkworks_bls12381), the library that concordium-base uses too. Of our own is only the
table of multiples, checked against plain multiplication when it is built. Not constant-time: a PRF key links accounts
but cannot sign, and the work is local.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from py_arkworks_bls12381 import G1Point, Scalar

from ledger_recovery.derive.keygen import GROUP_ORDER, SCALAR_BYTES
from ledger_recovery.errors import ArithmeticFault

FIELD_ORDER = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
"""p, the order of the field of the coordinates."""

POINT_BYTES = 48
TABLE_PAYS_FROM = 16
"""A batch of this many builds the table (10 ms once, then 60 µs instead of 280 µs a multiple): more will follow."""

_COMPRESSED, _INFINITY, _LARGER_ROOT = 0x80, 0x40, 0x20
_BYTE_VALUES = 256
_CHECK_EXPONENT = int.from_bytes(bytes(range(0x11, 0x31)), "big")
"""Below r, with 32 different non-zero bytes: it takes one entry out of every row of the table."""


class PointError(ValueError):
    """Bytes that are not a usable compressed G1 point; the text says which check failed."""


def decode_point(encoded: bytes) -> G1Point:
    """Decode 48 compressed bytes (big-endian x, three flag bits on top) to a point of the prime-order subgroup.

    :raises PointError: length, flags, x >= p, not on the curve, not in the subgroup, or the point at infinity.
    """
    if len(encoded) != POINT_BYTES:
        raise PointError(f"a compressed point has {POINT_BYTES} bytes, these are {len(encoded)}")
    if not encoded[0] & _COMPRESSED:
        raise PointError("the point does not carry the flag of the compressed form")
    # Infinity is refused in every spelling: as a base or a credential ID it would stand for no account at all. The
    # library would let non-canonical spellings through.
    if encoded[0] & _INFINITY:
        raise PointError("the point is the point at infinity, which is no credential ID and no base")
    flags = _COMPRESSED | _INFINITY | _LARGER_ROOT
    if int.from_bytes(bytes([encoded[0] & ~flags]) + encoded[1:], "big") >= FIELD_ORDER:
        raise PointError("the point's x coordinate is not below the field order p")
    try:
        point = G1Point.from_compressed_bytes_unchecked(encoded)
    except ValueError as error:
        raise PointError("the point's x coordinate belongs to no point of the curve") from error
    if not point.is_in_subgroup():
        raise PointError("the point is on the curve, but outside the subgroup of prime order")
    return point


class FixedBase:
    """A checked base point and its multiples.

    The table holds d * 256^i * g for every byte value d and position i. It is built when a batch first pays for it,
    and replaced as a whole, so that two threads at worst build it twice.
    """

    def __init__(self, encoded: bytes) -> None:
        self._point = decode_point(encoded)
        self._table: tuple[tuple[G1Point, ...], ...] | None = None

    def multiples(self, exponents: Sequence[int]) -> tuple[bytes, ...]:
        """48 compressed bytes of e * g for each exponent.

        :raises ValueError: an exponent outside 1..r-1 (zero would give infinity).
        :raises ArithmeticFault: the table does not agree with plain multiplication.
        """
        if not all(0 < exponent < GROUP_ORDER for exponent in exponents):
            raise ValueError("an exponent is outside 1..r-1")
        if self._table is None and len(exponents) >= TABLE_PAYS_FROM:
            self._table = self._proven_table()
        if self._table is None:
            return tuple(_compressed(self._plain(exponent)) for exponent in exponents)
        table = self._table
        return tuple(_compressed(_sum_of_entries(table, exponent)) for exponent in exponents)

    def _plain(self, exponent: int) -> G1Point:
        return self._point * Scalar.from_be_bytes(exponent.to_bytes(SCALAR_BYTES, "big"))

    def _proven_table(self) -> tuple[tuple[G1Point, ...], ...]:
        table = _build_table(self._point)
        if _sum_of_entries(table, _CHECK_EXPONENT) != self._plain(_CHECK_EXPONENT):
            raise ArithmeticFault(
                "the curve arithmetic contradicts itself: a table of multiples differs from plain multiplication",
                "nothing was concluded from it; check this computer's memory, then reinstall py-arkworks-bls12381",
            )
        return table


def inverse(scalar: int) -> int:
    """1/scalar mod r by the library, in a third of the time of `pow`.

    :raises ValueError: a scalar outside 1..r-1 (the library would call the inverse of zero zero).
    :raises ArithmeticFault: the product of the two is not 1.
    """
    if not 0 < scalar < GROUP_ORDER:
        raise ValueError("a scalar to invert is outside 1..r-1")
    encoded = Scalar.from_be_bytes(scalar.to_bytes(SCALAR_BYTES, "big")).inverse().to_be_bytes()
    inverted = int.from_bytes(encoded, "big")
    if scalar * inverted % GROUP_ORDER != 1:
        raise ArithmeticFault(
            "the curve arithmetic contradicts itself: an inverse times its number is not one",
            "nothing was concluded from it; check this computer's memory, then reinstall py-arkworks-bls12381",
        )
    return inverted


@lru_cache(maxsize=4)
def fixed_base(encoded: bytes) -> FixedBase:
    """The base for 48 compressed bytes; the few that a program meets are kept, with their tables.

    :raises PointError: the bytes are not a usable point.
    """
    return FixedBase(encoded)


def _build_table(point: G1Point) -> tuple[tuple[G1Point, ...], ...]:
    rows = []
    for _ in range(SCALAR_BYTES):
        row = [point]
        while len(row) < _BYTE_VALUES - 1:
            row.append(row[-1] + point)
        rows.append(tuple(row))
        point = row[-1] + point
    return tuple(rows)


def _sum_of_entries(table: tuple[tuple[G1Point, ...], ...], exponent: int) -> G1Point:
    digits = exponent.to_bytes(SCALAR_BYTES, "little")
    total = G1Point.identity()
    for row, digit in zip(table, digits, strict=True):
        if digit:
            total = total + row[digit - 1]
    return total


def _compressed(point: G1Point) -> bytes:
    return bytes(point.to_compressed_bytes())
