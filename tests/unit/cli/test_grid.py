"""The grid of cells: letters always, groups of five, what lies past the columns in words."""

from __future__ import annotations

import pytest

from ledger_recovery.cli.grid import columns_for, grouped, rows, spans
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import CellState

D, A, U = CellState.DEPLOYED, CellState.ABSENT, CellState.UNKNOWN
V1, V0 = KeyScheme.LEGACY_V1, KeyScheme.LEGACY_V0


def test_a_fresh_index_shows_what_was_not_asked() -> None:
    assert [str(r) for r in rows(IdentityRef(3), {})] == [
        "ID #3    v1  ..... ..... ..... ..... .....",
        "ID #3    v0  ..... ..... ..... ..... .....",
    ]


def test_the_three_values_are_three_letters() -> None:
    states = {V1: {0: D, 1: A, 2: U, 24: D}, V0: dict.fromkeys(range(25), A)}
    assert [str(r) for r in rows(IdentityRef(0), states)] == [
        "ID #0    v1  DA?.. ..... ..... ..... ....D",
        "ID #0    v0  AAAAA AAAAA AAAAA AAAAA AAAAA",
    ]


def test_counters_past_the_columns_are_summed_up() -> None:
    states = {V1: dict.fromkeys(range(256), A) | {200: D, 255: D, 30: U, 31: U}}
    first = rows(IdentityRef(6), states)[0]
    assert first.letters == "A" * 25
    assert first.rest == "D at 200, 255, ? at 30-31, 227 more A"


def test_many_hits_past_the_columns_are_counted_not_named() -> None:
    states = {V1: dict.fromkeys(range(25, 60), D)}
    assert rows(IdentityRef(0), states)[0].rest == "35 more D"


def test_wide_lines_draw_more_columns_but_only_as_far_as_was_asked() -> None:
    asked_50 = {V1: dict.fromkeys(range(50), A)}
    assert len(rows(IdentityRef(0), asked_50, columns=100)[0].letters) == 50
    assert len(rows(IdentityRef(0), asked_50, columns=25)[0].letters) == 25
    assert len(rows(IdentityRef(0), {V1: {0: A}}, columns=100)[0].letters) == 25
    assert len(rows(IdentityRef(0), asked_50, columns=1)[0].letters) == 25


def test_a_provider_identity_has_one_row() -> None:
    (row,) = rows(IdentityRef(7, 2), {KeyScheme.PROVIDER_V1: {0: D}})
    assert str(row) == "IDP #2 ID #7 v1  D.... ..... ..... ..... ....."


@pytest.mark.parametrize(("width", "columns"), [(0, 25), (80, 25), (100, 50), (130, 75), (400, 300)])
def test_columns_fit_the_line(width: int, columns: int) -> None:
    assert columns_for(width) == columns


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([4], "4"), ([0, 2, 3, 4, 9], "0, 2-4, 9"), ([3, 2, 2, 1], "1-3")]
)
def test_spans(numbers: list[int], text: str) -> None:
    assert spans(numbers) == text


def test_groups_keep_every_letter() -> None:
    assert grouped("ABCDEFG") == "ABCDE FG"
