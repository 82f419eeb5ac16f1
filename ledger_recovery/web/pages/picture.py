"""[pure] Pictures of the device as SVG, page by page: the exact text to expect, and the control to press marked.

Colours come from the style sheet by class (light, dark, print). Every picture has its text twin in `DevicePicture`:
the markup itself is hidden from screen readers. Screen sizes: Speculos 0.27.1 (128 x 64, 400 x 672, 480 x 600).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from html import escape
from math import ceil
from types import MappingProxyType

from ledger_recovery.device.interaction import DeviceState, ExpectedScreen

MOST_PAGES = 12
MOST_LINE = 120
_FILL = 0.62
"""Width of an average letter as a part of the font size."""

_LONG_WORD, _WIDE_FILL = 24, 0.74
"""An address has capitals and digits, which are wider."""

MODEL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "nanos": "Ledger Nano S",
        "nanosp": "Ledger Nano S Plus",
        "nanox": "Ledger Nano X",
        "stax": "Ledger Stax",
        "flex": "Ledger Flex",
        "apex": "Ledger Nano Gen5",
    }
)
_NANOS = frozenset({"nanos", "nanosp", "nanox"})
_TOUCH = frozenset({"stax", "flex", "apex"})


@unique
class Gesture(StrEnum):
    """What a person does on a page."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    SWIPE = "swipe"
    HOLD = "hold"
    TAP = "tap"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page: `svg` is safe markup; `shown` the lines as the device draws them; `press` one instruction, or ""."""

    number: int
    svg: str
    shown: tuple[str, ...]
    press: str


@dataclass(frozen=True, slots=True)
class DevicePicture:
    """All pages of a request. `sentence`: the text twin of the whole, for screen readers and for reading aloud."""

    model_name: str
    pages: tuple[PagePicture, ...]
    check: str
    sentence: str


def model_name(model: str) -> str:
    return MODEL_NAMES.get(model, "Ledger")


def picture_of(screen: ExpectedScreen) -> DevicePicture:
    """The pages in the order in which they come."""
    pages = []
    for number, page in enumerate(screen.pages[:MOST_PAGES], 1):
        press = screen.press[number - 1] if number <= len(screen.press) else ""
        shown = tuple(line.strip()[:MOST_LINE] for line in page if line.strip())
        pages.append(PagePicture(number, draw(screen.model, shown, gesture_of(press, screen.model)), shown, press))
    return DevicePicture(model_name(screen.model), tuple(pages), screen.check, _sentence(screen.model, pages))


def gesture_of(press: str, model: str) -> Gesture:
    """The marked control: the first one that the instruction names ("compare …, then press the right button")."""
    words = press.lower()
    found = {
        Gesture.BOTH: "both buttons",
        Gesture.RIGHT: "right button",
        Gesture.LEFT: "left button",
        Gesture.SWIPE: "swipe",
        Gesture.HOLD: "hold",
        Gesture.TAP: "tap",
    }
    fits = (
        (Gesture.SWIPE, Gesture.HOLD, Gesture.TAP) if model in _TOUCH else (Gesture.BOTH, Gesture.RIGHT, Gesture.LEFT)
    )
    places = {g: words.find(found[g]) for g in fits if found[g] in words}
    return min(places, key=lambda g: places[g], default=Gesture.LOOK)


def state_picture(model: str, state: DeviceState, app: str) -> str:
    """The device in a state that asks something of the person, before any request: safe markup.

    :param app: the app that ought to be open.
    """
    if state is DeviceState.NO_DEVICE:
        return _cable(model)
    icon = {
        DeviceState.LOCKED: ("PIN", "• • • •"),
        DeviceState.DASHBOARD: (app,),
        DeviceState.WRONG_APP: (app,),
        DeviceState.APP_EXITED: (app,),
    }
    return draw(model, icon.get(state, ()), Gesture.BOTH if state in icon and model in _NANOS else Gesture.LOOK)


def draw(model: str, lines: tuple[str, ...], gesture: Gesture) -> str:
    """One device with these lines on its screen."""
    maker = _MAKERS.get(model, _generic)
    return maker(lines, gesture)


def _sentence(model: str, pages: list[PagePicture]) -> str:
    steps = [f"“{' / '.join(p.shown)}”" + (f" ({p.press})" if p.press else "") for p in pages]
    return f"The {model_name(model)} must show {', then '.join(steps)}." if steps else ""


# --- drawing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def rect(self, css: str, radius: float) -> str:
        return (
            f'<rect class="{css}" x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}" '
            f'rx="{radius:g}"/>'
        )


def _svg(width: int, height: int, css: str, *parts: str) -> str:
    return (
        f'<svg class="device {css}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def _nano_s(lines: tuple[str, ...], gesture: Gesture) -> str:
    screen = _Box(96, 42, 172, 62)
    left, right = _Box(98, 14, 46, 12), _Box(220, 14, 46, 12)
    return _svg(
        360,
        124,
        "nano",
        _button(left, 5, gesture in (Gesture.LEFT, Gesture.BOTH)),
        _button(right, 5, gesture in (Gesture.RIGHT, Gesture.BOTH)),
        _Box(6, 24, 348, 94).rect("dev-body", 18),
        '<circle class="dev-hole" cx="48" cy="71" r="22"/>',
        screen.rect("dev-screen", 5),
        _texts(screen, lines, 17),
    )


def _nano_x(lines: tuple[str, ...], gesture: Gesture) -> str:
    screen = _Box(98, 33, 164, 62)
    return _svg(
        360,
        124,
        "nano",
        _Box(6, 16, 348, 96).rect("dev-body", 48),
        _round_button(54, 64, gesture in (Gesture.LEFT, Gesture.BOTH)),
        _round_button(306, 64, gesture in (Gesture.RIGHT, Gesture.BOTH)),
        screen.rect("dev-screen", 5),
        _texts(screen, lines, 17),
    )


def _touch(width: int, height: int, radius: int) -> Callable[[tuple[str, ...], Gesture], str]:
    """A touch device with this screen; its last line is the button when the page is answered by touching it."""

    def make(lines: tuple[str, ...], gesture: Gesture) -> str:
        body = _Box(4, 4, width + 24, height + 24)
        screen = _Box(16, 16, width, height)
        parts = [body.rect("dev-body", radius), screen.rect("dev-paper", max(6, radius - 12))]
        if gesture in (Gesture.HOLD, Gesture.TAP) and lines:
            key = _Box(screen.x + 14, screen.y + height - 60, width - 28, 44)
            upper = _Box(screen.x, screen.y + 20, width, height - 100)
            parts += [_texts(upper, lines[:-1], 19, "dev-ink"), key.rect("dev-key", 22), _texts(key, lines[-1:], 15)]
            parts.append(key.rect("dev-mark", 22))
        else:
            parts.append(_texts(_Box(screen.x, screen.y, width, height - 40), lines, 19, "dev-ink"))
        if gesture is Gesture.SWIPE:
            parts.append(_swipe(screen))
        return _svg(width + 32, height + 32, "touch", *parts)

    return make


def _generic(lines: tuple[str, ...], gesture: Gesture) -> str:
    """A Ledger whose model is not known: a screen only, so that nothing wrong is shown."""
    screen = _Box(20, 20, 280, 84)
    return _svg(
        320,
        124,
        "any",
        _Box(6, 6, 308, 112).rect("dev-body", 18),
        screen.rect("dev-screen", 6),
        _texts(screen, lines, 20),
    )


_MAKERS: Mapping[str, Callable[[tuple[str, ...], Gesture], str]] = MappingProxyType(
    {
        "nanos": _nano_s,
        "nanosp": _nano_s,
        "nanox": _nano_x,
        "stax": _touch(176, 296, 22),
        "flex": _touch(208, 260, 30),
        "apex": _touch(180, 240, 26),
    }
)


def _cable(model: str) -> str:
    """A device and the end of a cable that is not in it yet."""
    return _svg(
        360,
        124,
        "nano",
        _Box(6, 30, 190, 64).rect("dev-body", 18 if model != "nanox" else 32),
        _Box(50, 46, 96, 32).rect("dev-screen", 5),
        _Box(232, 50, 34, 24).rect("dev-plug", 5),
        _Box(262, 44, 30, 36).rect("dev-body", 6),
        '<path class="dev-cable" d="M292 62h24q18 0 18 18v10q0 18 18 18h8"/>',
        '<path class="dev-arrow" d="M224 22h-22m8-8-8 8 8 8"/>',
    )


def _button(box: _Box, radius: float, marked: bool) -> str:
    drawn = box.rect("dev-button pressed" if marked else "dev-button", radius)
    if not marked:
        return drawn
    x = box.centre[0]
    return f'{drawn}<path class="dev-arrow" d="M{x:g} 0v10m-5-5 5 5 5-5"/>'


def _round_button(x: float, y: float, marked: bool) -> str:
    ring = f'<circle class="dev-mark" cx="{x:g}" cy="{y:g}" r="30"/>' if marked else ""
    return f'<circle class="{"dev-button pressed" if marked else "dev-button"}" cx="{x:g}" cy="{y:g}" r="24"/>{ring}'


def _swipe(screen: _Box) -> str:
    x, y = screen.centre[0], screen.y + screen.height - 34
    return (
        f'<path class="dev-arrow" d="M{x + 34:g} {y:g}h-68m12-10-12 10 12 10"/>'
        f'<circle class="dev-finger" cx="{x + 34:g}" cy="{y:g}" r="9"/>'
    )


def _texts(box: _Box, lines: tuple[str, ...], size: float, css: str = "dev-text") -> str:
    """Lines centred in a box, smaller where they would not fit; long words (addresses) are cut into rows."""
    fill = _WIDE_FILL if any(len(word) >= _LONG_WORD for line in lines for word in line.split()) else _FILL
    most = max(8, int((box.width - 16) / (min(size, 11) * fill)))
    rows = [row for line in lines for row in _rows(line, most)]
    if not rows:
        return ""
    longest = max(len(row) for row in rows)
    size = max(7.0, min(size, (box.width - 16) / (longest * fill), (box.height - 6) / (len(rows) * 1.25)))
    x, y = box.centre
    first = y - (len(rows) - 1) * size * 0.625 + size * 0.35
    drawn = (
        f'<text class="{css}" x="{x:g}" y="{first + n * size * 1.25:.1f}" font-size="{size:.1f}" '
        f'text-anchor="middle">{escape(row)}</text>'
        for n, row in enumerate(rows)
    )
    return "".join(drawn)


def _rows(line: str, most: int) -> list[str]:
    """A line cut into rows of at most `most` letters: at blanks where there are some, a long word into equal parts."""
    rows: list[str] = []
    for word in line.split(" "):
        fits = rows and len(rows[-1]) + 1 + len(word) <= most
        if fits:
            rows[-1] = f"{rows[-1]} {word}"
        else:
            part = ceil(len(word) / max(1, ceil(len(word) / most))) or 1
            rows += [word[i : i + part] for i in range(0, len(word), part)]
    return rows
