"""The command emulator: hands all its arguments to `python -m emulator`, which shares no code with this program."""

from __future__ import annotations

import os
import subprocess
import sys

import typer

EMULATOR_HELP = """Run an emulated Ledger or node.

Everything after "emulator" goes to it: see `ledger-recovery emulator --help` for its own help.
"""
EXAMPLES = """\b
Examples:
  ledger-recovery emulator device --app concordium-5.1.3 --model nanosp
  ledger-recovery emulator node --world demo
"""


def emulator(context: typer.Context) -> None:
    """Become the emulator: the same terminal, signals and exit status."""
    argv = [sys.executable, "-m", "emulator", *context.args]
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, argv)  # noqa: S606  the same interpreter, and no shell is wanted
    raise typer.Exit(subprocess.call(argv))
