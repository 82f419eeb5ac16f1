"""[pure] What is kept of a run's events for its end, whichever chain family: kind, result, statement, changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ledger_recovery.recover.events import ChangesPlanned, RunBegan

Result = TypeVar("Result")


@dataclass
class Recording(Generic[Result]):
    """Keeps what only the events tell: the kind of the run, its statement, the conflicts, the report's path."""

    kind: str = ""
    result: Result | None = None
    statement: str = ""
    report_path: str = ""
    planned: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    def hear(self, event: object) -> None:
        """Take what the families' runs tell alike; `end` takes what each tells at its end."""
        match event:
            case RunBegan():
                self.kind = event.kind
            case ChangesPlanned():
                self.planned, self.conflicts = event.lines, event.conflicts

    def end(self, result: Result, statement: str, report_path: str) -> None:
        self.result, self.statement, self.report_path = result, statement, report_path
