"""[pure] What was typed into a screen for words: raw terminal bytes as keys, and keys as the text so far.

Escape sequences (arrows, function keys, marks around a paste) are swallowed: they never become part of a word. Enter
is told apart from a space, but ends nothing by itself: a list of words, one a line, can be typed or pasted.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from enum import Enum, unique

MAX_TYPED = 2000
"""Characters that are kept; 24 numbered words of eight letters are 300."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O])", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_LONGEST_ESCAPE = 32


@unique
class Key(Enum):
    """Keys that are no letter."""

    ENTER = "enter"
    ERASE = "erase"
    ERASE_WORD = "erase-word"
    CLEAR = "clear"
    STOP = "stop"


_NAMED = {
    "\r": Key.ENTER,
    "\n": Key.ENTER,
    "\x7f": Key.ERASE,
    "\x08": Key.ERASE,
    "\x17": Key.ERASE_WORD,
    "\x15": Key.CLEAR,
    "\x03": Key.STOP,
    "\x04": Key.STOP,
}


class Keys:
    """Bytes of a raw terminal as keys; what is cut between two reads (UTF-8, an escape sequence) waits for the rest."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> tuple[Key | str, ...]:
        """The keys that are whole now: a `Key`, or one printable character."""
        text = self._rest + self._decoder.decode(data)
        if "\x03" in text:  # Ctrl-C also frees from a sequence that never ends
            return (Key.STOP,)
        unfinished = _UNFINISHED.search(text)
        cut = len(text) if unfinished is None or len(unfinished[0]) > _LONGEST_ESCAPE else unfinished.start()
        text, self._rest = text[:cut], text[cut:]
        found = (_NAMED.get(c, c) for c in _ESCAPE.sub("", text).replace("\r\n", "\r").replace("\t", " "))
        return tuple(key for key in found if isinstance(key, Key) or key.isprintable())


@dataclass(frozen=True, slots=True)
class Typed:
    """The text so far; hidden in its repr."""

    text: str = field(default="", repr=False)

    def after(self, key: Key | str) -> Typed:
        """The text once `key` was pressed; `ENTER` separates words as a space does."""
        match key:
            case Key.ERASE:
                return Typed(self.text[:-1])
            case Key.ERASE_WORD:
                return Typed(re.sub(r"\S*\s*\Z", "", self.text))
            case Key.CLEAR:
                return Typed()
            case Key.ENTER:
                return self if not self.text or self.text.endswith(" ") else self.after(" ")
            case str() if len(self.text) < MAX_TYPED:
                return Typed(self.text + key)
            case _:
                return self

    @property
    def finished(self) -> str:
        """All but the word that is still being typed."""
        return self.text[: len(self.text) - len(self.last)]

    @property
    def last(self) -> str:
        """The word that is still being typed; "" behind a space."""
        return re.split(r"\s", self.text)[-1]
