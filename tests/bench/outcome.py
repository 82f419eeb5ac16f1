"""[pure] What a bench section hands back: measured lines, targets with what was reached, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.stats import Series


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. `ratio`: how many times better than this section's baseline of the same run, None for none."""

    what: str
    series: Series
    unit: str
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A number that the project promises. `reached` and `limit` are of one unit."""

    what: str
    reached: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.reached >= self.limit if self.at_least else self.reached <= self.limit


@dataclass(frozen=True, slots=True)
class Outcome:
    """A section's result. `skipped`: the reason why nothing of it (or a part, see `notes`) was measured."""

    name: str
    title: str
    lines: tuple[Line, ...] = ()
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""

    def as_json(self) -> Mapping[str, Any]:
        document = asdict(self)
        document["lines"] = [
            {"what": x.what, "unit": x.unit, "median": x.series.median, "values": x.series.values, "ratio": x.ratio}
            for x in self.lines
        ]
        document["targets"] = [{**asdict(t), "met": t.met} for t in self.targets]
        return document


@dataclass(slots=True)
class Collecting:
    """Gathers a section's parts while it runs."""

    name: str
    title: str
    lines: list[Line] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def line(self, what: str, series: Series, unit: str, ratio: float | None = None) -> None:
        self.lines.append(Line(what, series, unit, ratio))

    def at_most(self, what: str, reached: float, limit: float, unit: str) -> None:
        self.targets.append(Target(what, reached, limit, unit))

    def at_least(self, what: str, reached: float, limit: float, unit: str) -> None:
        self.targets.append(Target(what, reached, limit, unit, at_least=True))

    def done(self) -> Outcome:
        return Outcome(self.name, self.title, tuple(self.lines), tuple(self.targets), tuple(self.notes))
