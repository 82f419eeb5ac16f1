"""The list of all accounts: cold, cached, and how cost and memory grow with its length.

The server sends bytes that were encoded before and takes next to no time, in a process of its own; what is measured is
the client's share. A real node's own time to list its accounts and the way over the net come on top.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench import children
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, growth, times

NAME: Final = "account-list"
TITLE: Final = "account list: client's share of fetching and matching it"
MAINNET: Final = 105_000
LARGEST: Final = 1_000_000
COLD_SECONDS: Final = 10.0
CACHED_SECONDS: Final = 0.1
PEAK_MB: Final = 200.0
LINEAR: Final = 1.5


@dataclass(frozen=True, slots=True)
class Fetched:
    """One length: seconds on the clock and of processor, and the client's peak memory in MB."""

    wall: Series
    cpu: Series
    cached: Series
    peak: Series


def measure(effort: Effort) -> Outcome:
    """Each fetch is a process of its own; the cached match follows the fetch in the same process."""
    into = Collecting(NAME, TITLE)
    sizes = effort.sizes(10_000, 100_000, MAINNET, LARGEST, quick=(1_000,))
    by_size = {}
    for size in sizes:
        with children.server("-m", "tests.bench.list_server", str(size)) as (node, *_):
            by_size[size] = fetched = _ours(node, effort.rounds(1 if size == LARGEST else 3))
            plain = _plain(node, effort.rounds(3)) if size == MAINNET else None
        _lines(into, size, fetched, plain)
    if not effort.quick:
        _judge(into, by_size[MAINNET], by_size[LARGEST], by_size[10_000])
    into.notes.append("cached: read and verify the file, then match 10 identities x 2 key schemes x 256 counters")
    return into.done()


def _ours(node: str, rounds: int) -> Fetched:
    rows: list[Sequence[float]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            ended = children.python("-m", "tests.bench.list_client", node, cache, "ours")
        found = ended.json
        rows.append((*found["cold"], found["cached"][0], ended.cost.peak_mb))
    return Fetched(*(Series(tuple(column)) for column in zip(*rows, strict=True)))


def _plain(node: str, rounds: int) -> Series:
    runs = [children.python("-m", "tests.bench.list_client", node, "-", "plain").json for _ in range(rounds)]
    return Series(tuple(run["cold"][0] for run in runs))


def _lines(into: Collecting, size: int, fetched: Fetched, plain: Series | None) -> None:
    if plain is not None:
        into.line(f"{size:,}: plain grpc.aio and protobuf, nothing proven", plain, "s")
    into.line(f"{size:,}: cold", fetched.wall, "s", None if plain is None else times(plain, fetched.wall))
    into.line(f"{size:,}: cold, processor", fetched.cpu, "s")
    into.line(f"{size:,}: cached", fetched.cached, "s")
    into.line(f"{size:,}: peak memory", fetched.peak, "MB")


def _judge(into: Collecting, mainnet: Fetched, largest: Fetched, smallest: Fetched) -> None:
    into.at_most(f"{MAINNET:,} cold", mainnet.wall.median, COLD_SECONDS, "s")
    into.at_most(f"{MAINNET:,} cached match", mainnet.cached.median, CACHED_SECONDS, "s")
    into.at_most(f"{LARGEST:,} peak memory", largest.peak.median, PEAK_MB, "MB")
    cost = growth((10_000, LARGEST), (smallest.cpu.median, largest.cpu.median))
    into.at_most("processor time over proportion, 10,000 to 1,000,000 (1 is linear)", cost, LINEAR, "")
