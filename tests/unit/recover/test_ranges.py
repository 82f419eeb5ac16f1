"""Numbers for people."""

from __future__ import annotations

import pytest

from ledger_recovery.recover.report.ranges import plural, runs_of, spans


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([5], "5"),
        ([2, 1, 0, 2], "0-2"),
        ([9, 0, 1, 4], "0-1, 4, 9"),
        (range(0, 40, 2), "0, 2, 4, 6, 8, 10, 12, 14 and 12 more"),
    ],
)
def test_spans(numbers: list[int], text: str) -> None:
    assert spans(numbers) == text


def test_runs_hold_each_number_once() -> None:
    assert runs_of([3, 1, 2, 3, 7]) == [(1, 3), (7, 7)]


def test_plural() -> None:
    assert [plural(n, "account") for n in (0, 1, 2)] == ["0 accounts", "1 account", "2 accounts"]
