"""What the tests tell the warm process, and what its children tell them. Pickled between the two."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

from ledger_recovery.recover.result import RunResult
from tests.support.crash.disk import KILLING, Action
from tests.support.crash.world import Order


@unique
class Steps(Enum):
    """What is counted to the chosen point: events told, calls and returns of functions, calls that change files."""

    EVENTS = "events"
    CALLS = "calls"
    DISK = "disk"


@dataclass(frozen=True)
class Disturbance:
    """At step `at` (from 0): SIGKILL, or for DISK whatever `action` says, with errno `error`."""

    steps: Steps
    at: int
    action: Action = Action.KILL_BEFORE
    error: int = 0

    @property
    def kills(self) -> bool:
        return self.action in KILLING


@dataclass(frozen=True)
class Request:
    root: Path
    order: Order
    disturbance: Disturbance | None = None

    @property
    def alone(self) -> bool:
        """Whether the start needs a process of its own: it is ended, or the test looks at it while it waits."""
        killed = self.disturbance is not None and self.disturbance.kills
        return killed or self.order.pause_at is not None


@dataclass(frozen=True)
class Ended:
    """How a child ended that was not killed. `error`: (class, sentence, hint) of our tree; `defect`: a traceback of
    anything else; `steps`: how many of the counted steps it took."""

    result: RunResult | None = None
    error: tuple[str, str, str] | None = None
    defect: str = ""
    steps: int = 0
