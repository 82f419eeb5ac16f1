"""Entry point: `python -m emulator device …`, `… node …`, `… evm …` or `… world …`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from emulator.process import end_with_stdin

_COMMANDS = {
    "device": ("emulator.device.cli", "an emulated Ledger with Speculos' ports"),
    "node": ("emulator.node.cli", "a double of a Concordium node"),
    "evm": ("emulator.evm.cli", "a double of EVM nodes"),
    "world": ("emulator.world.cli", "what a world holds, and what must be found in it"),
}


class Command(Protocol):
    """What the module of a sub-command offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the sub-command."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; returns the exit code."""


def main(argv: Sequence[str]) -> int:
    """Run one sub-command; only its own module is imported."""
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    command: Command | None = None
    for name, (module, text) in _COMMANDS.items():
        subparser = subparsers.add_parser(name, help=text)
        subparser.add_argument(
            "--end-with-stdin", action="store_true", help="end when standard input does, as it does with the parent"
        )
        if name in argv[:1]:
            command = cast(Command, importlib.import_module(module))
            command.add_arguments(subparser)
    args = parser.parse_args(argv)
    if args.end_with_stdin:
        end_with_stdin()
    return command.run(args) if command is not None else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
