"""Text from outside is made harmless before it is printed."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.cli.terminal import printable


@given(st.text(st.characters(), max_size=900), st.integers(1, 700))
@settings(max_examples=150, deadline=None)
def test_nothing_steers_the_terminal_and_nothing_is_endless(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) <= limit
    assert all(unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" for c in shown)


def test_plain_text_stays_as_it_is() -> None:
    assert printable("Bitcoin 2.2 – größer … 「漢字」") == "Bitcoin 2.2 – größer … 「漢字」"
    assert printable("a\nb\tc") == "a b c"
