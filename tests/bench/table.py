"""[pure] Outcomes as text: one table a section, numbers with three digits that mean something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.bench.outcome import Line, Outcome, Target

_HEAD = ("", "median", "lowest", "highest", "unit", "ratio")


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}".replace(",", " ")
    decimals = 1 if size >= 10 else 2 if size >= 1 else 3 if size >= 0.1 or size == 0 else 4
    return f"{value:.{decimals}f}"


def table(outcome: Outcome) -> str:
    """A section as plain text, 100 columns at most but for long names."""
    return "\n".join(_section(outcome)) + "\n"


def _section(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.name}: {outcome.title}"
    if outcome.skipped:
        yield f"  skipped: {outcome.skipped}"
    if outcome.lines:
        yield from _aligned([_HEAD, *(_cells(line) for line in outcome.lines)])
    for target in outcome.targets:
        yield f"  {_verdict(target)}"
    for note in outcome.notes:
        yield f"  note: {note}"


def _cells(line: Line) -> tuple[str, ...]:
    series = line.series
    extent = ("", "") if len(series.values) == 1 else (number(series.low), number(series.high))
    ratio = "" if line.ratio is None else f"{number(line.ratio)} x"
    return (line.what, number(series.median), *extent, line.unit, ratio)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = [
            cell.ljust(width) if column in (0, 4) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _verdict(target: Target) -> str:
    word = "at least" if target.at_least else "at most"
    verdict = "met" if target.met else "MISSED"
    unit = f" {target.unit}" if target.unit else ""
    return f"{verdict}: {target.what}: {number(target.reached)}{unit} ({word} {number(target.limit)}{unit})"
