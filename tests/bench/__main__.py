"""`scripts/bench [NAME...] [--quick] [--json FILE] [--profile FILE]`: measure, and print one table a section.

Never part of the test suite: a number that depends on the machine is no test. Exit status 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from tests.bench import machine
from tests.bench.effort import Effort
from tests.bench.outcome import Outcome
from tests.bench.profiling import profile_main_job
from tests.bench.sections import (
    account_list,
    apdu,
    backup,
    credential_ids,
    evm,
    guide,
    import_file,
    lookups,
    program,
    wallet,
)
from tests.bench.table import table

SECTIONS: Final[Mapping[str, ModuleType]] = {
    section.NAME: section
    for section in (lookups, credential_ids, account_list, apdu, wallet, import_file, backup, evm, guide, program)
}
MISSED: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; sections are printed as they end."""
    asked = _parser().parse_args(arguments)
    facts = machine.facts()
    for name, value in facts.items():
        print(f"{name}: {value}")
    if asked.profile:
        print(profile_main_job(asked.profile, Effort(asked.quick)))
        return 0
    print("quick: the numbers below only show that the bench works\n" if asked.quick else "")
    outcomes = []
    for name in asked.names or SECTIONS:
        outcome: Outcome = SECTIONS[name].measure(Effort(asked.quick))
        print(table(outcome), flush=True)
        outcomes.append(outcome)
    if asked.json:
        document = {"machine": facts, "quick": asked.quick, "sections": [outcome.as_json() for outcome in outcomes]}
        asked.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    missed = [target for outcome in outcomes for target in outcome.targets if not target.met]
    return MISSED if missed and not asked.quick else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure ledger-recovery on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", type=_section, help=f"all if none: {', '.join(SECTIONS)}")
    parser.add_argument("--quick", action="store_true", help="smallest sizes, one round: shows only that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every value as JSON")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="only profile the main job, into an HTML file")
    return parser


def _section(name: str) -> str:
    if name not in SECTIONS:
        raise argparse.ArgumentTypeError(f"{name!r} is no section; there are {', '.join(SECTIONS)}")
    return name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
