"""`python -m emulator evm`: the double as a process. One JSON line on stdout when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from emulator.evm.double import serving
from emulator.evm.state import Chain, WorldError, load

EXIT_BAD_INPUT = 2
EXIT_PORT_TAKEN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--world", default="demo", metavar="FILE|NAME", help="what is on the chains")
    parser.add_argument("--port", type=int, default=8545, help="loopback port, 0 for any (default 8545)")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; 0, or 2 for bad input, or 3 if the port is taken."""
    if not 0 <= args.port < 2**16:
        return _complain("--port must be 0 to 65535", EXIT_BAD_INPUT)
    try:
        asyncio.run(_serve(args))
    except WorldError as error:
        return _complain(str(error), EXIT_BAD_INPUT)
    except OSError as error:
        return _complain(f"{error.strerror}; choose another --port, or 0 for any free one", EXIT_PORT_TAKEN)
    return 0


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"emulator evm: {sentence}\n")
    return status


async def _serve(args: argparse.Namespace) -> None:
    chains = load(args.world)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(chains, args.port) as double:
        ready = {
            "ready": True,
            "urls": list(double.urls),
            "chains": [_told(chain) for chain in chains],
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _told(chain: Chain) -> dict[str, object]:
    tokens = [
        {"symbol": symbol, "address": f"0x{address.hex()}", "decimals": decimals}
        for address, (symbol, decimals) in chain.symbols.items()
    ]
    return {"name": chain.name, "chain_id": chain.chain_id, "accounts": len(chain.accounts), "tokens": tokens}
