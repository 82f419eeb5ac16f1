"""A node double for tests: in this process (`node_double`), or as a process of its own (`node_process`)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from emulator.node.double import Faults, NodeDouble
from emulator.node.faults import NO_FAULTS
from emulator.world import bundled
from emulator.world.model import World
from tests.support.warm_programs import Process, start_emulator

STOP_SECONDS = 10


@asynccontextmanager
async def node_double(
    world: World | str | Path = "sample",
    *,
    faults: Faults = NO_FAULTS,
    tls: bool = False,
    port: int = 0,
    filler_accounts: int | None = None,
) -> AsyncIterator[NodeDouble]:
    """A running node on the test's event loop: `address`, `set_faults`, `calls`, `wait_for`, `certificate`."""
    loaded = world if isinstance(world, World) else bundled.load(world)
    async with NodeDouble(loaded, faults=faults, tls=tls, port=port, filler_accounts=filler_accounts) as node:
        yield node


@dataclass(frozen=True)
class NodeProcess:
    """A node in another process, as its ready line describes it."""

    address: str
    network: str
    genesis: str
    certificate: Path | None
    process: Process


@contextmanager
def node_process(
    world: str | Path = "sample",
    *,
    faults: object = None,
    tls: bool = False,
    port: int = 0,
    filler_accounts: int | None = None,
) -> Iterator[NodeProcess]:
    """A node as `python -m emulator node` is, started warm; ended with the block.

    :param faults: a fault plan as plain data (see emulator/node/FAULTS.md)
    """
    options: list[str] = ["--world", str(world), "--port", str(port)]
    if faults is not None:
        options += ["--faults", json.dumps(faults)]
    if tls:
        options.append("--tls")
    if filler_accounts is not None:
        options += ["--filler-accounts", str(filler_accounts)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as talk:
        process = start_emulator(["node", *options], talk.fileno())
        try:
            yield _ready(process, talk)
        finally:
            _end(process)
            process.close()


def start_node(options: Sequence[str]) -> subprocess.Popen[str]:
    """`python -m emulator node` alone, for tests of its options and of its start."""
    return subprocess.Popen(
        [sys.executable, "-m", "emulator", "node", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: Process) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def _ready(process: Process, talk: IO[str]) -> NodeProcess:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        process.wait(STOP_SECONDS)
        talk.seek(0)
        raise RuntimeError(f"the node did not start: {talk.read()}")
    ready = json.loads(line)
    certificate = Path(ready["certificate"]) if ready["certificate"] else None
    return NodeProcess(ready["address"], ready["network"], ready["genesis"], certificate, process)
