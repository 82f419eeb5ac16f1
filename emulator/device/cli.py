"""`python -m emulator device`: options as Speculos names them, where it has them.

A phrase in --seed is visible in the process list: it is for test phrases; --seed-file and --seed-fd are not.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from emulator.apps.catalogue import DASHBOARD, DEFAULT_APP, KNOWN_APPS, UnknownApp, check_app
from emulator.apps.keys import DEFAULT_PHRASE, Seed
from emulator.device.automation import BUILT_IN, Automation, BadAutomation, load
from emulator.device.machine import DEFAULT_INSTALLED, Setup
from emulator.device.models import DEFAULT_MODEL, MODELS
from emulator.device.server import Options, serve
from emulator.loopback import PortTaken

MAX_SEED_TEXT = 4096
EXIT_USAGE = 2
EXIT_PORT = 1
_DEFAULT_APDU_PORT = 9999
_DEFAULT_API_PORT = 5000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the device sub-command."""
    parser.add_argument(
        "--app", default=DEFAULT_APP, help=f"{', '.join(KNOWN_APPS)} or concordium-X.Y.Z (default: %(default)s)"
    )
    parser.add_argument("-m", "--model", choices=sorted(MODELS), default=DEFAULT_MODEL)
    seed = parser.add_mutually_exclusive_group()
    seed.add_argument(
        "-s", "--seed", metavar="PHRASE", help="test phrase, or hex: and the seed bytes; visible in the process list"
    )
    seed.add_argument("--seed-file", metavar="FILE", help="read the phrase from a file, - for standard input")
    seed.add_argument("--seed-fd", metavar="N", type=int, help="read the phrase from an open file descriptor")
    parser.add_argument("--apdu-port", type=_port, default=_DEFAULT_APDU_PORT, help="0 for any free port")
    parser.add_argument("--api-port", type=_port, default=_DEFAULT_API_PORT, help="0 for any free port")
    parser.add_argument("--locked", action="store_true", help="start locked; both buttons or a tap unlock")
    parser.add_argument(
        "--automation", metavar="RULES", help=f"{', '.join(BUILT_IN)}, a file, file:FILE or a JSON document"
    )
    parser.add_argument(
        "--after-exit", choices=("end", DASHBOARD), default="end",
        help="when the app ends: end as Speculos does, or show the dashboard as a physical device does "
        "(always so with --app dashboard)",
    )  # fmt: skip
    parser.add_argument(
        "--installed", metavar="APP", action="append", help="app that the dashboard offers; may be repeated"
    )
    parser.add_argument(
        "--display", choices=("headless", "text"), default="headless", help="text: print screen texts to stderr"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until the device ends; the exit code is that of Speculos in the same case."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    try:
        options = _options(args)
        return asyncio.run(serve(options, _announce))
    except (UnknownApp, BadAutomation, SeedUnreadable) as error:
        sys.stderr.write(f"emulator device: {error}\n")
        return EXIT_USAGE
    except PortTaken as error:
        sys.stderr.write(f"emulator device: {error.strerror}\n")
        return EXIT_PORT
    except KeyboardInterrupt:
        return 130


class SeedUnreadable(ValueError):
    """The seed cannot be read; the message never holds any part of it."""


def _options(args: argparse.Namespace) -> Options:
    app = check_app(args.app)
    return Options(
        setup=Setup(
            model=MODELS[args.model],
            app=app,
            seed=_seed(args),
            installed=tuple(check_app(name) for name in args.installed or DEFAULT_INSTALLED),
            falls_back=DASHBOARD in (args.after_exit, app),
            locked=args.locked,
        ),
        automation=load(args.automation) if args.automation else Automation(),
        apdu_port=args.apdu_port,
        api_port=args.api_port,
        show_texts=args.display == "text",
    )


def _seed(args: argparse.Namespace) -> Seed:
    text = DEFAULT_PHRASE
    try:
        if args.seed is not None:
            text = args.seed
        elif args.seed_fd is not None:
            with os.fdopen(args.seed_fd, encoding="utf-8") as stream:
                text = stream.read(MAX_SEED_TEXT)
        elif args.seed_file == "-":
            text = sys.stdin.read(MAX_SEED_TEXT)
        elif args.seed_file is not None:
            with Path(args.seed_file).open(encoding="utf-8") as stream:
                text = stream.read(MAX_SEED_TEXT)
    except UnicodeDecodeError:
        raise SeedUnreadable("the seed is not UTF-8 text; give a file with the words") from None
    except OSError as error:
        raise SeedUnreadable(f"cannot read the seed: {error.strerror}; check --seed-file or --seed-fd") from None
    try:
        return Seed.from_text(text)
    except ValueError as error:
        raise SeedUnreadable(str(error)) from None


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
