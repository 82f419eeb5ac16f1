"""What the tests tell the warm process, and what it answers. Pickled between the two."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

from tests.support.crash.disk import Action


@unique
class Steps(Enum):
    """What is counted to the chosen point: calls that change files, or calls and returns of Python functions."""

    DISK = "disk"
    CALLS = "calls"


@dataclass(frozen=True)
class Kill:
    """SIGKILL at step `at` (from 0); `action` says for DISK whether before it, in the middle of it, or after it.

    :param from_start: count from the start of the program on; else from the first upload that a Box gets.
    """

    steps: Steps
    at: int
    action: Action = Action.KILL_BEFORE
    from_start: bool = False


@dataclass(frozen=True)
class StartBox:
    """Run a Box on a directory. `port`: 0 takes a free one."""

    directory: Path
    port: int
    kill: Kill | None = None


@dataclass(frozen=True)
class Work:
    """Let the computer in a folder make the changes with these numbers, uploading after each."""

    folder: Path
    numbers: tuple[int, ...]
    kill: Kill | None = None


@dataclass(frozen=True)
class WaitFor:
    """Wait for a child, killed by us first if told so."""

    pid: int
    kill: bool = False


Order = StartBox | Work | WaitFor


@dataclass(frozen=True)
class Started:
    """A child runs. `said`: its first line; "" if it died before."""

    pid: int
    said: str
