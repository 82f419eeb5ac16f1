"""[pure] What every live display shows beside its grid: what stands on the device, and lines that are done with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ledger_recovery.cli.sentences import notice
from ledger_recovery.device.interaction import ExpectedScreen, Notice

E = TypeVar("E")


@dataclass(slots=True, kw_only=True)
class Shown(ABC, Generic[E]):
    """Folded from events. `expected`: what the device must show now.

    `waiting_since`: when the request on the device began, by the clock given with events; None when there is none.
    `emulated`, `pressed`: what an emulated device shows, and what was pressed on it (demo only).
    """

    expected: ExpectedScreen | None = None
    waiting_since: float | None = None
    device_line: str = ""
    list_line: str = ""
    emulated: tuple[str, ...] = ()
    pressed: str = ""
    _done: list[str] = field(default_factory=list)

    @abstractmethod
    def on(self, event: E, now: float) -> None:
        """Take an event. `now`: the clock of the moment, in seconds."""

    @abstractmethod
    def grid(self) -> tuple[str, ...]:
        """The rows of what is still being asked."""

    def take_done(self) -> tuple[str, ...]:
        """The lines that are done with since the last call."""
        done, self._done = tuple(self._done), []
        return done

    def _expect(self, screen: ExpectedScreen, now: float) -> None:
        self.expected, self.waiting_since, self.device_line = screen, now, ""

    def _settled(self) -> None:
        self.expected, self.waiting_since = None, None

    def _noticed(self, told: Notice) -> None:
        """A state of the device is told, but not over a request that stands on it."""
        self.device_line = notice(told) if self.expected is None else ""
