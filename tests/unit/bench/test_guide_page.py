"""How the bench counts from an event to the page: to the first message that holds it, be it of a later version."""

from __future__ import annotations

import pytest

from tests.bench.guide_page import NeverShown, delays


def test_an_event_is_seen_with_the_first_message_that_holds_it() -> None:
    told = [(1, 0.0), (2, 0.010), (3, 0.020), (4, 1.0)]
    seen = [(0, 0.005), (1, 0.030), (3, 0.070), (4, 1.001)]
    assert delays(told, seen) == pytest.approx((30.0, 60.0, 50.0, 1.0))


def test_an_event_that_never_came_is_no_quick_one() -> None:
    with pytest.raises(NeverShown, match="version 2"):
        delays([(1, 0.0), (2, 0.0)], [(1, 0.1)])
