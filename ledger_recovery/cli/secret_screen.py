"""A screen of its own for words that must leave no trace: the terminal's alternate screen, in raw mode.

Nothing shown on it reaches the scroll-back. On every way out (the end, an exception, Ctrl-C, SIGTERM, SIGHUP) it is
cleared and left, and the terminal gets its old mode back, before anything else is said. It keeps no text itself.
"""

from __future__ import annotations

import os
import select
import signal
import termios
import threading
import tty
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

from ledger_recovery.cli import output
from ledger_recovery.cli.words_keys import Key, Keys
from ledger_recovery.errors import Cancelled, InputError

STDIN, STDERR = 0, 2
CLEAR = "\x1b[2J\x1b[H"
ENTER = f"\x1b[?1049h{CLEAR}"
LEAVE = f"{CLEAR}\x1b[?1049l"
RESIZED = b"r"
_READ = 1024


class SecretScreen:
    """Lines to show, keys to wait for. Made by `secret_screen`."""

    def __init__(self, source: int, target: int, resized: int) -> None:
        self._source = source
        self._target = target
        self._resized = resized
        self._keys = Keys()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        try:
            columns, rows = os.get_terminal_size(self._target)
        except OSError:
            return 80, 24
        return columns or 80, rows or 24

    def draw(self, lines: Sequence[str]) -> None:
        """Replace all that is shown; what does not fit on the screen is cut, so that nothing scrolls."""
        columns, rows = self.size
        shown = [line[: columns - 1] for line in lines[:rows]]
        _write(self._target, CLEAR + "\r\n".join(shown))

    def pressed(self) -> tuple[Key | str, ...]:
        """Wait for keys; () when the window got another size.

        :raises Cancelled: Ctrl-C, Ctrl-D, or the terminal went away.
        """
        ready, _, _ = select.select([self._source, self._resized], [], [])
        if self._resized in ready:
            os.read(self._resized, _READ)
            return ()
        data = _read(self._source)
        found = self._keys.feed(data)
        if not data or Key.STOP in found:
            raise _stopped()
        return found


@contextmanager
def secret_screen(what: str, source: int = STDIN, target: int = STDERR) -> Iterator[SecretScreen]:
    """The screen, for the length of the block.

    :param what: completes "… need a terminal", for a person whose terminal cannot do it.
    :raises InputError: there is no terminal, or it has no alternate screen.
    """
    if not (os.isatty(source) and os.isatty(target)) or os.environ.get("TERM", "dumb") == "dumb":
        raise InputError(
            f"{what} need a terminal with a screen of their own, and there is none here",
            "run this in an ordinary terminal window; programs give or take words through a descriptor (see --help)",
        )
    with ExitStack() as stack:
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        stack.callback(os.close, writing)
        os.set_blocking(writing, False)
        signals = _Signals(writing)
        stack.callback(signals.give_back)
        signals.take()
        stack.callback(termios.tcsetattr, source, termios.TCSADRAIN, termios.tcgetattr(source))
        stack.callback(_write, target, LEAVE)
        stack.callback(signals.hold)
        tty.setraw(source, termios.TCSADRAIN)
        _write(target, ENTER)
        yield SecretScreen(source, target, reading)


class _Signals:
    """Signals while the screen stands: those that end a program leave it in order, another size redraws it."""

    ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, resized: int) -> None:
        self._resized = resized
        self._holding = False
        self._late: list[int] = []
        self._before: dict[signal.Signals, Any] = {}

    def take(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # Python delivers signals to the main thread only, and lets no other one handle them
        for number in (*self.ENDING, signal.SIGWINCH, signal.SIGTSTP):
            self._before[number] = signal.signal(number, self._on)

    def hold(self) -> None:
        """From now on nothing interrupts: the screen is being left."""
        self._holding = True

    def give_back(self) -> None:
        """The handlers of before; a signal that came while the screen was left is delivered to them now."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for late in self._late:
            signal.raise_signal(late)

    def _on(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGWINCH:
            _poke(self._resized)
        elif number == signal.SIGTSTP:
            return  # to stop here would leave the words on the screen
        elif self._holding:
            self._late.append(number)
        else:
            raise _stopped()


def usable() -> bool:
    """Whether a person can be shown or asked words here."""
    return output.interactive() and os.environ.get("TERM", "dumb") != "dumb"


def _poke(descriptor: int) -> None:
    try:
        os.write(descriptor, RESIZED)
    except BlockingIOError:
        return  # many sizes at once: one redraw is under way for all of them


def _read(source: int) -> bytes:
    try:
        return os.read(source, _READ)
    except OSError:  # the terminal was closed
        return b""


def _write(target: int, text: str) -> None:
    data = text.encode("utf-8", "replace")
    try:
        while data:
            data = data[os.write(target, data) :]
    except OSError:
        return  # the terminal was closed: there is nothing left to show or to clear


def _stopped() -> Cancelled:
    return Cancelled("stopped: the words were left, and nothing was changed")
