"""The hand of the demo presses only what was announced."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.cli.demo_hand import press_for, texts_of
from ledger_recovery.device.interaction import ExpectedScreen

EXPECTED = ExpectedScreen(
    "Recover credentials", "nanosp", (("Recover credentials", "ID#3"), ("Accept",)), ("right", "both"), "ID#3"
)


@pytest.mark.parametrize(
    ("screen", "button"),
    [
        (("Recover credentials", "ID#3"), "right"),
        (("Recover credentials", " ", "ID#3"), "right"),
        (("Accept",), "both"),
        (("Recover credentials", "ID#4"), ""),
        (("Create credential", "ID#3"), ""),
        (("Decline",), ""),
        (("Concordium", "is ready"), ""),
        ((), ""),
        ((" ",), ""),
    ],
)
def test_what_is_pressed(screen: tuple[str, ...], button: str) -> None:
    assert press_for(screen, EXPECTED) == button


def test_the_texts_of_speculos() -> None:
    events = [{"text": t, "x": 0, "y": 0, "w": 1, "h": 1, "clear": False} for t in ("Accept", " ")]
    assert texts_of(json.dumps({"events": events}).encode()) == ("Accept",)


@given(
    st.binary(max_size=60)
    | st.builds(
        lambda v: json.dumps({"events": v}).encode(),
        st.recursive(
            st.none() | st.text(max_size=3),
            lambda c: st.lists(c, max_size=3) | st.dictionaries(st.just("text"), c, max_size=1),
            max_leaves=5,
        ),
    )
)
@settings(max_examples=80, deadline=None)
def test_any_answer_gives_texts(answer: bytes) -> None:
    assert all(isinstance(t, str) for t in texts_of(answer))
