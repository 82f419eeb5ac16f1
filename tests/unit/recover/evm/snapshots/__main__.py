"""Write the snapshots anew: `python -m tests.unit.recover.evm.snapshots`, then read the difference."""

from __future__ import annotations

from pathlib import Path

from ledger_recovery.recover.evm.report import build_evm_report, evm_report_text
from tests.unit.recover.evm.worlds import CONFLICTS, WORLDS

for name, world in WORLDS.items():
    text = evm_report_text(build_evm_report(world(), CONFLICTS if name == "full" else ()))
    (Path(__file__).parent / f"{name}.txt").write_text(text, "utf-8")
