"""A program at a pseudo-terminal: what it shows is read until a pattern comes, and answers are typed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE_SECONDS = 60.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """`shown`: all that appeared so far, without control sequences."""

    process: subprocess.Popen[bytes]
    master: int
    shown: str = ""
    _raw: bytes = field(default=b"", repr=False)

    def wait_for(self, pattern: str) -> str:
        """Read until `pattern` appears in what was shown since the last call; gives the text up to there."""
        end = time.monotonic() + PATIENCE_SECONDS
        start = getattr(self, "_from", 0)
        while True:
            found = re.search(pattern, self.shown[start:])
            if found is not None:
                self._from = start + found.end()
                return self.shown[start : self._from]
            if time.monotonic() > end or not self._read(end - time.monotonic()):
                raise AssertionError(f"{pattern!r} never came; shown was:\n{self.shown[start:][-3000:]}")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C: through the terminal, as a person does it."""
        self.type("\x03")

    def finish(self) -> int:
        """Read to the end; the exit status."""
        while self._read(PATIENCE_SECONDS):
            continue
        return self.process.wait(PATIENCE_SECONDS)

    @property
    def raw(self) -> str:
        """All that was written, with control sequences."""
        return self._raw.decode("utf-8", "replace")

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        try:
            data = os.read(self.master, 65536) if ready else b""
        except OSError:  # Linux says EIO when the other side has closed
            data = b""
        self._raw += data
        self.shown = _CONTROL.sub("", self._raw.decode("utf-8", "replace")).replace("\r\n", "\n")
        return bool(data)


@contextmanager
def at_terminal(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    """Run `ledger-recovery ARGUMENTS` at a terminal of 100 columns, in a session of its own; ended with the block."""
    master, slave = pty.openpty()
    settings = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "50", **(environment or {})}
    process = subprocess.Popen(
        [sys.executable, "-c", _AS_CONTROLLING_TERMINAL, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=settings,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_SECONDS)
        os.close(master)


_AS_CONTROLLING_TERMINAL = (
    "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from ledger_recovery.cli.main import main; sys.exit(main())"
)
