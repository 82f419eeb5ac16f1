"""What a wallet of many accounts costs: reconcile, apply, read, reconcile again. Linear, or it is a defect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.bench import children
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, growth

NAME: Final = "wallet"
TITLE: Final = "a wallet of many accounts, seconds of processor"
SIZES: Final = (10, 1_000, 100_000)
LINEAR: Final = 1.5


def measure(effort: Effort) -> Outcome:
    """Each size in processes of its own; the largest once."""
    into = Collecting(NAME, TITLE)
    sizes = effort.sizes(*SIZES, quick=(10,))
    by_size = {size: _spent(size, effort.rounds(1 if size == SIZES[-1] else 3)) for size in sizes}
    for size, steps in by_size.items():
        for step, series in steps.items():
            into.line(f"{size:,}: {step}", series, "s")
    if not effort.quick:
        _judge(into, by_size[1_000], by_size[100_000])
    return into.done()


def _spent(size: int, rounds: int) -> Mapping[str, Series]:
    runs = [children.python("-m", "tests.bench.wallet_work", str(size)).json for _ in range(rounds)]
    return {step: Series(tuple(run[step] for run in runs)) for step in runs[0]}


def _judge(into: Collecting, small: Mapping[str, Series], large: Mapping[str, Series]) -> None:
    for step, series in small.items():
        cost = growth((1_000, 100_000), (series.median, large[step].median))
        into.at_most(f"{step}: over proportion, 1,000 to 100,000 (1 is linear)", cost, LINEAR, "")
