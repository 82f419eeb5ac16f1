"""A real Identity Box as a process over loopback TLS: started, killed, started again on the same directory and port."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WAIT_SECONDS = 30


@dataclass(frozen=True)
class BoxProcess:
    """`ready`: the line that it printed: url, pin (hex), link, code, pid."""

    process: subprocess.Popen[str]
    ready: dict[str, str]

    @property
    def port(self) -> int:
        return int(self.ready["url"].rpartition(":")[2])

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(WAIT_SECONDS)

    def stop(self) -> str:
        """SIGTERM; what it wrote to stderr."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=WAIT_SECONDS)[1]


@contextmanager
def box_process(directory: Path, *, port: int = 0, limits: Sequence[str] = ()) -> Iterator[BoxProcess]:
    """Start a Box; it is dead at the end of the block.

    :param limits: NAME=NUMBER, fields of BoxLimits.
    """
    options = [f"--limit={each}" for each in limits]
    command = [sys.executable, "-m", "ledger_recovery.box", "--dir", str(directory), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"the Box did not start: {process.communicate(timeout=WAIT_SECONDS)[1]}")
        yield BoxProcess(process, json.loads(line))
    finally:
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)
