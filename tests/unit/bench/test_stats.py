"""Medians, extents, ratios and growth of the bench."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.stats import Series, growth, share, times

POSITIVE = st.floats(0.001, 1000.0)


def test_the_median_is_not_moved_by_one_disturbed_round() -> None:
    assert Series.of(1.0, 1.1, 50.0).median == 1.1
    assert Series.of(2.0, 1.0).median == 1.5


@given(st.lists(POSITIVE, min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_order_does_not_matter_and_the_median_lies_within(values: list[float]) -> None:
    series = Series(tuple(values))
    assert series.low <= series.median <= series.high
    assert Series(tuple(reversed(values))).median == series.median


def test_the_spread_is_half_the_extent_as_a_share_of_the_median() -> None:
    assert Series.of(0.9, 1.0, 1.1).spread == pytest.approx(0.1)
    assert Series.of(3.0).spread == 0.0
    assert Series.of(0.0, 0.0).spread == 0.0


def test_seconds_become_seconds_for_one_and_things_a_second() -> None:
    assert Series.of(2.0, 4.0).per(4) == Series.of(0.5, 1.0)
    assert Series.of(2.0, 4.0).rate(100) == Series.of(50.0, 25.0)


def test_times_is_the_slower_median_over_the_faster() -> None:
    assert times(Series.of(10.0, 30.0, 20.0), Series.of(2.0)) == 10.0


def test_a_median_of_zero_has_no_ratio() -> None:
    with pytest.raises(ValueError, match="measure more at once"):
        times(Series.of(1.0), Series.of(0.0))


def test_nothing_measured_is_no_series() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Series(())


@pytest.mark.parametrize(("cost", "over"), [(100.0, 1.0), (10_000.0, 100.0), (50.0, 0.5)])
def test_growth_is_one_for_linear_and_the_factor_of_size_for_quadratic(cost: float, over: float) -> None:
    assert growth((10, 1000), (1.0, cost)) == pytest.approx(over)


def test_a_share_is_a_value_that_was_measured() -> None:
    values = tuple(float(n) for n in range(100, 0, -1))
    assert (share(values, 0.5), share(values, 0.99), share(values, 1.0)) == (50.0, 99.0, 100.0)
    assert share((3.0,), 0.5) == share((3.0,), 0.99) == 3.0
    with pytest.raises(ValueError, match="nothing"):
        share((), 0.5)
