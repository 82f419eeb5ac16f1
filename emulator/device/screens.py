"""Screens as data: pages of placed texts, and what buttons, fingers and time do on each.

Pure. Which pages an app shows is in `screens_bagl` (two buttons) and `screens_nbgl` (touch).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto, unique

STATUS_PAGE_TICKS = 30
"""How long a status such as "Address verified" stays, in ticks of 0.1 s."""


@dataclass(frozen=True)
class Text:
    """One text on the screen, as Speculos reports it: box in pixels, origin top left."""

    text: str
    x: int
    y: int
    w: int
    h: int

    def event(self) -> dict[str, str | int | bool]:
        """The object that Speculos' /events lists."""
        return {"text": self.text, "x": self.x, "y": self.y, "w": self.w, "h": self.h, "clear": False}


@unique
class Button(IntEnum):
    """What is pressed, as the bit mask of Speculos' button event."""

    LEFT = 1
    RIGHT = 2
    BOTH = 3


@unique
class Swipe(Enum):
    """Direction in which a finger moved."""

    LEFT = auto()
    RIGHT = auto()


@dataclass(frozen=True)
class Zone:
    """A rectangle; the right and bottom edges are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def holds(self, point: tuple[int, int]) -> bool:
        """Whether the point is inside."""
        return self.left <= point[0] < self.right and self.top <= point[1] < self.bottom


@dataclass(frozen=True)
class Tap:
    """A short touch."""

    zone: Zone


@dataclass(frozen=True)
class Hold:
    """A touch held until the progress bar is full."""

    zone: Zone


@unique
class Verdict(Enum):
    """What a person decided, beyond moving between pages."""

    APPROVE = auto()
    DECLINE = auto()
    HOME = auto()
    QUIT = auto()
    UNLOCK = auto()


@dataclass(frozen=True)
class GoTo:
    """Show another page of the same flow."""

    page: int


@dataclass(frozen=True)
class OpenApp:
    """Start an app from the dashboard."""

    name: str


Trigger = Button | Swipe | Tap | Hold
Effect = Verdict | GoTo | OpenApp


@dataclass(frozen=True)
class Timeout:
    """A page that leaves by itself after some ticks of 0.1 s."""

    ticks: int
    effect: Effect


@dataclass(frozen=True)
class Page:
    """One screen and what can be done on it.

    :param drawn: false if the device reacts as on this page while it still shows the page before
    """

    texts: tuple[Text, ...]
    inputs: tuple[tuple[Trigger, Effect], ...] = ()
    timeout: Timeout | None = None
    drawn: bool = True

    def on_button(self, button: Button) -> Effect | None:
        """The effect of a released button."""
        return next((effect for trigger, effect in self.inputs if trigger is button), None)

    def on_swipe(self, direction: Swipe) -> Effect | None:
        """The effect of a swipe."""
        return next((effect for trigger, effect in self.inputs if trigger is direction), None)

    def on_tap(self, point: tuple[int, int]) -> Effect | None:
        """The effect of a short touch."""
        return self._at(point, Tap)

    def on_hold(self, point: tuple[int, int]) -> Effect | None:
        """The effect of a long touch."""
        return self._at(point, Hold)

    def _at(self, point: tuple[int, int], kind: type[Tap] | type[Hold]) -> Effect | None:
        for trigger, effect in self.inputs:
            if isinstance(trigger, kind) and trigger.zone.holds(point):
                return effect
        return None


@dataclass(frozen=True)
class Flow:
    """Pages of one interaction; it starts on the first."""

    pages: tuple[Page, ...]
