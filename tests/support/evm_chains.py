"""The chains of an emulated EVM world, as a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def evm_chains(world: str = "demo", *, port: int = 0) -> Iterator[list[str]]:
    """`python -m emulator evm`; yields the URL of each chain. Ended with the block.

    :param port: 0 for any free one.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "evm", "--world", world, "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["urls"]
    finally:
        process.terminate()
        process.communicate()
