"""`python -m emulator evm`: the double as a process. One JSON line on stdout when it is ready."""

from __future__ import annotations

import argparse

from emulator.evm.double import EvmDouble, serving
from emulator.evm.state import Chain, WorldError, load
from emulator.process import announce_and_serve, run_until_signalled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--world", default="demo", metavar="FILE|NAME", help="what is on the chains")
    parser.add_argument("--port", type=int, default=8545, help="loopback port, 0 for any (default 8545)")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is of `run_until_signalled`."""
    return run_until_signalled("evm", args.port, lambda: _serve(args), WorldError)


async def _serve(args: argparse.Namespace) -> None:
    await announce_and_serve(serving(load(args.world), args.port), _ready)


def _ready(double: EvmDouble) -> dict[str, object]:
    return {"ready": True, "urls": list(double.urls), "chains": [_told(chain) for chain in double.chains]}


def _told(chain: Chain) -> dict[str, object]:
    tokens = [
        {"symbol": symbol, "address": f"0x{address.hex()}", "decimals": decimals}
        for address, (symbol, decimals) in chain.symbols.items()
    ]
    return {"name": chain.name, "chain_id": chain.chain_id, "accounts": len(chain.accounts), "tokens": tokens}
