"""The renderer of `--plain`: one line an event, no colour, no cursor tricks; for logs, pipes and screen readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TextIO, TypeVar

from ledger_recovery.cli.sentences import told
from ledger_recovery.cli.terminal import printable
from ledger_recovery.recover.events import Event, ListProgress

E = TypeVar("E")
PROGRESS_EVERY = 25_000
"""Accounts of the account list between two lines of progress."""


class Lines(Generic[E]):
    """Writes and flushes each line at once, so that a pipe sees it when it happens. `tell`: the lines of an event."""

    def __init__(self, stream: TextIO, tell: Callable[[E], tuple[str, ...]]) -> None:
        self._stream = stream
        self._tell = tell

    def on(self, event: E) -> None:
        for line in self._tell(event):
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

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class Plain(Lines[Event]):
    """The lines of a Concordium run, with a sign of life now and then while the account list comes."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, told)
        self._next_progress = PROGRESS_EVERY

    def on(self, event: Event) -> None:
        if isinstance(event, ListProgress) and event.count >= self._next_progress:
            self._write(f"account list: {event.count:,} accounts so far")
            self._next_progress = (event.count // PROGRESS_EVERY + 1) * PROGRESS_EVERY
        super().on(event)
