"""`python -m ledger_recovery.box`: a Box as a process for tests and benches; one JSON line on stdout when it is ready.

For people there is `ledger-recovery box serve`. The line holds a pairing token: it is meant for the program that
started this one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from ledger_recovery.box.config import BoxConfig, BoxLimits
from ledger_recovery.box.serve import Running, serve
from ledger_recovery.errors import LedgerRecoveryError


def main(argv: Sequence[str]) -> int:
    """Run a Box until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ledger_recovery.box", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="the Box's directory")
    parser.add_argument("--name", default="Identity Box")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=NUMBER", help="a field of BoxLimits")
    args = parser.parse_args(argv)
    try:
        limits = BoxLimits(**_limits(args.limit))
        serve(BoxConfig(args.dir, args.name, args.host, args.port, limits=limits), ready=_ready)
    except LedgerRecoveryError as error:
        sys.stderr.write(f"box: {error.sentence}\n")
        return int(error.exit_status)
    return 0


def _limits(said: Sequence[str]) -> dict[str, int]:
    known = {field.name for field in fields(BoxLimits)}
    found = {}
    for each in said:
        name, _, number = each.partition("=")
        if name not in known or not number.isdecimal():
            raise SystemExit(f"box: {each!r} is no limit")
        found[name] = int(number)
    return found


def _ready(running: Running) -> None:
    address, offer = running.address, running.offer
    told = {
        "ready": True,
        "url": address.url,
        "pin": address.pin.hex(),
        "link": offer.link,
        "code": offer.code,
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
