"""`python -m emulator node`: a node double as a process. One JSON line on stdout when it is ready."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from emulator.node.double import NodeDouble
from emulator.node.fault_reader import FaultError, read_plan
from emulator.node.faults import NO_FAULTS
from emulator.process import EXIT_BAD_INPUT, announce_and_serve, complain, run_until_signalled
from emulator.world import bundled
from emulator.world.model import WorldError
from emulator.world.reader import MAX_FILLER_ACCOUNTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--world", default="demo", metavar="FILE|NAME", help="what is on the chain")
    parser.add_argument("--port", type=int, default=20000, help="loopback port, 0 for any (default 20000)")
    parser.add_argument("--filler-accounts", type=int, metavar="N", help="other people's accounts, by count")
    parser.add_argument("--faults", metavar="FILE|JSON", help="what goes wrong; see emulator/node/FAULTS.md")
    parser.add_argument("--tls", action="store_true", help="serve TLS; the ready line names the certificate")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is of `run_until_signalled`."""
    count = args.filler_accounts
    if count is not None and not 0 <= count <= MAX_FILLER_ACCOUNTS:
        return complain("node", f"--filler-accounts must be 0 to {MAX_FILLER_ACCOUNTS}", EXIT_BAD_INPUT)
    return run_until_signalled("node", args.port, lambda: _serve(args), (WorldError, FaultError))


async def _serve(args: argparse.Namespace) -> None:
    world = bundled.load(args.world)
    faults = read_plan(args.faults) if args.faults else NO_FAULTS
    node = NodeDouble(world, faults=faults, port=args.port, tls=args.tls, filler_accounts=args.filler_accounts)
    with tempfile.TemporaryDirectory(prefix="emulated-node-") as directory:
        await announce_and_serve(node, lambda running: _ready(running, _write_certificate(running, Path(directory))))


def _write_certificate(node: NodeDouble, directory: Path) -> str | None:
    if node.certificate is None:
        return None
    path = directory / "node-certificate.pem"
    path.write_bytes(node.certificate)
    return str(path)


def _ready(node: NodeDouble, certificate: str | None) -> dict[str, object]:
    return {
        "ready": True,
        "address": node.address,
        "network": node.chain.network.name,
        "genesis": node.chain.network.genesis_hash.hex(),
        "world": node.world.name,
        "accounts": len(node.chain.accounts) + node.chain.filler_accounts,
        "certificate": certificate,
    }
