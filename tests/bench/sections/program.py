"""The installed program itself: how soon `--help` is there, and what a whole recovery takes and holds.

The main job is `ledger-recovery recover --identities 0-9` in the default mode: ten approvals on the emulated device,
500 look-ups, the list of 105,000 accounts, journal, wallet, report. Device and node are processes of their own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.bench import children
from tests.bench.children import Ended
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series
from tests.support.device import emulated_device

NAME: Final = "program"
TITLE: Final = "the program: --help, and the main job"
PROGRAM: Final = str(Path(sys.executable).with_name("ledger-recovery"))
ACCOUNTS: Final = 105_000
HELP_SECONDS: Final = 0.5
PEAK_MB: Final = 150.0
COMPLETE: Final = "Complete: identit"


def measure(effort: Effort) -> Outcome:
    """One warm-up of each, so that modules are compiled as they are after an installation."""
    into = Collecting(NAME, TITLE)
    children.command((PROGRAM, "--help"))
    helped = [children.command((PROGRAM, "--help")).cost for _ in range(effort.rounds(9))]
    _help(into, Series(tuple(cost.wall for cost in helped)), Series(tuple(cost.cpu for cost in helped)))
    identities = effort.choose(10, 1)
    with main_job(identities, effort.choose(ACCOUNTS, 100)) as job:
        children.command(job)
    costs = []
    for _ in range(effort.rounds(3)):
        with main_job(identities, effort.choose(ACCOUNTS, 100)) as job:
            costs.append(whole(children.command(job)).cost)
    into.line("main job", Series(tuple(cost.wall for cost in costs)), "s")
    into.line("main job, processor", Series(tuple(cost.cpu for cost in costs)), "s")
    peak = Series(tuple(cost.peak_mb for cost in costs))
    into.line("main job, peak memory", peak, "MB")
    into.at_most("peak memory of the main job", peak.median, PEAK_MB, "MB")
    into.notes.append(f"main job: {identities} approvals pressed by the emulator's automation, new wallet, no cache")
    return into.done()


def _help(into: Collecting, wall: Series, cpu: Series) -> None:
    into.line("--help", wall, "s")
    into.line("--help, processor", cpu, "s")
    into.at_most("--help", wall.median, HELP_SECONDS, "s")


@contextmanager
def main_job(identities: int, accounts: int) -> Iterator[Sequence[str]]:
    """The command, with a device and a node that live as long as the block."""
    with (
        children.server("-m", "tests.bench.list_server", str(accounts)) as (node, *_),
        emulated_device(automation="approve") as device,
        tempfile.TemporaryDirectory() as home,
    ):
        words = [
            "env",
            f"LEDGER_RECOVERY_STATE_DIR={home}",
            PROGRAM,
            "recover",
            "--plain",
            "--network",
            "testnet",
            "--node",
            f"http://{node}",
        ]
        words += ["--identities", f"0-{identities - 1}", "--device", f"tcp:{device.apdu}"]
        yield [*words, "--wallet", f"{home}/wallet.sqlite"]


def whole(ended: Ended) -> Ended:
    """A search that was not complete has not been fast."""
    if COMPLETE not in ended.output:
        raise RuntimeError(f"the main job was not complete: {ended.output[-1000:]}")
    return ended
