"""Screens of the two-button models (128x64): one flow of steps for the idle menu and for each review.

Texts and their splitting are as read by Speculos 0.27.1 from the Concordium apps 4.1.2 and 5.1.3 and the Ethereum
app 1.23.0-dev; boxes are computed from font widths and agree with the measured ones on the home screen and the first
export page of Concordium.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.apps.contract import (
    AddressView,
    CompareView,
    EvmAddressView,
    ExportView,
    FollowUp,
    Home,
    MenuEntry,
    OpenAppView,
    PublicKeyView,
    ReviewView,
)
from emulator.device.fonts import break_at_blanks, text_width
from emulator.device.models import Model
from emulator.device.screens import (
    STATUS_PAGE_TICKS,
    Button,
    Effect,
    Flow,
    GoTo,
    OpenApp,
    Page,
    Text,
    Timeout,
    Trigger,
    Verdict,
)

_LINES_PER_PAGE = 3
_ROWS = {1: (35,), 2: (21, 35), 3: (14, 28, 42), 4: (3, 19, 33, 47)}
_HOME_ROWS = (29, 42)
_READY = frozenset({("is ready",), ("app is ready",)})
_DESCENDERS = frozenset("gjpqy,")
_NO_RIGHT_BEARING = frozenset("kvwxyztf")


@dataclass(frozen=True)
class _Step:
    """Lines of one page and what both buttons do on it."""

    lines: tuple[str, ...]
    both: Effect | None = None


def _place(line: str, row: int, model: Model, *, taller: int = 0) -> list[Text]:
    """Text boxes of a centred line; the screen reader reports a leading blank as a text of its own."""
    start = (model.width - text_width(line, model.font) + 1) // 2
    boxes = []
    if line.startswith(" ") and line.strip():
        blank = text_width(" ", model.font)
        boxes.append(Text(" ", start, row - 1, blank, 0))
        start, line = start + blank, line[1:]
    right_bearing = 0 if line[-1:] in _NO_RIGHT_BEARING else 1
    height = (12 if _DESCENDERS & set(line) else 8) + taller
    boxes.append(Text(line, start + 1, row, text_width(line, model.font) - 1 - right_bearing, height))
    return boxes


def _flow(steps: Sequence[_Step], model: Model, *, loops: bool = False, offset: int = 0) -> list[Page]:
    """Pages that left and right walk through; at the ends they stay, or wrap if the flow loops."""
    pages = []
    last = len(steps) - 1
    for index, step in enumerate(steps):
        inputs: list[tuple[Trigger, Effect]] = []
        if index > 0 or loops:
            inputs.append((Button.LEFT, GoTo(offset + (index - 1) % len(steps))))
        if index < last or loops:
            inputs.append((Button.RIGHT, GoTo(offset + (index + 1) % len(steps))))
        if step.both is not None:
            inputs.append((Button.BOTH, step.both))
        pages.append(Page(_boxes(step.lines, model), tuple(inputs)))
    return pages


def _boxes(lines: tuple[str, ...], model: Model) -> tuple[Text, ...]:
    """Boxes of all lines; the idle page has an icon above its two lines."""
    idle = lines[1:] in _READY
    rows = _HOME_ROWS if idle else _ROWS[len(lines)]
    placed = [_place(line, row, model, taller=int(idle)) for line, row in zip(lines, rows, strict=True)]
    return tuple(box for boxes in placed for box in boxes)


def _paged(title: str, text: str, model: Model) -> list[_Step]:
    """A title with a long text: three lines a page, the page number in the title if there are several."""
    lines = break_at_blanks(text, model.font, model.line_width)
    chunks = [lines[at : at + _LINES_PER_PAGE] for at in range(0, len(lines), _LINES_PER_PAGE)] or [[""]]
    if len(chunks) == 1:
        return [_Step((title, *chunks[0]))]
    return [_Step((f"{title} ({n}/{len(chunks)})", *chunk)) for n, chunk in enumerate(chunks, 1)]


def review(view: ReviewView, model: Model) -> Flow:
    """The pages a person walks through to approve or decline."""
    if isinstance(view, ExportView):
        steps = [*_paged(view.purpose, view.subject, model), *_choice("Accept", "Decline")]
        return Flow(tuple(_flow(steps, model)))
    if isinstance(view, AddressView):
        steps = [*_paged("Verify Address", view.subject, model), *_paged("Address", view.address, model)]
        return Flow(tuple(_flow([*steps, *_choice("Approve", "Reject")], model)))
    if isinstance(view, EvmAddressView):
        steps = [_Step(_wrapped(view.title, model)), *_paged("Address", view.address, model)]
        return Flow(tuple(_flow([*steps, *_choice("Confirm", "Cancel")], model)))
    if isinstance(view, PublicKeyView):
        steps = [_Step(("Public key", view.subject), Verdict.APPROVE), _Step(("Decline",), Verdict.DECLINE)]
        return Flow(tuple(_flow(steps, model, loops=True)))
    return _open_app(view, model)


def _open_app(view: OpenAppView, model: Model) -> Flow:
    steps = [_Step(("Open app", view.app_name)), *_choice("Accept", "Decline")]
    return Flow(tuple(_flow(steps, model)))


def _choice(approve: str, decline: str) -> list[_Step]:
    return [_Step((approve,), Verdict.APPROVE), _Step((decline,), Verdict.DECLINE)]


def _wrapped(lines: Sequence[str], model: Model) -> tuple[str, ...]:
    """Each line broken at blanks where it is too wide."""
    return tuple(part.strip() for line in lines for part in break_at_blanks(line, model.font, model.line_width))


def follow_up(view: FollowUp, model: Model) -> Flow:
    """The public key after it was sent, or a status that any button dismisses; all of it only leads home."""
    if isinstance(view, CompareView):
        steps = _paged("Compare", view.key_text, model)
        ends = [_Step(("Accept",), Verdict.HOME), _Step(("Decline",), Verdict.HOME)]
        return Flow(tuple(_flow([*steps, *ends], model)))
    dismissals: list[tuple[Trigger, Effect]] = [(button, Verdict.HOME) for button in Button]
    texts = _boxes(_wrapped(view.lines, model), model)
    return Flow((Page(texts, tuple(dismissals), Timeout(STATUS_PAGE_TICKS, Verdict.HOME)),))


def home(idle: Home, model: Model) -> Flow:
    """The idle menu followed by its submenus, which lead back to the first step; all of them loop, or none."""
    steps = []
    submenus: list[Page] = []
    for entry in idle.menu:
        both = _menu_effect(entry)
        if entry.enters:
            start = len(idle.menu) + len(submenus)
            both = GoTo(start)
            inner = [_Step(sub.texts, GoTo(0)) for sub in entry.enters]
            submenus += _flow(inner, model, loops=idle.loops, offset=start)
        steps.append(_Step(entry.texts, both))
    return Flow((*_flow(steps, model, loops=idle.loops), *submenus))


def _menu_effect(entry: MenuEntry) -> Effect | None:
    if entry.opens is not None:
        return OpenApp(entry.opens)
    return Verdict.QUIT if entry.quits else None


def locked(model: Model) -> Flow:
    """The PIN page; the emulator has no PIN, both buttons unlock."""
    return Flow(tuple(_flow([_Step(("Device is locked", "Enter PIN code"), Verdict.UNLOCK)], model)))
