"""[pure] Tables for people: aligned text, or one block a row where the line is too short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_recovery.cli.terminal import printable

MICRO = 1_000_000


def ccd(micro: int) -> str:
    """microCCD as CCD: six decimals, thousands apart, e.g. "1,234.500000"."""
    sign = "-" if micro < 0 else ""
    whole, part = divmod(abs(micro), MICRO)
    return f"{sign}{whole:,}.{part:06d}"


def short_ccd(micro: int) -> str:
    """As `ccd`, without trailing zeros: "200,000", "1.5"."""
    return ccd(micro).rstrip("0").removesuffix(".")


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    right: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, long: int | None = None) -> str:
    """Rows under their titles, in lines of `width` characters.

    Where they are too short, the column number `long` (an address) gets a line of its own below its row; where that is
    not enough either, each row becomes a block of "title  value" lines.
    """
    cells = [[printable(cell, 120) for cell in row] for row in rows]
    lines = _lines(columns, cells, width)
    if lines is None and long is not None:
        rest = [n for n in range(len(columns)) if n != long]
        lines = _lines([columns[n] for n in rest], [[row[n] for n in rest] for row in cells], width)
        if lines is not None:
            below = [f"  {row[long]}" for row in cells]
            lines = lines[:2] + [line for pair in zip(lines[2:], below, strict=True) for line in pair]
    return _blocks(columns, cells) if lines is None else "\n".join(lines)


def _lines(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[str] | None:
    """Titles, a rule, the rows; None when they do not fit."""
    widths = [max([len(c.title), *(len(row[n]) for row in cells)]) for n, c in enumerate(columns)]
    if sum(widths) + 2 * (len(widths) - 1) > width:
        return None
    head = [_line([c.title for c in columns], columns, widths), "  ".join("-" * w for w in widths)]
    return head + [_line(row, columns, widths) for row in cells]


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [f"{cell:>{w}}" if c.right else f"{cell:<{w}}" for cell, c, w in zip(cells, columns, widths, strict=True)]
    return "  ".join(parts).rstrip()


def _blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    label = max(len(c.title) for c in columns)
    blocks = []
    for row in rows:
        pairs = [(c.title, cell) for c, cell in zip(columns, row, strict=True) if cell]
        blocks.append("\n".join(f"{title:<{label}}  {cell}" for title, cell in pairs))
    return "\n\n".join(blocks)
