"""The main job under pyinstrument, a sampling profiler: where the time of a whole recovery goes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Final

from tests.bench import children
from tests.bench.effort import Effort
from tests.bench.sections.program import ACCOUNTS, PROGRAM, main_job, whole

INTERVAL: Final = "0.001"
MISSING: Final = "pyinstrument is not installed: .venv/bin/python -m pip install pyinstrument"


def profile_main_job(into: Path, effort: Effort) -> str:
    """Write an HTML page that can be opened in a browser; returns what to tell the person."""
    if importlib.util.find_spec("pyinstrument") is None:
        return MISSING
    with main_job(effort.choose(10, 1), effort.choose(ACCOUNTS, 100)) as job:
        at = job.index(PROGRAM)
        profiler = ["-m", "pyinstrument", "--show-all", "-r", "html", "-i", INTERVAL, "-o", str(into)]
        words = [*job[:at], sys.executable, *profiler, *job[at:]]
        cost = whole(children.command(words)).cost
    return f"{into}: {cost.cpu:.2f} s of processor, the profiler's included"
