"""What the import of a wallet file costs: opened, planned, applied, planned again. Linear, or it is a defect."""

from __future__ import annotations

from typing import Final

from tests.bench import children
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, growth

NAME: Final = "import"
TITLE: Final = "import of a Desktop export, seconds on the clock"
SIZES: Final = (1_000, 10_000, 100_000)
SECONDS, MEMORY_MB, LINEAR = 5.0, 300.0, 1.5


def measure(effort: Effort) -> Outcome:
    """Each size in processes of its own: so many accounts, credentials and address book entries; the largest once."""
    into = Collecting(NAME, TITLE)
    totals: dict[int, float] = {}
    for size in effort.sizes(*SIZES, quick=(1_000,)):
        rounds = effort.rounds(1 if size == SIZES[-1] else 3)
        runs = [children.python("-m", "tests.bench.import_work", str(size)) for _ in range(rounds)]
        steps = {step: Series(tuple(run.json[step] for run in runs)) for step in runs[0].json}
        for step, series in steps.items():
            into.line(f"{size:,}: {step}", series, "s")
        totals[size] = sum(steps[s].median for s in ("plan", "apply"))
        if size == SIZES[1]:
            whole = totals[size] + steps["open the file"].median
            peak = max(run.cost.peak_mb for run in runs)
            into.at_most("10,000 accounts and 10,000 entries, the file opened, planned, applied", whole, SECONDS, "s")
            into.at_most("10,000: most memory", peak, MEMORY_MB, "MB")
    if not effort.quick:
        cost = growth((SIZES[0], SIZES[-1]), (totals[SIZES[0]], totals[SIZES[-1]]))
        into.at_most("plan and apply: over proportion, 1,000 to 100,000 (1 is linear)", cost, LINEAR, "")
    return into.done()
