"""`python -m emulator node`: a node double as a process. One JSON line on stdout when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path

from emulator.node.double import NodeDouble
from emulator.node.fault_reader import FaultError, read_plan
from emulator.node.faults import NO_FAULTS
from emulator.node.gate import PortTaken
from emulator.world import bundled
from emulator.world.model import WorldError
from emulator.world.reader import MAX_FILLER_ACCOUNTS

EXIT_BAD_INPUT = 2
EXIT_PORT_TAKEN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--world", default="demo", metavar="FILE|NAME", help="what is on the chain")
    parser.add_argument("--port", type=int, default=20000, help="loopback port, 0 for any (default 20000)")
    parser.add_argument("--filler-accounts", type=int, metavar="N", help="other people's accounts, by count")
    parser.add_argument("--faults", metavar="FILE|JSON", help="what goes wrong; see emulator/node/FAULTS.md")
    parser.add_argument("--tls", action="store_true", help="serve TLS; the ready line names the certificate")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; 0, or 2 for bad input, or 3 if the port is taken."""
    count = args.filler_accounts
    if count is not None and not 0 <= count <= MAX_FILLER_ACCOUNTS:
        return _complain(f"--filler-accounts must be 0 to {MAX_FILLER_ACCOUNTS}", EXIT_BAD_INPUT)
    if not 0 <= args.port < 2**16:
        return _complain("--port must be 0 to 65535", EXIT_BAD_INPUT)
    try:
        asyncio.run(_serve(args))
    except (WorldError, FaultError) as error:
        return _complain(str(error), EXIT_BAD_INPUT)
    except PortTaken as error:
        return _complain(f"{error.strerror}; choose another --port, or 0 for any free one", EXIT_PORT_TAKEN)
    return 0


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"emulator node: {sentence}\n")
    return status


async def _serve(args: argparse.Namespace) -> None:
    world = bundled.load(args.world)
    faults = read_plan(args.faults) if args.faults else NO_FAULTS
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    node = NodeDouble(world, faults=faults, port=args.port, tls=args.tls, filler_accounts=args.filler_accounts)
    with tempfile.TemporaryDirectory(prefix="emulated-node-") as directory:
        async with node:
            certificate = _write_certificate(node, Path(directory))
            sys.stdout.write(json.dumps(_ready(node, certificate)) + "\n")
            sys.stdout.flush()
            await stop.wait()


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
