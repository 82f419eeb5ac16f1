"""The renderer for terminals: done lines scroll by, below them the cells being asked and the device's picture.

Colour is an addition to letters (D green, A dim, ? amber), and rich leaves it out under NO_COLOR. Everything goes to
stderr; texts are rich Text objects, so that nothing from outside is read as markup.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Generic, TextIO, TypeVar

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.table import Table
from rich.text import Text

from ledger_recovery.cli.board import Board
from ledger_recovery.cli.grid import columns_for
from ledger_recovery.cli.picture import box, draw
from ledger_recovery.cli.shown import Shown
from ledger_recovery.recover.events import Event

STYLES = {"D": "bold green", "A": "dim", "?": "bold yellow", ".": "dim"}
_ROW = re.compile(r"^(?:IDP #\d+ )?ID #\d+ +v[01]  ")
_CELLS = re.compile(r"[DA?.]+")

E = TypeVar("E")


class Display(Generic[E]):
    """`board`: makes what is drawn, for a width in characters. `style`: colours one of its lines.

    `clock`: seconds; only shown as "waiting for you 0:12", never a limit.
    """

    def __init__(
        self,
        stream: TextIO,
        board: Callable[[int], Shown[E]],
        style: Callable[[str], Text],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._style = style
        self._lock = threading.Lock()  # rich redraws from a thread of its own
        self._board = board(self._console.width)
        self._live = RichLive(
            console=self._console,
            get_renderable=self._renderable,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def on(self, event: E) -> None:
        with self._lock:
            self._board.on(event, self._clock())
            done = self._board.take_done()
        for line in done:
            self._console.print(self._style(line), soft_wrap=True)
        self._live.refresh()

    def screen(self, lines: tuple[str, ...], pressed: str) -> None:
        with self._lock:
            self._board.emulated, self._board.pressed = lines, pressed
        self._live.refresh()

    def pause(self) -> None:
        self._live.stop()

    def resume(self) -> None:
        self._live.start()

    def close(self) -> None:
        self._live.stop()

    def _renderable(self) -> RenderableType:
        with self._lock:
            return self._drawn()

    def _drawn(self) -> RenderableType:
        board = self._board
        parts: list[RenderableType] = [self._style(line) for line in board.grid()]
        parts += [Text(line) for line in (board.list_line, board.device_line) if line]
        if board.expected is not None:
            parts.append(self._pictures())
            parts.append(Text(self._waiting()))
        return Group(*parts)

    def _pictures(self) -> RenderableType:
        """What the device must show, and beside it (in a demo) what the emulated one shows now."""
        board = self._board
        expected = Text("\n".join(draw(board.expected, self._picture_width())) if board.expected else "")
        if not board.emulated or board.expected is None:
            return expected
        frame = box(board.emulated, board.expected.model)
        pressed = f"pressed: {board.pressed}" if board.pressed else ""
        now = Text("\n".join(("the emulated device shows now:", *frame, pressed)), style="cyan")
        side = Table.grid(padding=(0, 4))
        side.add_row(expected, now)
        return side

    def _picture_width(self) -> int:
        """Half the terminal when the emulated screen stands beside the picture."""
        return min(78, self._console.width - (40 if self._board.emulated else 1))

    def _waiting(self) -> str:
        since = self._board.waiting_since
        if since is None:
            return ""
        minutes, seconds = divmod(int(self._clock() - since), 60)
        calm = "; take your time, nothing is lost (Ctrl-C stops)" if minutes else ""
        return f"waiting for you {minutes}:{seconds:02d}{calm}"


class Live(Display[Event]):
    """The display of a Concordium run."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, lambda width: Board(columns_for(width)), styled, clock)


def styled(line: str, row: re.Pattern[str] = _ROW) -> Text:
    """A line of the grid with its letters coloured; any other line as it is, warnings marked. `row`: how one begins."""
    text = Text(line)
    head = row.match(line)
    if head is None:
        if line.startswith(("warning:", "conflict:")):
            text.stylize("yellow")
        return text
    cells = line[head.end() :].split("  ")[0]
    for run in _CELLS.finditer(cells):
        for offset, letter in enumerate(run.group()):
            place = head.end() + run.start() + offset
            text.stylize(STYLES[letter], place, place + 1)
    return text
