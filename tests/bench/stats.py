"""[pure] Repeated measurements: median, extent, ratio. No mean: one disturbed round must not move a result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one measurement, repeated under the same conditions; all of one unit."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("a series needs at least one value")

    @classmethod
    def of(cls, *values: float) -> Series:
        return cls(values)

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    @property
    def spread(self) -> float:
        """Half the distance from the lowest to the highest value, as a share of the median (0.1 is ±10 %)."""
        return (self.high - self.low) / 2 / self.median if self.median else 0.0

    def per(self, count: float) -> Series:
        """Each value divided by `count`: seconds for many things become seconds for one."""
        return Series(tuple(value / count for value in self.values))

    def rate(self, count: float) -> Series:
        """`count` divided by each value: seconds for many things become things a second."""
        return Series(tuple(count / value for value in self.values))


def times(slower: Series, faster: Series) -> float:
    """How many times the first median is of the second."""
    if faster.median == 0:
        raise ValueError("a median of zero has no ratio: measure more at once")
    return slower.median / faster.median


def growth(sizes: tuple[float, float], costs: tuple[float, float]) -> float:
    """How cost grows with size, as the factor over exact proportion: 1 is linear, `sizes` ratio is quadratic."""
    return (costs[1] / costs[0]) / (sizes[1] / sizes[0])


def share(values: tuple[float, ...], part: float) -> float:
    """The least value that `part` of all (0 to 1) do not exceed: the nearest rank, without interpolation.

    :raises ValueError: there is none.
    """
    if not values:
        raise ValueError("a share of nothing")
    return sorted(values)[max(math.ceil(part * len(values)) - 1, 0)]
