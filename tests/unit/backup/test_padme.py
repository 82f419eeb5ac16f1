"""Padding: at most 12 % above the floor, few sizes in all, and no size that tells one contact more."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.padme import MIN_PADDED, padded_size, padme


def published(size: int) -> int:
    """The formula of the paper, word for word: E, S, and the bits that are to be zero."""
    if size < 2:
        return size
    e = math.floor(math.log2(size))
    s = math.floor(math.log2(e)) + 1 if e else 1
    mask = (1 << max(e - s, 0)) - 1
    return (size + mask) & ~mask


@given(st.integers(0, 2**40))
@settings(max_examples=300, deadline=None)
def test_it_is_the_formula_of_the_paper(size: int) -> None:
    assert padme(size) == published(size)


@given(st.integers(0, 2**40))
@settings(max_examples=300, deadline=None)
def test_at_most_twelve_percent_are_added(size: int) -> None:
    assert size <= padme(size) <= size * 1.12
    assert padded_size(size) == (MIN_PADDED if size <= MIN_PADDED else padme(size))


@given(st.integers(0, 2**30), st.integers(0, 2**20))
@settings(max_examples=200, deadline=None)
def test_more_content_never_gives_a_smaller_file(size: int, more: int) -> None:
    assert padded_size(size) <= padded_size(size + more)
    assert padded_size(padded_size(size)) == padded_size(size)


def test_few_sizes_are_left() -> None:
    assert len({padded_size(size) for size in range(0, 1 << 20, 64)}) < 200


def test_a_negative_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        padme(-1)
