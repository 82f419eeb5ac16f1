"""`python -m emulator world`: list the bundled worlds, check a file, print what a recovery must find."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace

from emulator.world import bundled
from emulator.world.chain import build_chain
from emulator.world.expectation import expect
from emulator.world.model import World, WorldError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    commands = parser.add_subparsers(dest="world_command", required=True)
    commands.add_parser("list", help="names of the bundled worlds")
    check = commands.add_parser("check", help="read a world and say what it holds")
    check.add_argument("world", metavar="FILE|NAME")
    expected = commands.add_parser("expect", help="print what a recovery must find, as JSON")
    expected.add_argument("world", metavar="FILE|NAME")
    expected.add_argument("--wallet", metavar="NAME", help="default: the only or first wallet")
    expected.add_argument("--height", type=int, help="block height (default: last finalized at the start)")


def run(args: argparse.Namespace) -> int:
    """Do it; 0, or 2 with a sentence on stderr."""
    try:
        sys.stdout.write(_answer(args) + "\n")
    except WorldError as error:
        sys.stderr.write(f"emulator world: {error}\n")
        return 2
    return 0


def _answer(args: argparse.Namespace) -> str:
    if args.world_command == "list":
        return "\n".join(f"{name:10} {bundled.load(name).summary}" for name in bundled.names())
    world = bundled.load(args.world)
    if args.world_command == "check":
        return _check(world)
    if not world.wallets:
        raise WorldError(f"world {world.name!r} has no wallet, so there is nothing to recover")
    wallet = args.wallet or world.wallets[0].name
    return json.dumps(expect(world, wallet, height=args.height).to_json(), indent=2)


def _check(world: World) -> str:
    chain = build_chain(replace(world, filler_accounts=0), started=0)
    return (
        f"{world.name}: {world.network.name}, {len(world.wallets)} wallets, {len(world.identities)} identities, "
        f"{len(chain.accounts)} accounts with {len(chain.by_cred_id)} credentials, "
        f"{world.filler_accounts} filler accounts"
    )
