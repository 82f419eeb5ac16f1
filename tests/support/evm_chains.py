"""The chains of an emulated EVM world, as a process of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.warm_programs import start_emulator

STOP_SECONDS = 10
STDERR = 2


@contextmanager
def evm_chains(world: str = "demo", *, port: int = 0) -> Iterator[list[str]]:
    """`python -m emulator evm`, started warm; yields the URL of each chain. Ended with the block.

    :param port: 0 for any free one.
    """
    process = start_emulator(["evm", "--world", world, "--port", str(port)], STDERR)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["urls"]
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        process.close()
