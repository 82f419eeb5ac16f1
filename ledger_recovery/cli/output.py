"""Which renderer a run gets. Results go to stdout (command.py), all talk to stderr (the renderers)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Event

WIDE = 10_000
"""The width of lines that go to no terminal: a table is never folded for a pipe."""


class Surface(Protocol):
    """Where a run is shown, whatever its events. `pause`/`resume`: around a question to the person."""

    def screen(self, lines: tuple[str, ...], pressed: str) -> None:
        """What an emulated device shows now, and what was pressed on it (demo only)."""
        ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def close(self) -> None: ...


class Renderer(Surface, Protocol):
    """Shows a Concordium run while it goes on."""

    def on(self, event: Event) -> None: ...


def renderer(*, plain: bool, events: bool, stream: TextIO | None = None) -> Renderer:
    """`events`: JSON lines. Otherwise the live display, if there is a terminal that can redraw and `plain` is off."""
    stream = stream or sys.stderr
    if events:
        from ledger_recovery.cli.jsonout import JsonLines

        return JsonLines(stream)
    if plain or not can_redraw(stream):
        from ledger_recovery.cli.plain import Plain

        return Plain(stream)
    from ledger_recovery.cli.live import Live

    return Live(stream)


def can_redraw(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def interactive() -> bool:
    """Whether a person can be asked: questions go to stderr, answers come from stdin."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def width() -> int:
    """The width that a table on stdout may have."""
    if not sys.stdout.isatty():
        return WIDE
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
