"""Amounts and tables."""

from __future__ import annotations

import pytest

from ledger_recovery.cli.tables import Column, ccd, short_ccd, table

COLUMNS = (Column("name"), Column("address"), Column("balance", right=True))
ROWS = (("a", "X" * 20, "1.0"), ("bb", "Y" * 20, "10.25"))


@pytest.mark.parametrize(
    ("micro", "long", "short"),
    [
        (0, "0.000000", "0"),
        (1, "0.000001", "0.000001"),
        (1_842_500_000, "1,842.500000", "1,842.5"),
        (250_000_000_000, "250,000.000000", "250,000"),
        (18_446_744_073_709_551_615, "18,446,744,073,709.551615", "18,446,744,073,709.551615"),
        (-1_500_000, "-1.500000", "-1.5"),
    ],
)
def test_amounts(micro: int, long: str, short: str) -> None:
    assert (ccd(micro), short_ccd(micro)) == (long, short)


def test_columns_are_aligned() -> None:
    assert table(COLUMNS, ROWS, 80) == (
        "name  address               balance\n"
        "----  --------------------  -------\n"
        f"a     {'X' * 20}      1.0\n"
        f"bb    {'Y' * 20}    10.25"
    )


def test_a_short_line_gives_the_address_a_line_of_its_own() -> None:
    assert table(COLUMNS, ROWS, 30, long=1) == (
        f"name  balance\n----  -------\na         1.0\n  {'X' * 20}\nbb      10.25\n  {'Y' * 20}"
    )


def test_a_very_short_line_gives_blocks() -> None:
    assert table(COLUMNS, ROWS[:1], 10, long=1) == f"name     a\naddress  {'X' * 20}\nbalance  1.0"


def test_cells_are_cleaned() -> None:
    assert "\x1b" not in table(COLUMNS, (("\x1b[2J", "x", "1"),), 80)
