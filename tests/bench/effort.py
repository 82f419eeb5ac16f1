"""How much a bench run measures: everything, or with --quick only enough to see that it works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.bench.stats import Series

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Effort:
    """`quick`: smallest sizes, one round; its numbers say nothing."""

    quick: bool = False

    def rounds(self, full: int) -> int:
        return 1 if self.quick else full

    def sizes(self, *full: int, quick: tuple[int, ...]) -> tuple[int, ...]:
        return quick if self.quick else full

    def choose(self, full: T, quick: T) -> T:
        return quick if self.quick else full


def wall(work: Callable[[], object], rounds: int) -> Series:
    """Seconds on the wall clock of each round."""
    return _timed(work, rounds, time.perf_counter)


def cpu(work: Callable[[], object], rounds: int) -> Series:
    """Seconds of this process' processor time of each round: what a busy machine does not disturb."""
    return _timed(work, rounds, time.process_time)


def _timed(work: Callable[[], object], rounds: int, clock: Callable[[], float]) -> Series:
    values = []
    for _ in range(rounds):
        began = clock()
        work()
        values.append(clock() - began)
    return Series(tuple(values))
