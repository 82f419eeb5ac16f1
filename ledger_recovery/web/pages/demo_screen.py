"""[pure] What the emulated Ledger of a demo shows and what can be done there, read from the emulator's /x/screen.

Every control has a name, so that a person with a keyboard or a screen reader can do what a finger does on the picture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger_recovery.recover.report.clean import clean
from ledger_recovery.web.pages.picture import model_name

MOST_CONTROLS: Final = 16
MOST_WORDS: Final = 40
MOST_PIXELS: Final = 4096
_LONGEST: Final = 120
_SHOWN_TIMES: Final = 2
"""A screen of 128 pixels is drawn twice as large."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing to do. `press`: the last part of /demo/press/…; `x`, `y`: where, in pixels of the screen, or None."""

    press: str
    name: str
    x: int | None = None
    y: int | None = None

    @property
    def key(self) -> str:
        """The same control has the same key on every screen; another one has another."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


BUTTONS: Final = (Control("left", "Left"), Control("both", "Both"), Control("right", "Right"))
"""The two buttons of a Nano are there whatever it shows."""

_SWIPES: Final = {"swipe-left": "Swipe left", "swipe-right": "Swipe right"}


@dataclass(frozen=True, slots=True)
class DemoScreen:
    """`width`, `height`: pixels of the device. `words`: the texts on the screen from the top."""

    model: str
    touch: bool
    width: int
    height: int
    words: tuple[str, ...]
    controls: tuple[Control, ...]

    @property
    def title(self) -> str:
        return f"Emulated {model_name(self.model)}"

    @property
    def how(self) -> str:
        if self.touch:
            return "Tap, swipe or hold on its screen, or use the buttons below it. Nothing here is real."
        return "Press its buttons as you would on a real one. Nothing here is real."

    @property
    def text(self) -> str:
        """The picture in words."""
        return f"The emulated Ledger shows: {', '.join(self.words) or 'nothing'}"

    @property
    def size(self) -> tuple[int, int]:
        """Of the picture on the page."""
        return (self.width, self.height) if self.touch else (self.width * _SHOWN_TIMES, self.height * _SHOWN_TIMES)


def read_screen(data: bytes) -> DemoScreen | None:
    """The answer of GET /x/screen; None for anything else."""
    try:
        told = json.loads(data)
        width, height = _pixels(told["width"]), _pixels(told["height"])
        texts = [clean(str(text).strip(), _LONGEST) for text in told["texts"][:MOST_WORDS]]
        words = tuple(text for text in texts if text)
        controls = _controls(told["offers"], width, height) if told["touch"] else BUTTONS
        return DemoScreen(clean(str(told["model"]), 20), bool(told["touch"]), width, height, words, controls)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _controls(offers: object, width: int, height: int) -> tuple[Control, ...]:
    """:raises KeyError, TypeError, ValueError: not a list of offers."""
    if not isinstance(offers, list):
        raise TypeError("offers are a list")
    made = (_control(offer, width, height) for offer in offers[:MOST_CONTROLS])
    return tuple({one.key: one for one in made if one is not None}.values())


def _control(offer: Mapping[str, object], width: int, height: int) -> Control | None:
    """None for what no finger does."""
    kind = offer["do"]
    if not isinstance(kind, str) or kind not in (*_SWIPES, "tap", "hold"):
        return None
    if kind in _SWIPES:
        return Control(kind, _SWIPES[kind])
    x, y = _pixels(offer["x"], width - 1), _pixels(offer["y"], height - 1)
    label = clean(str(offer["label"]).strip(), _LONGEST)
    where = f"“{label}”" if label else _where(x / width, y / height)
    return Control(kind, f"{kind.capitalize()} {where}", x, y)


def _where(across: float, down: float) -> str:
    """A place without words: "at the top right"."""
    row = ("top", "", "bottom")[min(2, int(down * 3))]
    column = ("left", "", "right")[min(2, int(across * 3))]
    return f"at the {' '.join(part for part in (row, column) if part)}" if row or column else "in the middle"


def _pixels(value: object, most: int = MOST_PIXELS) -> int:
    """:raises ValueError: no number of pixels."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError("not a number of pixels")
    return value
