"""The grid: one letter a cell, every counter named in the text twin, uniform rows told in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.web.pages.grid_picture import (
    COLUMNS,
    MOST_ROWS,
    USES,
    Stretch,
    drawn_rows,
    grid_picture,
    stretches_of,
)

_LETTER = re.compile(r'<text class="cell-letter[^>]*>(.)</text>')


def _drawn(svg: str) -> str:
    return "".join(_LETTER.findall(svg)).replace("·", ".")


def test_the_first_row_is_always_drawn() -> None:
    picture = grid_picture([])
    assert (_drawn(picture.svg), picture.rest, picture.words) == ("." * 25, "", "not asked 0–255")


def test_uniform_rows_are_told_in_words() -> None:
    picture = grid_picture([Stretch(0, 0, "D"), Stretch(1, 199, "A"), Stretch(200, 200, "D"), Stretch(201, 255, "A")])
    assert _drawn(picture.svg) == "D" + "A" * 24 + "D" + "A" * 24
    assert picture.rest == "25–199 absent, 225–255 absent"
    assert picture.words == "deployed 0, 200; absent 1–199, 201–255"


def test_a_row_of_unknown_cells_is_drawn() -> None:
    picture = grid_picture([Stretch(0, 24, "A"), Stretch(25, 49, "?")])
    assert _drawn(picture.svg) == "A" * 25 + "?" * 25


@pytest.mark.parametrize("stretch", [Stretch(-5, 400, "A"), Stretch(7, 3, "D"), Stretch(0, 2, "<")])
def test_what_cannot_be_is_drawn_as_far_as_it_goes(stretch: Stretch) -> None:
    assert "<script" not in grid_picture([stretch]).svg
    assert len(_drawn(grid_picture([stretch]).svg)) == 25


@given(st.text(alphabet="DA?.", min_size=256, max_size=256))
@settings(max_examples=40, deadline=None)
def test_words_and_picture_tell_the_same(letters: str) -> None:
    picture = grid_picture(stretches_of(letters))
    named = dict.fromkeys(range(256), "")
    for part in picture.words.split("; "):
        word = next(w for w in ("deployed", "absent", "unknown", "not asked") if part.startswith(w))
        for span in part[len(word) + 1 :].split(", "):
            first, _, last = span.partition("–")
            for n in range(int(first), int(last or first) + 1):
                named[n] = {"deployed": "D", "absent": "A", "unknown": "?", "not asked": "."}[word]
    assert "".join(named.values()) == letters
    assert all(letter in "DA?." for letter in _drawn(picture.svg))


def test_a_narrow_grid_ends_where_the_numbers_end() -> None:
    picture = grid_picture(stretches_of("DA?"), 4, USES)
    assert (_drawn(picture.svg), picture.words) == ("DA?.", "used 0; unknown 2; unused 1; not asked 3")


def test_behind_many_rows_every_stretch_is_told_in_words() -> None:
    letters = "?" * COLUMNS * MOST_ROWS + "AADA" + "?" * 21
    picture = grid_picture(stretches_of(letters), len(letters), USES)
    last = COLUMNS * MOST_ROWS
    assert len(_drawn(picture.svg)) == last and len(drawn_rows(stretches_of(letters), len(letters))) == MOST_ROWS
    assert picture.rest == (
        f"{last}–{last + 1} unused, {last + 2} used, {last + 3} unused, {last + 4}–{last + 24} unknown"
    )


def test_the_widest_grid_stays_small() -> None:
    picture = grid_picture(stretches_of("DA?A" * 1000), 4000, USES)
    assert len(picture.svg) < 100_000 and len(picture.words) < 8_000 and len(picture.rest) < 8_000
    assert "more stretches" in picture.rest and " and 744 more;" in picture.words
