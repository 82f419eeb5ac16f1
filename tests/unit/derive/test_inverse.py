"""The library's inverse of a scalar, against Python's own, and what it must refuse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive import curve
from ledger_recovery.derive.curve import inverse
from ledger_recovery.derive.keygen import GROUP_ORDER
from ledger_recovery.errors import ArithmeticFault


@given(st.integers(1, GROUP_ORDER - 1))
@settings(max_examples=100, deadline=None)
def test_it_is_pythons_inverse(scalar: int) -> None:
    assert inverse(scalar) == pow(scalar, -1, GROUP_ORDER)


@pytest.mark.parametrize("scalar", [0, -1, GROUP_ORDER, GROUP_ORDER + 1])
def test_what_has_no_inverse_is_refused(scalar: int) -> None:
    with pytest.raises(ValueError, match=r"outside 1\.\.r-1"):
        inverse(scalar)


@pytest.mark.parametrize("scalar", [1, 2, GROUP_ORDER // 2, GROUP_ORDER - 1])
def test_the_edges(scalar: int) -> None:
    assert inverse(scalar) * scalar % GROUP_ORDER == 1


def test_a_wrong_inverse_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @staticmethod
        def from_be_bytes(encoded: bytes) -> Broken:
            return Broken()

        def inverse(self) -> Broken:
            return self

        def to_be_bytes(self) -> bytes:
            return bytes(32)

    monkeypatch.setattr(curve, "Scalar", Broken)
    with pytest.raises(ArithmeticFault):
        inverse(5)
