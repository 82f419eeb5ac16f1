"""Screens of the touch models (Stax 400x672, Flex 480x600): home, info, reviews with a reject dialog, comparison.

Texts, their order and the touch points are as measured on Concordium 5.1.3 in Speculos 0.27.1. Boxes of fixed texts
follow the measured rows; widths are computed and may differ by a few pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emulator.apps.contract import (
    AddressView,
    EvmAddressView,
    ExportView,
    FollowUp,
    Home,
    PublicKeyView,
    ReviewView,
    StatusView,
)
from emulator.device.fonts import break_anywhere, break_at_blanks, text_width
from emulator.device.models import Model
from emulator.device.screens import (
    STATUS_PAGE_TICKS,
    Effect,
    Flow,
    GoTo,
    Hold,
    OpenApp,
    Page,
    Swipe,
    Tap,
    Text,
    Timeout,
    Trigger,
    Verdict,
    Zone,
)

_SMALL_SCALE = 0.76
_TITLE_TOP = 36
_LIST_TOP = 120


@dataclass(frozen=True)
class _Layout:
    """Rows (y of a text's top) and touch zones of one model, in pixels."""

    large: int
    small: int
    step: int
    home_title: int
    start_title: int
    tag: int
    headline: int
    button_text: int
    button: Zone
    footer: int
    margin: int
    counter_x: int
    info: Zone
    close: Zone


_LAYOUTS = {
    "stax": _Layout(
        32, 28, 32, 282, 306, 60, 258, 504, Zone(0, 456, 400, 576), 614, 24, 280,
        Zone(296, 0, 400, 112), Zone(0, 0, 104, 96),
    ),
    "flex": _Layout(
        40, 32, 36, 236, 264, 44, 202, 410, Zone(0, 366, 480, 504), 538, 32, 335,
        Zone(344, 0, 480, 128), Zone(0, 0, 112, 104),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Screen:
    """Places texts on one model."""

    model: Model

    @property
    def layout(self) -> _Layout:
        return _LAYOUTS[self.model.name]

    @property
    def footer_zone(self) -> Zone:
        return Zone(0, self.layout.button.bottom, self.model.width, self.model.height)

    @property
    def reject_zone(self) -> Zone:
        return Zone(0, self.layout.button.bottom, self.model.width * 2 // 5, self.model.height)

    @property
    def back_zone(self) -> Zone:
        return Zone(self.reject_zone.right, self.layout.button.bottom, self.layout.counter_x - 30, self.model.height)

    @property
    def forward_zone(self) -> Zone:
        return Zone(self.layout.counter_x + 30, self.layout.button.bottom, self.model.width, self.model.height)

    def large(self, text: str, y: int, x: int | None = None) -> Text:
        return self._text(text, y, x, text_width(text, self.model.font), self.layout.large)

    def small(self, text: str, y: int, x: int | None = None) -> Text:
        return self._text(text, y, x, round(text_width(text, self.model.font) * _SMALL_SCALE), self.layout.small)

    def _text(self, text: str, y: int, x: int | None, width: int, height: int) -> Text:
        return Text(text, (self.model.width - width) // 2 if x is None else x, y, width, height)

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> list[Text]:
        """Tag and value pairs from the top; long values are broken over lines."""
        texts = []
        y = self.layout.tag
        for tag, value in pairs:
            texts.append(self.small(tag, y, self.layout.margin + 2))
            y += self.layout.large + 8
            for line in break_anywhere(value, self.model.font, self.model.line_width):
                texts.append(self.large(line, y, self.layout.margin))
                y += self.layout.large + 8
            y += self.layout.small
        return texts

    def footer(self, label: str, number: int, count: int) -> list[Text]:
        counter = f"{number} of {count}"
        width = round(text_width(counter, self.model.font) * _SMALL_SCALE)
        return [
            self.small(label, self.layout.footer, self.layout.margin + 20),
            self.small(counter, self.layout.footer, self.layout.counter_x - width // 2),
        ]

    def button_text(self, text: str) -> Text:
        return self.large(text, self.layout.button_text, self.layout.margin + 2)


@dataclass(frozen=True)
class _Step:
    """Texts of a review page above and below its footer, and its own input."""

    texts: list[Text]
    after_footer: tuple[Text, ...] = ()
    input: tuple[Trigger, Effect] | None = None


def _walk(screen: _Screen, steps: Sequence[_Step], label: str, reject: Verdict, *, dialog: bool) -> tuple[Page, ...]:
    """Pages to swipe through, and for each a dialog that asks again before rejecting, if wanted."""
    pages = []
    count = len(steps)
    for index, step in enumerate(steps):
        rejected: Effect = GoTo(count + index) if dialog else reject
        inputs: list[tuple[Trigger, Effect]] = [(Tap(screen.reject_zone), rejected)]
        if step.input is not None:
            inputs.append(step.input)
        if index > 0:
            inputs += [(Swipe.RIGHT, GoTo(index - 1)), (Tap(screen.back_zone), GoTo(index - 1))]
        if index < count - 1:
            inputs += [(Swipe.LEFT, GoTo(index + 1)), (Tap(screen.forward_zone), GoTo(index + 1))]
        texts = [*step.texts, *screen.footer(label, index + 1, count), *step.after_footer]
        pages.append(Page(tuple(texts), tuple(inputs)))
    if dialog:
        pages += [_reject_dialog(screen, GoTo(index), reject) for index in range(count)]
    return tuple(pages)


def _reject_dialog(screen: _Screen, back: GoTo, reject: Verdict) -> Page:
    return Page(
        (
            screen.large("Reject operation?", screen.layout.headline),
            screen.small("Go back to operation", screen.layout.footer),
            screen.large("Yes, reject", screen.layout.button_text),
        ),
        ((Tap(screen.layout.button), reject), (Tap(screen.footer_zone), back)),
    )


def _start(screen: _Screen, title: Sequence[str], hint: str) -> _Step:
    y = screen.layout.start_title
    texts = [screen.large(line, y + row * screen.layout.large) for row, line in enumerate(title)]
    below = y + len(title) * screen.layout.large
    return _Step([*texts, screen.small(hint, below + screen.layout.small - 2)])


def _wrapped(screen: _Screen, lines: Sequence[str]) -> list[str]:
    """Each line broken at blanks where it is too wide."""
    model = screen.model
    return [part.strip() for line in lines for part in break_at_blanks(line, model.font, model.line_width)]


def review(view: ReviewView, model: Model) -> Flow:
    """The pages a person walks through to approve or decline."""
    screen = _Screen(model)
    if isinstance(view, PublicKeyView):
        return _key_pages(screen, ("Public Key",), view.subject, Verdict.APPROVE, Verdict.DECLINE)
    if isinstance(view, EvmAddressView):
        title_lines = _wrapped(screen, view.title)
        return _key_pages(screen, title_lines, view.address, Verdict.APPROVE, Verdict.DECLINE)
    if isinstance(view, ExportView):
        title, pairs = "Export Private Key", [(view.purpose, view.subject)]
        headline, action = "Accept", "Hold to sign"
        trigger: Trigger = Hold(screen.layout.button)
    elif isinstance(view, AddressView):
        title, pairs = "Verify Address", [("Identity", view.subject), ("Address", view.address)]
        headline, action, trigger = "Confirm", "Approve", Tap(screen.layout.button)
    else:
        return _open_app(screen, view.app_name)
    last = _Step(
        [screen.large(headline, screen.layout.headline)],
        (screen.button_text(action),),
        (trigger, Verdict.APPROVE),
    )
    steps = [_start(screen, (title,), "Swipe to review"), _Step(screen.pairs(pairs)), last]
    return Flow(_walk(screen, steps, "Reject", Verdict.DECLINE, dialog=True))


def _key_pages(screen: _Screen, title: Sequence[str], value: str, confirm: Effect, cancel: Verdict) -> Flow:
    steps = [_start(screen, title, "Swipe to continue"), _confirm_step(screen, value, confirm)]
    return Flow(_walk(screen, steps, "Cancel", cancel, dialog=False))


def _confirm_step(screen: _Screen, value: str, confirm: Effect) -> _Step:
    texts = screen.pairs([("Address", value)])
    return _Step(texts, (screen.button_text("Confirm"),), (Tap(screen.layout.button), confirm))


def _open_app(screen: _Screen, app_name: str) -> Flow:
    page = Page(
        (
            screen.large("Open app", screen.layout.headline),
            screen.large(app_name, screen.layout.headline + screen.layout.large + 8),
            screen.small("Cancel", screen.layout.footer),
            screen.large("Open", screen.layout.button_text),
        ),
        (
            (Tap(screen.layout.button), Verdict.APPROVE),
            (Tap(screen.footer_zone), Verdict.DECLINE),
        ),
    )
    return Flow((page,))


def follow_up(view: FollowUp, model: Model) -> Flow:
    """The public key after it was sent (compare, confirm, "Address verified"), or a status; all leads home.

    On Stax the start page of the comparison is never drawn: the screen reader goes on listing the confirmed page.
    """
    screen = _Screen(model)
    if isinstance(view, StatusView):
        return Flow((_status_page(screen, view.lines),))
    flow = _key_pages(screen, ("Compare",), view.key_text, GoTo(2), Verdict.HOME)
    start = replace(flow.pages[0], drawn=model.name != "stax")
    return Flow((start, *flow.pages[1:], _status_page(screen, ("Address verified",))))


def _status_page(screen: _Screen, lines: Sequence[str]) -> Page:
    """A page that leaves by itself after three seconds."""
    texts = [
        screen.large(line, screen.layout.headline + row * screen.layout.large)
        for row, line in enumerate(_wrapped(screen, lines))
    ]
    return Page(tuple(texts), timeout=Timeout(STATUS_PAGE_TICKS, Verdict.HOME))


def home(idle: Home, model: Model) -> Flow:
    """The idle screen and its info page."""
    screen = _Screen(model)
    apps = [entry.opens for entry in idle.menu if entry.opens is not None]
    y, below = screen.layout.home_title, screen.layout.home_title + screen.layout.large + 20
    if apps:  # the list takes the middle of the screen
        y, below = _TITLE_TOP, screen.layout.footer - screen.layout.step * len(idle.tagline)
    texts = [screen.large(idle.title, y)]
    texts += [screen.small(line, below + screen.layout.step * row) for row, line in enumerate(idle.tagline)]
    inputs: list[tuple[Trigger, Effect]] = [(Tap(screen.layout.info), GoTo(1))]
    if idle.can_quit:
        texts.append(screen.small("Quit app", screen.layout.footer))
        inputs.append((Tap(screen.footer_zone), Verdict.QUIT))
    for row, name in enumerate(apps):
        top = _LIST_TOP + row * screen.layout.large * 2
        texts.append(screen.large(name, top))
        inputs.append((Tap(Zone(112, top - 8, model.width - 112, top + screen.layout.large + 8)), OpenApp(name)))
    return Flow((Page(tuple(texts), tuple(inputs)), _info_page(screen, idle)))


def _info_page(screen: _Screen, idle: Home) -> Page:
    pairs = [("Version", idle.version)] + ([("Developer", idle.developer)] if idle.developer else [])
    texts = [screen.large(idle.title, _TITLE_TOP)]
    y = _LIST_TOP
    for tag, value in pairs:
        texts += [
            screen.small(tag, y, screen.layout.margin),
            screen.small(value, y + screen.layout.step, screen.layout.margin),
        ]
        y += 3 * screen.layout.step
    return Page(tuple(texts), ((Tap(screen.layout.close), GoTo(0)),))


def locked(model: Model) -> Flow:
    """The PIN page; the emulator has no PIN, a tap on the button unlocks."""
    screen = _Screen(model)
    texts = (
        screen.large("Device is locked", screen.layout.headline),
        screen.large("Enter PIN code", screen.layout.button_text),
    )
    return Flow((Page(texts, ((Tap(screen.layout.button), Verdict.UNLOCK),)),))
