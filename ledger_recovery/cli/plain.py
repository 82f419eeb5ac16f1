"""The renderer of `--plain`: one line an event, no colour, no cursor tricks; for logs, pipes and screen readers."""

from __future__ import annotations

from typing import TextIO

from ledger_recovery.cli.sentences import told
from ledger_recovery.cli.terminal import printable
from ledger_recovery.recover.events import Event, ListProgress

PROGRESS_EVERY = 25_000
"""Accounts of the account list between two lines of progress."""


class Plain:
    """Writes and flushes each line at once, so that a pipe sees it when it happens."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next_progress = PROGRESS_EVERY

    def on(self, event: Event) -> None:
        if isinstance(event, ListProgress):
            self._progress(event.count)
        for line in told(event):
            self._write(line)

    def screen(self, lines: tuple[str, ...], pressed: str) -> None:
        shown = " / ".join(printable(t, 60).strip() for t in lines if t.strip())
        if shown:
            self._write(f'emulated screen: "{shown}"' + (f", pressed: {pressed}" if pressed else ""))

    def pause(self) -> None:
        return None

    def resume(self) -> None:
        return None

    def close(self) -> None:
        return None

    def _progress(self, count: int) -> None:
        if count >= self._next_progress:
            self._write(f"account list: {count:,} accounts so far")
            self._next_progress = (count // PROGRESS_EVERY + 1) * PROGRESS_EVERY

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()
