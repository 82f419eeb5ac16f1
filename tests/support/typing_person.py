"""A person at a pseudo-terminal of this very process: waits for a text on the screen, then presses keys.

The code under test gets the other end as a file descriptor and runs in the main thread, as in the program.
"""

from __future__ import annotations

import os
import pty
import re
import select
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE_SECONDS = 10.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_END = b"\x1b[end"
Step = tuple[str, str]
"""Wait for a pattern on what was drawn since the last step; then type this. `{n}` are groups of the pattern."""


@dataclass
class Pseudo:
    """`end`: the descriptor for the code under test. `raw`: all that it wrote, once `finish` returned."""

    end: int
    _master: int
    _threads: list[threading.Thread] = field(default_factory=list)
    _missed: list[str] = field(default_factory=list)
    _data: bytearray = field(default_factory=bytearray)

    def person(self, answers: Sequence[Step], say: dict[str, str] | None = None) -> None:
        """Begin to play the steps; `say`: what a group of the pattern stands for (a word's number: the word)."""
        thread = threading.Thread(target=self._play, args=(answers, say or {}), name="person", daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> str:
        """What was written, once all steps were played."""
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        assert self._missed == []
        os.write(self.end, _END)  # the terminal passes bytes on in order, but not at once
        while not self._data.endswith(_END):
            assert self._read(PATIENCE_SECONDS)
        return self._data.removesuffix(_END).decode()

    @property
    def attributes(self) -> object:
        return termios.tcgetattr(self.end)

    def _play(self, steps: Sequence[Step], say: dict[str, str]) -> None:
        start = 0
        for pattern, text in steps:
            found = None
            while found is None:
                found = re.search(pattern, _CONTROL.sub("", self._data[start:].decode("utf-8", "replace")))
                if found is None and not self._read(PATIENCE_SECONDS):
                    self._missed.append(f"{pattern} never came: {self._data[start:]!r}")
                    os.write(self._master, b"\x03")
                    return
            start = len(self._data)
            os.write(self._master, _filled(text, found, say).encode())

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        data = os.read(self._master, 65536) if ready else b""
        self._data += data
        return bool(data)


def _filled(text: str, found: re.Match[str], say: dict[str, str]) -> str:
    """`text` with what the numbered groups of `found` stand for."""
    for number, group in enumerate(found.groups(), 1):
        text = text.replace(f"{{{number}}}", say[group])
    return text


@contextmanager
def pseudo_terminal() -> Iterator[Pseudo]:
    master, slave = pty.openpty()
    try:
        yield Pseudo(slave, master)
    finally:
        os.close(slave)
        os.close(master)
