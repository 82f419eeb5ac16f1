"""The guide as a person starts it: a process of its own, its address read from what it prints; ended or killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

END_SECONDS = 20.0
PROGRAM = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/#\S+")


@dataclass
class GuideProcess:
    """`url`: with the token. `log`: all that the program says."""

    url: str
    process: subprocess.Popen[str]
    log: Path

    def kill(self) -> None:
        """As a power cut does it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(END_SECONDS)

    def ended(self) -> int:
        """Wait until it has ended by itself; the exit status."""
        return self.process.wait(END_SECONDS)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


@contextmanager
def guide_process(home: Path, options: Sequence[str]) -> Iterator[GuideProcess]:
    """`ledger-recovery guide` with its files under `home`."""
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=home, suffix=".log", delete=False, encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "guide", "--no-browser", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(home),
        )
    path = Path(log.name)
    try:
        yield GuideProcess(_address(process.stderr, path), process, path)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _rest(process, path)


def _environment(home: Path) -> dict[str, str]:
    own = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEDGER_RECOVERY_", "XDG_"))}
    return kept | own


def _address(said: IO[str] | None, log: Path) -> str:
    """The address that the program prints once it listens."""
    lines: list[str] = []
    for line in said or ():
        lines.append(line)
        found = _ADDRESS.search(line)
        if found:
            return found.group()
    raise AssertionError(f"the guide did not start: {''.join(lines)} {log.read_text('utf-8', 'replace')}")


def _rest(process: subprocess.Popen[str], log: Path) -> None:
    try:
        _, rest = process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        _, rest = process.communicate()
    with log.open("a", encoding="utf-8") as file:
        file.write(rest or "")
