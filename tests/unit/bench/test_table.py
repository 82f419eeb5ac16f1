"""What the bench prints and writes."""

from __future__ import annotations

import json

import pytest

from tests.bench.outcome import Collecting, Outcome, Target
from tests.bench.stats import Series
from tests.bench.table import number, table


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (0.01234, "0.0123"), (0.5, "0.500"), (1.234, "1.23"), (12.34, "12.3"), (1234567.8, "1 234 568")],
)
def test_numbers_have_three_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text


def outcome() -> Outcome:
    into = Collecting("name", "what it is")
    into.line("theirs", Series.of(10.0), "s")
    into.line("ours", Series.of(1.0, 2.0, 3.0), "s", 5.0)
    into.at_least("faster", 5.0, 20.0, "times")
    into.at_most("quick enough", 2.0, 2.0, "s")
    into.notes.append("a note")
    return into.done()


def test_a_section_as_text() -> None:
    assert table(outcome()).splitlines() == [
        "name: what it is",
        "          median  lowest  highest  unit   ratio",
        "  theirs    10.0                   s",
        "  ours      2.00    1.00     3.00  s     5.00 x",
        "  MISSED: faster: 5.00 times (at least 20.0 times)",
        "  met: quick enough: 2.00 s (at most 2.00 s)",
        "  note: a note",
    ]


def test_a_skipped_section_says_why() -> None:
    assert table(Outcome("name", "what", skipped="node is not here")) == "name: what\n  skipped: node is not here\n"


def test_the_json_holds_every_value_and_verdict() -> None:
    document = json.loads(json.dumps(outcome().as_json()))
    assert document["lines"][1] == {"what": "ours", "unit": "s", "median": 2.0, "values": [1.0, 2.0, 3.0], "ratio": 5.0}
    assert [target["met"] for target in document["targets"]] == [False, True]


@pytest.mark.parametrize(
    ("reached", "at_least", "met"), [(1.0, False, True), (1.1, False, False), (1.0, True, True), (0.9, True, False)]
)
def test_a_limit_itself_is_met(reached: float, at_least: bool, met: bool) -> None:
    assert Target("x", reached, 1.0, "s", at_least).met is met
