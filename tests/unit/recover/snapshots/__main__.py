"""Write the snapshots anew: `python -m tests.unit.recover.snapshots`, then read the difference."""

from __future__ import annotations

from pathlib import Path

from ledger_recovery.recover.report import report_text
from tests.support.report_worlds import WORLDS

for name, world in WORLDS.items():
    (Path(__file__).parent / f"{name}.txt").write_text(report_text(world()), "utf-8")
