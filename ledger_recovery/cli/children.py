"""Child processes of a demo: started, waited for until ready, and ended whatever happens.

A child runs in a session of its own, so that Ctrl-C reaches this program first, which then ends the run in order. It
also ends with its standard input, which nothing but this program holds: a kill leaves no child behind.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.cli.terminal import printable
from ledger_recovery.errors import LedgerRecoveryError

READY_SECONDS = 60.0
END_SECONDS = 5.0
MAX_READY_LINE = 64 * 1024


class EmulatorFailed(LedgerRecoveryError):
    """The emulator did not start, or said something that is no ready line."""

    code = "emulator"


@dataclass(frozen=True, slots=True)
class Child:
    """A running emulator. `name`: device or node; `log`: what it says on stderr."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def ready(self) -> Mapping[str, object]:
        """Its ready line.

        :raises EmulatorFailed: it ended, said something else, or was not ready in time.
        """
        return await _ready(self.process, self.name, self.log)


@asynccontextmanager
async def emulator(arguments: tuple[str, ...], log: Path) -> AsyncIterator[Child]:
    """Run `python -m emulator ARGUMENTS` for the length of the block."""
    with log.open("wb") as errors:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "emulator",
            *arguments,
            "--end-with-stdin",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=os.name == "posix",
            limit=MAX_READY_LINE,
        )
    try:
        yield Child(arguments[0], child, log)
    finally:
        await _end(child)


async def _ready(child: asyncio.subprocess.Process, name: str, log: Path) -> Mapping[str, object]:
    if child.stdout is None:
        raise EmulatorFailed(f"the emulated {name} has no output")
    try:
        line = await asyncio.wait_for(child.stdout.readline(), READY_SECONDS)
        ready = json.loads(line)
    except TimeoutError:
        raise EmulatorFailed(f"the emulated {name} was not ready within {READY_SECONDS:g} s", f"see {log}") from None
    except ValueError:
        raise EmulatorFailed(f"the emulated {name} did not start: {_last_line(log)}", _hint(log)) from None
    if not isinstance(ready, dict) or not ready.get("ready"):
        raise EmulatorFailed(f"the emulated {name} did not say that it is ready", f"see {log}")
    return ready


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ask the child to end, insist after a while; shielded, so that a second Ctrl-C cannot leave it behind."""
    if child.returncode is None:
        _signal(child, signal.SIGTERM)
        try:
            await asyncio.shield(asyncio.wait_for(child.wait(), END_SECONDS))
        except (TimeoutError, asyncio.CancelledError):
            _signal(child, getattr(signal, "SIGKILL", signal.SIGTERM))
            await child.wait()


def _signal(child: asyncio.subprocess.Process, number: int) -> None:
    try:
        child.send_signal(number)
    except ProcessLookupError:
        return


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace")[-4000:].strip().splitlines()
    return printable(lines[-1], 200) if lines else "it said nothing"


def _hint(log: Path) -> str:
    return f"install it with: pip install 'ledger-recovery[emulator]'; what it said is in {log}"
