"""Child processes of the bench: what they cost, and servers that live as long as a block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAUNCHER = Path(__file__).with_name("launcher.py")
END_SECONDS = 10.0


class ChildFailed(Exception):
    """A child ended badly; the text holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock and of processor (user and system), and the most memory it held; without the launcher."""

    wall: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that ended well."""

    output: str
    cost: Cost

    @property
    def json(self) -> Any:
        return json.loads(self.output)


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
    """Run this interpreter with arguments (a script, or -m and a module)."""
    return command((sys.executable, *arguments), environment=environment)


def command(words: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Ended:
    """Run a command to its end. Compiled modules are cached as in an ordinary installation.

    :raises ChildFailed: exit status other than 0
    """
    with tempfile.TemporaryDirectory() as place:
        result, talk = Path(place, "cost.json"), Path(place, "stderr")
        with talk.open("wb") as stderr:
            launched = subprocess.run(
                [sys.executable, "-S", "-E", str(LAUNCHER), str(result), *words],
                stdout=subprocess.PIPE,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**inherited_environment(), **(environment or {})},
                check=False,
            )
        said = launched.stdout.decode()
        if not result.exists():
            raise ChildFailed(talk.read_text("utf-8", "replace")[-2000:])
        cost = json.loads(result.read_text("utf-8"))
        if cost["status"] != 0:
            raise ChildFailed(
                f"exit status {cost['status']}: {said[-1000:]}{talk.read_text('utf-8', 'replace')[-2000:]}"
            )
    return Ended(said, Cost(cost["wall"], cost["cpu"], cost["peak"] / 1024))


def inherited_environment() -> dict[str, str]:
    """Of every child: compiled modules are cached, beside nothing of ours."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # Not beside the sources: the checkout stays as it is.
    return {**inherited, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), f"ledger-bench-pyc-{os.getuid()}"))}


@contextmanager
def server(*arguments: str) -> Iterator[Sequence[str]]:
    """A Python server that prints one line of words when it is ready and ends with its standard input."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=inherited_environment(),
        text=True,
    )
    try:
        words = (process.stdout.readline() if process.stdout else "").split()
        if not words:
            raise ChildFailed(f"{' '.join(arguments)} did not start")
        yield words
    finally:
        try:
            process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
