"""Point decoding and fixed-base multiples, against py_ecc and against plain multiplication."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_arkworks_bls12381 import G1Point

from ledger_recovery.derive import curve
from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY, commitment_base
from ledger_recovery.derive.curve import (
    FIELD_ORDER,
    TABLE_PAYS_FROM,
    FixedBase,
    PointError,
    decode_point,
    fixed_base,
)
from ledger_recovery.derive.keygen import GROUP_ORDER
from ledger_recovery.errors import ArithmeticFault
from tests.unit.derive import other_curve

G, H = KNOWN_COMMITMENT_KEY[:48], KNOWN_COMMITMENT_KEY[48:]
EXPONENTS = st.integers(1, GROUP_ORDER - 1)
EDGE_EXPONENTS = [
    1,
    2,
    255,
    256,
    257,
    2**8 - 1,
    2**248,
    0xFF << 240,
    GROUP_ORDER - 1,
    GROUP_ORDER - 2,
    GROUP_ORDER // 2,
]


def with_table(encoded: bytes) -> FixedBase:
    base = FixedBase(encoded)
    base.multiples(range(1, TABLE_PAYS_FROM + 1))
    return base


@pytest.fixture(name="by_table", scope="module")
def _by_table() -> Iterator[FixedBase]:
    yield with_table(G)


def x_bytes(x: int, flags: int) -> bytes:
    encoded = bytearray(x.to_bytes(48, "big"))
    encoded[0] |= flags
    return bytes(encoded)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        pytest.param(b"", "48 bytes", id="empty"),
        pytest.param(G[:47], "48 bytes", id="short"),
        pytest.param(G + b"\x00", "48 bytes", id="trailing byte"),
        pytest.param(bytes([G[0] & 0x7F]) + G[1:], "compressed", id="uncompressed flag"),
        pytest.param(x_bytes(0, 0xC0), "infinity", id="infinity"),
        pytest.param(x_bytes(0, 0xE0), "infinity", id="infinity with a sign"),
        pytest.param(x_bytes(1, 0xC0), "infinity", id="infinity with a coordinate"),
        pytest.param(x_bytes(FIELD_ORDER, 0x80), "field order", id="x = p"),
        pytest.param(x_bytes(FIELD_ORDER + 4, 0x80), "field order", id="x = p + 4, which would be 4"),
        pytest.param(x_bytes(1, 0x80), "no point", id="not on the curve"),
        pytest.param(x_bytes(4, 0x80), "subgroup", id="not in the subgroup"),
        pytest.param(x_bytes(0, 0x80), "subgroup", id="x = 0, a point of order 3"),
    ],
)
def test_decoding_refuses(encoded: bytes, reason: str) -> None:
    with pytest.raises(PointError, match=reason):
        decode_point(encoded)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=46, max_size=48), st.sampled_from([0x80, 0xA0, 0xC0, 0x00]))
def test_any_bytes_give_a_point_or_a_point_error(tail: bytes, flags: int) -> None:
    encoded = bytes([flags | tail[0] & 0x1F]) + tail[1:]
    try:
        point = decode_point(encoded)
    except PointError:
        return
    assert bytes(point.to_compressed_bytes()) == encoded
    assert other_curve.in_subgroup(encoded)


@settings(max_examples=15, deadline=None)
@given(EXPONENTS)
def test_decoding_round_trip(exponent: int) -> None:
    (encoded,) = fixed_base(G).multiples([exponent])
    assert bytes(decode_point(encoded).to_compressed_bytes()) == encoded


@settings(max_examples=10, deadline=None)
@given(EXPONENTS)
def test_multiples_agree_with_py_ecc(by_table: FixedBase, exponent: int) -> None:
    expected = other_curve.times(G, exponent)
    assert by_table.multiples([exponent]) == FixedBase(G).multiples([exponent]) == (expected,)


@pytest.mark.parametrize("exponent", EDGE_EXPONENTS)
def test_table_equals_plain_multiplication_at_the_edges(by_table: FixedBase, exponent: int) -> None:
    assert by_table.multiples([exponent]) == FixedBase(G).multiples([exponent])


@settings(max_examples=60, deadline=None)
@given(st.lists(EXPONENTS, min_size=1, max_size=4))
def test_table_equals_plain_multiplication(by_table: FixedBase, exponents: list[int]) -> None:
    assert by_table.multiples(exponents) == FixedBase(G).multiples(exponents)


@settings(max_examples=30, deadline=None)
@given(EXPONENTS, EXPONENTS)
def test_multiples_add_up(by_table: FixedBase, one: int, other: int) -> None:
    total = (one + other) % GROUP_ORDER
    if total == 0:
        return
    first, second, summed = (decode_point(point) for point in by_table.multiples([one, other, total]))
    assert first + second == summed


@pytest.mark.parametrize("exponent", [0, -1, GROUP_ORDER, GROUP_ORDER + 1])
def test_an_exponent_out_of_range_is_refused(by_table: FixedBase, exponent: int) -> None:
    for base in (FixedBase(G), by_table):
        with pytest.raises(ValueError, match="exponent"):
            base.multiples([1, exponent])


def test_only_a_batch_builds_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[G1Point] = []
    build = curve._build_table

    def counted(point: G1Point) -> tuple[tuple[G1Point, ...], ...]:
        built.append(point)
        return build(point)

    monkeypatch.setattr(curve, "_build_table", counted)
    base = FixedBase(H)
    base.multiples([3] * (TABLE_PAYS_FROM - 1))
    assert not built
    base.multiples([3] * TABLE_PAYS_FROM)
    base.multiples([3] * TABLE_PAYS_FROM)
    assert len(built) == 1


@pytest.mark.parametrize("row", [0, 13, 31])
def test_a_faulty_table_is_noticed(monkeypatch: pytest.MonkeyPatch, row: int) -> None:
    build = curve._build_table

    def faulty(point: G1Point) -> tuple[tuple[G1Point, ...], ...]:
        table = list(build(point))
        table[row] = tuple(entry + point for entry in table[row])
        return tuple(table)

    monkeypatch.setattr(curve, "_build_table", faulty)
    with pytest.raises(ArithmeticFault):
        FixedBase(G).multiples(range(1, TABLE_PAYS_FROM + 1))


def test_a_base_is_checked() -> None:
    with pytest.raises(PointError, match="subgroup"):
        fixed_base(x_bytes(4, 0x80))
    assert fixed_base(G) is fixed_base(bytes(G))


def test_the_commitment_key_is_checked_in_both_halves() -> None:
    assert commitment_base(KNOWN_COMMITMENT_KEY) == G
    for bad in (G, KNOWN_COMMITMENT_KEY + b"\x00", x_bytes(4, 0x80) + H, G + x_bytes(0, 0xC0)):
        with pytest.raises(PointError):
            commitment_base(bad)


def pi_digits(count: int) -> str:
    """The first digits of pi without the point, by Machin's formula in integers."""

    def arctan_of_inverse(x: int, unit: int) -> int:
        total = term = unit // x
        divisor, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // divisor)
            divisor, sign = divisor + 2, -sign
        return total

    unit = 10 ** (count + 10)
    return str(4 * (4 * arctan_of_inverse(5, unit) - arctan_of_inverse(239, unit)))[:count]


def test_the_known_commitment_key_is_the_hash_of_pi() -> None:
    """Nothing up the sleeve: RFC 9380 hash of 1000 digits of pi gives g, the hash of g gives h (concordium-base)."""
    tag = b"CONCORDIUM-hashtoG1-with-BLS12381G1_XMD:SHA-256_SSWU_RO"
    g = bytes(G1Point.hash_to_curve(pi_digits(1000).encode(), tag).to_compressed_bytes())
    h = bytes(G1Point.hash_to_curve(g, tag).to_compressed_bytes())
    assert g + h == KNOWN_COMMITMENT_KEY
