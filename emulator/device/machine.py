"""The emulated device as one state machine: app, screen, buttons, lock, the waiting command, automation.

Pure: inputs are method calls, time is `tick()` (0.1 s), outputs are a list of events. While a prompt waits, a
further command is swallowed (apps on the old I/O stack, API level 22) or refused, as the app says.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from emulator.apps import catalogue
from emulator.apps.contract import (
    MAX_APDU,
    Answer,
    App,
    CompareView,
    Exit,
    FollowUp,
    Outcome,
    Prompt,
    StatusView,
)
from emulator.apps.keys import Seed
from emulator.apps.os_commands import EXIT_CODE_MENU_QUIT
from emulator.device import drawing
from emulator.device.automation import Action, Automation, ExitEmulator, MoveFinger, PressButton, SetBool
from emulator.device.gestures import Fingers, Tapped, count_buttons
from emulator.device.models import Model
from emulator.device.screens import Button, Effect, Flow, GoTo, OpenApp, Page, Swipe, Text, Verdict

MAX_AUTOMATIC_ACTIONS = 1000
"""Actions that one input may set off; rules that answer each other endlessly stop here."""

EXIT_CODE_AUTOMATION = 0
DEFAULT_INSTALLED = (catalogue.DEFAULT_APP, "bitcoin", "ethereum")


@dataclass(frozen=True)
class Replied:
    """The app sent an answer (data and status word)."""

    payload: bytes = field(repr=False)


@dataclass(frozen=True)
class Drawn:
    """A page was drawn."""

    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Replugged:
    """The USB link broke, as it does whenever a physical device opens or closes an app: connections drop."""


@dataclass(frozen=True)
class Ended:
    """The emulator ends with this exit code."""

    code: int


Event = Replied | Drawn | Replugged | Ended


@dataclass(frozen=True)
class Setup:
    """What a machine is made of.

    :param installed: apps (catalogue names) that the dashboard offers; an app that is started is installed too
    :param falls_back: when an app ends the dashboard appears, as on a physical device; else the emulator ends
    """

    model: Model
    app: str
    seed: Seed
    installed: tuple[str, ...] = DEFAULT_INSTALLED
    falls_back: bool = False
    locked: bool = False


class Machine:
    """One device. Every input method returns what happened, in order."""

    def __init__(self, setup: Setup, automation: Automation | None = None) -> None:
        self.setup = setup
        self.automation = automation or Automation()
        self.locked = setup.locked
        self.ended = False
        self._events: list[Event] = []
        self._actions: deque[Action] = deque()
        self._visible: tuple[Text, ...] = ()
        self._fingers = Fingers()
        self._buttons = 0
        self._page_ticks = 0
        self._pending: Prompt | None = None
        self._installed = setup.installed
        self._start_app(setup.app)

    @property
    def app_name(self) -> str:
        """Catalogue name of the running app."""
        return self._app_name

    @property
    def app(self) -> App:
        """The running app."""
        return self._app

    @property
    def visible(self) -> tuple[Text, ...]:
        """Texts on the screen now."""
        return self._visible

    @property
    def page(self) -> Page:
        """What inputs act on now."""
        if self.locked:
            return drawing.locked(self.setup.model).pages[0]
        return self._flow.pages[self._index]

    @property
    def awaits_person(self) -> bool:
        """Whether a command waits for a decision."""
        return self._pending is not None

    def start(self) -> list[Event]:
        """Draw the first screen."""
        self._redraw()
        return self._finish()

    def receive(self, apdu: bytes) -> list[Event]:
        """Take a command. An empty or over-long one is ignored, one during a prompt never reaches the app."""
        if self.ended or not 0 < len(apdu) <= MAX_APDU:
            return []
        busy = self._app.busy_status
        if self._pending is not None and busy is None:
            return []
        if self.locked:
            self._reply(self._app.locked_status(apdu).wire)
        elif self._pending is not None and busy is not None:
            self._reply(busy.wire)
        else:
            self._apply(self._app.handle(apdu))
        return self._finish()

    def buttons(self, mask: int) -> list[Event]:
        """The buttons that are down now: 1 left, 2 right, 0 none. Acts when all are released."""
        if self.ended:
            return []
        self._press(mask)
        return self._finish()

    def finger(self, x: int, y: int, down: bool) -> list[Event]:
        """A finger goes down or up."""
        if self.ended:
            return []
        self._touch(x, y, down)
        return self._finish()

    def tick(self) -> list[Event]:
        """0.1 s passes: long touches fill, status pages leave."""
        if self.ended:
            return []
        self._page_ticks += 1
        page = self.page
        if page.timeout is not None and self._page_ticks >= page.timeout.ticks:
            self._do(page.timeout.effect)
        held_at = self._fingers.tick()
        if held_at is not None and self.setup.model.touch:
            self._do(self.page.on_hold(held_at))
        return self._finish()

    def lock(self, locked: bool) -> list[Event]:
        """Lock or unlock; a waiting prompt stays and is shown again afterwards."""
        if not self.ended and locked != self.locked:
            self.locked = locked
            self._redraw()
        return self._finish()

    def run_app(self, name: str) -> list[Event]:
        """Another app is opened by the person; a waiting command is lost.

        :raises emulator.apps.catalogue.UnknownApp: no such app
        """
        self._switch(catalogue.check_app(name))
        return self._finish()

    def quit(self, code: int) -> list[Event]:
        """End the emulator, whatever the app."""
        self._end(code, for_good=True)
        return self._finish()

    # Apps and commands

    def _start_app(self, name: str) -> None:
        self._installed = catalogue.with_installed(self._installed, name)
        names = [catalogue.display_name(app) for app in self._installed]
        self._app_name = name
        self._app: App = catalogue.start_app(name, self.setup.seed, names)
        self._pending = None
        self._flow = drawing.home(self._app.home, self.setup.model)
        self._index = 0

    def _apply(self, outcome: Outcome) -> None:
        if isinstance(outcome, Prompt):
            self._pending = outcome
            self._show(drawing.review(outcome.view, self.setup.model))
        elif isinstance(outcome, Exit):
            if outcome.payload is not None:
                self._reply(outcome.payload)
            self._end(outcome.code)
        elif isinstance(outcome, Answer):
            self._answer(outcome)

    def _answer(self, answer: Answer) -> None:
        self._reply(answer.payload)
        if answer.opens is not None:
            self._open(answer.opens)
        elif isinstance(answer.redraw, CompareView | StatusView):
            self._follow_up(answer.redraw)
        elif answer.redraw:
            self._go_home()

    def _reply(self, payload: bytes) -> None:
        self._app.sent(payload)
        self._events.append(Replied(payload))

    def _decide(self, approved: bool) -> None:
        """Answer the waiting command; without one (it was answered before) just go home."""
        prompt, self._pending = self._pending, None
        if prompt is None:
            self._go_home()
        elif approved:
            outcome = prompt.approve()
            refused = isinstance(outcome, Answer) and outcome.opens is None and not outcome.redraw
            self._apply(outcome)
            if refused:
                self._go_home()
        else:
            self._reply(prompt.declined.wire)
            if prompt.after_decline is None:
                self._go_home()
            else:
                self._follow_up(prompt.after_decline)

    def _open(self, display_name: str) -> None:
        for name in self._installed:
            if catalogue.display_name(name) == display_name:
                self._switch(name)
                return

    def _switch(self, name: str) -> None:
        self._start_app(name)
        self._events.append(Replugged())
        self._redraw()

    def _end(self, code: int, *, for_good: bool = False) -> None:
        if self.setup.falls_back and not for_good:
            self._switch(catalogue.DASHBOARD)
            return
        self.ended = True
        self._pending = None
        self._actions.clear()
        self._events.append(Ended(code))

    # Screen and inputs

    def _go_home(self) -> None:
        self._show(drawing.home(self._app.home, self.setup.model))

    def _follow_up(self, view: FollowUp) -> None:
        self._show(drawing.follow_up(view, self.setup.model))

    def _show(self, flow: Flow) -> None:
        self._flow, self._index = flow, 0
        self._redraw()

    def _redraw(self) -> None:
        self._page_ticks = 0
        page = self.page
        if not page.drawn:
            return
        self._visible = page.texts
        self._events.append(Drawn(page.texts))
        for text in page.texts:
            for action in self.automation.actions(text.text, text.x, text.y):
                if isinstance(action, SetBool):
                    self.automation.variables[action.name] = action.value
                else:
                    self._actions.append(action)

    def _do(self, effect: Effect | None) -> None:
        if isinstance(effect, GoTo):
            self._index = effect.page
            self._redraw()
        elif isinstance(effect, OpenApp):
            self._open(effect.name)
        elif effect is Verdict.UNLOCK:
            self.locked = False
            self._redraw()
        elif effect is Verdict.QUIT:
            self._end(EXIT_CODE_MENU_QUIT)
        elif effect is Verdict.HOME:
            self._go_home()
        elif effect is not None:
            self._decide(effect is Verdict.APPROVE)

    def _press(self, mask: int) -> None:
        self._buttons, released = count_buttons(self._buttons, mask)
        if released is not None and not self.setup.model.touch:
            self._do(self.page.on_button(Button(released)))

    def _touch(self, x: int, y: int, down: bool) -> None:
        gesture = self._fingers.move(x, y, down)
        if not self.setup.model.touch:
            return
        if isinstance(gesture, Swipe):
            self._do(self.page.on_swipe(gesture))
        elif isinstance(gesture, Tapped):
            self._do(self.page.on_tap(gesture.point))

    # Automation

    def _finish(self) -> list[Event]:
        """Carry out what the rules ask for, then give out all that happened."""
        for _ in range(MAX_AUTOMATIC_ACTIONS):
            if not self._actions or self.ended:
                break
            self._act(self._actions.popleft())
        self._actions.clear()
        events, self._events = self._events, []
        return events

    def _act(self, action: Action) -> None:
        if isinstance(action, PressButton):
            self._press(action.button if action.down else 0)
        elif isinstance(action, MoveFinger):
            self._touch(action.x, action.y, action.down)
        elif isinstance(action, ExitEmulator):
            self._end(EXIT_CODE_AUTOMATION, for_good=True)
