"""An emulated Ledger as a real process, for tests of any package.

`with emulated_device(...) as device:` starts the program of `python -m emulator device` on free ports, waits for its
ready line, and ends it. Calls block; an async test runs `approve()` and friends in a thread (`asyncio.to_thread`).
"""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import httpx

from tests.support.warm_programs import Process, start_emulator

Screen = list[str]

START_TIMEOUT = 30.0
TEXT_TIMEOUT = 20.0
_HOLD_STEPS = 15
_MAX_PAGES = 40
_APPROVE_TEXTS = frozenset({"Accept", "Approve", "Confirm", "Public key"})
_DECLINE_TEXTS = frozenset({"Decline", "Reject", "Cancel"})
_LAST_PAGE_TEXTS = frozenset({"Accept", "Approve", "Decline", "Confirm", "Yes, reject"})
_BUTTON = {"stax": (200, 515), "flex": (240, 435)}
_REJECT = {"stax": (36, 606), "flex": (55, 530)}
_CENTRE = {"stax": (200, 336), "flex": (240, 300)}


class DeviceDidNotStart(AssertionError):
    """The emulator ended before it was ready; the text holds what it said."""


class TextNeverShown(AssertionError):
    """The awaited text did not appear on the screen."""


@dataclass
class EmulatedDevice:
    """A running emulated device and the hands of the person who holds it.

    :param apdu: HOST:PORT of the raw APDU port
    :param api: URL of the REST API
    """

    process: Process
    apdu: str
    api: str
    model: str
    _stderr: IO[str] = field(repr=False)
    client: httpx.Client = field(repr=False)

    @property
    def touch(self) -> bool:
        """Whether the model has a touch screen."""
        return self.model in _BUTTON

    # Looking

    def events(self) -> list[dict[str, object]]:
        """All texts since the start, as Speculos reports them."""
        events: list[dict[str, object]] = self._get("/events")["events"]
        return events

    def screen(self) -> Screen:
        """Texts on the screen now."""
        return [event["text"] for event in self._get("/events?currentscreenonly=true")["events"]]

    def state(self) -> dict[str, object]:
        """App, version, model, lock state, and whether a command waits for a person."""
        return self._get("/x/state")

    def awaits_person(self) -> bool:
        """Whether a command waits for a person."""
        return bool(self.state()["awaits_person"])

    def stderr(self) -> str:
        """All that the process has said."""
        self._stderr.flush()
        return Path(self._stderr.name).read_text("utf-8")

    def wait_for_text(self, text: str, timeout: float = TEXT_TIMEOUT) -> Screen:
        """Wait until a text is on the screen; returns the screen."""
        return self.wait_until(lambda screen: text in screen, f"text {text!r}", timeout)

    def wait_for_prompt(self, timeout: float = TEXT_TIMEOUT) -> Screen:
        """Wait until a command waits for a person; returns the screen."""
        return self.wait_until(lambda _: self.awaits_person(), "a prompt", timeout)

    def wait_until(self, wanted: Callable[[Screen], bool], what: str, timeout: float = TEXT_TIMEOUT) -> Screen:
        """Wait for a screen, woken by the event stream.

        :param timeout: seconds without any new text
        :raises TextNeverShown: it did not come
        """
        with self.client.stream("GET", "/events?stream=true", timeout=timeout) as stream:
            lines = stream.iter_lines()
            try:
                while not wanted(screen := self.screen()):
                    next(lines)
            except (httpx.ReadTimeout, StopIteration):
                raise TextNeverShown(f"waited for {what}; the screen shows {self.screen()}") from None
        return screen

    # Hands

    def press_left(self) -> None:
        """Press and release the left button."""
        self._press("left")

    def press_right(self) -> None:
        """Press and release the right button."""
        self._press("right")

    def press_both(self) -> None:
        """Press and release both buttons."""
        self._press("both")

    def finger(self, x: int, y: int, x2: int | None = None, y2: int | None = None) -> None:
        """Touch and lift, elsewhere if x2 or y2 is given."""
        end = {"x2": x if x2 is None else x2, "y2": y if y2 is None else y2}
        self.post("/finger", {"action": "press-and-release", "x": x, "y": y, "delay": 0, **end})

    def swipe(self) -> None:
        """Swipe to the next page."""
        x, y = _CENTRE[self.model]
        self.finger(x, y, x - 100, y)

    def hold(self) -> None:
        """Hold the button until its bar is full; the device's time is moved on, nobody waits."""
        x, y = _BUTTON[self.model]
        self.post("/finger", {"action": "press", "x": x, "y": y})
        for _ in range(_HOLD_STEPS):
            self.post("/ticker/", {"action": "single-step"})
        self.post("/finger", {"action": "release", "x": x, "y": y})

    def approve(self, expecting: str | None = None) -> list[Screen]:
        """Wait for a prompt and approve it as a person does on this model.

        :param expecting: a text that one of its pages must show, e.g. "ID#3"
        :returns: the pages that were shown
        """
        return self._walk(self._approve_touch if self.touch else self._approve_buttons, expecting)

    def decline(self, expecting: str | None = None) -> list[Screen]:
        """Wait for a prompt and decline it as a person does on this model."""
        return self._walk(self._decline_touch if self.touch else self._decline_buttons, expecting)

    def _walk(self, step: Callable[[Screen], bool], expecting: str | None) -> list[Screen]:
        """Go through the pages of one prompt; a prompt that follows at once is left for the next call.

        :param step: acts on a page, and says whether that was the decision
        """
        self.wait_for_prompt()
        pages: list[Screen] = []
        decided = False
        while not decided and self.awaits_person():
            page = self.screen()
            pages.append(page)
            seen = expecting is None or any(expecting == text.strip() for shown in pages for text in shown)
            if len(pages) > _MAX_PAGES or (not seen and not _LAST_PAGE_TEXTS.isdisjoint(page)):
                raise TextNeverShown(f"no page to decide on, or none shows {expecting!r}: {pages}")
            if seen or not self.touch:
                decided = step(page)
            else:
                self.swipe()
            self._settle(page)
        return pages

    def _settle(self, page: Screen) -> None:
        """Wait until an input on `page` has had its effect; with the emulator it has when the request returns."""

    def _approve_buttons(self, page: Screen) -> bool:
        return self._press_both_on(_APPROVE_TEXTS, page)

    def _decline_buttons(self, page: Screen) -> bool:
        return self._press_both_on(_DECLINE_TEXTS, page)

    def _press_both_on(self, texts: frozenset[str], page: Screen) -> bool:
        there = not texts.isdisjoint(page)
        self._press("both" if there else "right")
        return there

    def _approve_touch(self, page: Screen) -> bool:
        if "Hold to sign" in page:
            self.hold()
        elif {"Confirm", "Approve", "Open"}.isdisjoint(page):
            self.swipe()
            return False
        else:
            self.finger(*_BUTTON[self.model])
        return True

    def _decline_touch(self, page: Screen) -> bool:
        sure = "Yes, reject" in page
        self.finger(*(_BUTTON if sure else _REJECT)[self.model])
        return sure

    # Control

    def lock(self) -> None:
        """Lock the device."""
        self.post("/x/lock", {"locked": True})

    def unlock(self) -> None:
        """Unlock the device."""
        self.post("/x/lock", {"locked": False})

    def open_app(self, app: str) -> None:
        """The person opens another app, or `dashboard`."""
        self.post("/x/app", {"app": app})

    def replug(self, **device: object) -> None:
        """Unplug and plug in a device: keyword arguments app, seed, locked."""
        self.post("/x/device", device)

    def set_automation(self, rules: Mapping[str, object]) -> None:
        """New automation rules."""
        self.post("/automation", rules)

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Send a request and insist on 200."""
        return self.client.post(path, json=body).raise_for_status()

    def exchange(self, apdu: str) -> str:
        """Send an APDU over REST and wait for its answer, both in hex."""
        answer: str = self.post("/apdu", {"data": apdu}).json()["data"]
        return answer

    def terminate(self) -> int:
        """End the process; returns its exit code."""
        self.process.terminate()
        return self.wait_exit()

    def wait_exit(self, timeout: float = TEXT_TIMEOUT) -> int:
        """Wait until the process has ended; returns its exit code."""
        return self.process.wait(timeout)

    def _press(self, name: str) -> None:
        self.post(f"/button/{name}", {"action": "press-and-release", "delay": 0})

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(path).raise_for_status().json()
        return answer

    def __enter__(self) -> EmulatedDevice:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.terminate()
        self.client.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def emulated_device(
    *,
    app: str = "concordium-5.1.3",
    model: str = "nanosp",
    seed: str | None = None,
    after_exit: str = "end",
    automation: str | None = None,
    locked: bool = False,
    installed: Sequence[str] = (),
    cold: bool = False,
) -> Iterator[EmulatedDevice]:
    """A device process with two free ports.

    :param seed: recovery phrase or `hex:…` (default: Speculos' phrase); goes through standard input, not argv
    :param automation: `approve`, `decline`, a file or a JSON document
    :param cold: start `python -m emulator` itself, for tests of the start; else a child of the warm process
    """
    command = ["device", "--apdu-port", "0", "--api-port", "0"]
    command += ["--app", app, "--model", model, "--after-exit", after_exit]
    command += ["--automation", automation] if automation is not None else []
    command += ["--locked"] if locked else []
    command += [part for name in installed for part in ("--installed", name)]
    command += ["--seed-file", "-"] if seed is not None else []
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as stderr:
        process = _cold(command, stderr) if cold else start_emulator(command, stderr.fileno())
        with _started(process, stderr, model, seed) as device:
            yield device


def _cold(command: Sequence[str], stderr: IO[str]) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", "emulator", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
    )


def _started(process: Process, stderr: IO[str], model: str, seed: str | None) -> EmulatedDevice:
    if process.stdin is None or process.stdout is None:
        raise DeviceDidNotStart("the process has no pipes")
    with process.stdin as stdin:
        stdin.write(seed or "")
    line = process.stdout.readline()
    if not line:
        process.wait(START_TIMEOUT)
        process.stdout.close()
        raise DeviceDidNotStart(Path(stderr.name).read_text("utf-8"))
    ready = json.loads(line)
    # The API is plain HTTP; a client left to itself would first read all the system's certificates.
    no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = httpx.Client(base_url=ready["api"], timeout=60.0, trust_env=False, verify=no_certificates)
    return EmulatedDevice(process, ready["apdu"], ready["api"], model, stderr, client)
