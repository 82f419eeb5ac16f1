"""With the keyboard alone: every control of every page, and a whole recovery with the emulated Ledger beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.guide_process import guide_process
from tests.browser.panel import Panel
from tests.browser.still import still_pages, still_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 30_000
MOST_TABS = 80
DESK, PHONE = 1280, 390

_CONTROLS = """() => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    const all = [...document.querySelectorAll("a[href], button, summary, input, select, textarea, [tabindex='0']")];
    const chosen = one => {
        if (one.type !== "radio") return true;
        const group = all.filter(other => other.type === "radio" && other.name === one.name && other.form === one.form);
        return one === (group.find(other => other.checked) ?? group[0]);
    };
    const usable = one => one.type !== "hidden" && !one.disabled && one.tabIndex >= 0 && one.checkVisibility();
    const found = all.filter(one => usable(one) && chosen(one));
    found.forEach((one, n) => { one.dataset.n = n; });
    return found.map(one => {
        const box = one.getBoundingClientRect();
        const part = one.closest("header, nav.rail-place, main, aside, footer");
        return { name: one.textContent.trim().slice(0, 40) || one.name,
                 part: part ? part.className || part.tagName : "", left: box.left, right: box.right,
                 top: box.top + scrollY, bottom: box.bottom + scrollY };
    });
}"""
"""Every control that the keyboard must reach, in the order of the markup, with its place; of a radio group one."""

_RECORD = """() => {
    window.stops = [];
    addEventListener("focusin", event => {
        const box = event.target.getBoundingClientRect();
        stops.push({ n: Number(event.target.dataset.n), outline: getComputedStyle(event.target).outlineWidth,
                     seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth });
    });
}"""
"""Where the focus comes by, noted in the page itself: to ask after each key takes twice as long."""


@pytest.fixture(scope="module")
def still() -> Iterator[tuple[str, tuple[str, ...]]]:
    pages = still_pages()
    with still_server(pages) as base:
        yield base, tuple(pages)


def test_every_page_is_walked_with_tab_alone_in_the_order_of_the_eye_and_stands_still(
    chromium: Browser, still: tuple[str, tuple[str, ...]]
) -> None:
    base, names = still
    page = chromium.new_page(reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for name in names:
        page.set_viewport_size({"width": PHONE, "height": 900})
        page.goto(f"{base}/{name}", wait_until="load")
        wrong = _out_of_order(page.evaluate(_CONTROLS))
        page.set_viewport_size({"width": DESK, "height": 900})
        controls = page.evaluate(_CONTROLS)
        wrong += _out_of_order(controls) + _walked(page, controls)
        wrong += [f"{n} moving" for n in [page.evaluate("document.getAnimations().length")] if n]
        if wrong:
            found[name] = wrong
    page.close()
    assert found == {}


def test_what_moves_is_seen_by_the_test_above(chromium: Browser, still: tuple[str, tuple[str, ...]]) -> None:
    base, _ = still
    page = chromium.new_page(reduced_motion="no-preference")
    page.goto(f"{base}/06-looking-up", wait_until="load")
    moving = page.evaluate("document.getAnimations().length")
    page.close()
    assert moving == 1


def _walked(page: Page, controls: list[dict[str, Any]]) -> list[str]:
    """What is wrong when Tab is pressed once for each control, and once more."""
    page.evaluate(_RECORD)
    for _ in range(len(controls) + 1):
        page.keyboard.press("Tab")
    stops = page.evaluate("stops")
    stops, again = stops[: len(controls)], stops[len(controls) :]
    reached = [stop["n"] for stop in stops]
    wrong = [] if reached == list(range(len(controls))) else [f"reached {reached} of {len(controls)}"]
    wrong += [f"{controls[n]['name']} is not reached" for n in range(len(controls)) if n not in reached]
    wrong += [f"stop {stop['n']} is not seen" for stop in stops if stop["outline"] != "3px" or not stop["seen"]]
    return wrong + [f"trapped at {stop['n']}" for stop in again if stop["n"] != 0]


def _out_of_order(controls: list[dict[str, Any]]) -> list[str]:
    ordered = [one for one in controls if one["name"] != "Skip to the question"]
    assert len(ordered) > 1 or [one["name"] for one in ordered] == ["Ledger Recovery"]
    return [f"{a['name']} -> {b['name']}" for a, b in pairwise(ordered) if _back(a, b)]


def _back(one: dict[str, Any], following: dict[str, Any]) -> bool:
    """Whether the eye has to go back: up, but for another part that stands to the right; or left in the same row."""
    if following["bottom"] <= one["top"] + 1:
        return bool(one["part"] == following["part"] or following["left"] < one["right"])
    same_row = following["top"] < one["bottom"] - 1
    return bool(same_row and following["left"] < one["left"] - 1)


# --- a whole recovery ---

_LISTEN = """() => addEventListener("DOMContentLoaded", () => {
    window.announced = [];
    const place = document.getElementById("announce");
    if (place) new MutationObserver(() => announced.push([document.body.dataset.version, place.textContent]))
        .observe(place, { childList: true, characterData: true, subtree: true });
})"""


@dataclass(frozen=True)
class Keys:
    """Somebody who has a keyboard and no mouse."""

    page: Page

    def to(self, name: str) -> None:
        """Tab on until the control with this name has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if name == self._name():
                return
        raise AssertionError(f"{name!r} is not reached; the focus is on {self._name()!r}")

    def use(self, name: str, key: str = "Enter") -> None:
        self.to(name)
        self.page.keyboard.press(key)

    def at(self, code: str, heading: str) -> None:
        from playwright.sync_api import expect

        expect(self.page.locator("#code")).to_have_text(code, timeout=PATIENCE)
        expect(self.page.locator("#heading")).to_contain_text(heading, timeout=PATIENCE)

    def on_heading(self) -> None:
        """The focus is at the beginning of what is new."""
        self.page.wait_for_function("() => document.activeElement.id === 'heading'")

    def on(self, name: str) -> None:
        assert self._name() == name

    def _name(self) -> str:
        return str(self.page.evaluate("document.activeElement.textContent.trim()"))


def test_a_whole_recovery_with_the_keyboard_alone(chromium: Browser, tmp_path: Path) -> None:
    with guide_process(tmp_path, ["--demo", "--model", "nanosp"]) as guide:
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(f"({_LISTEN})()")
        page.goto(guide.url)
        keys, panel = Keys(page), Panel(page)
        _begin(keys)
        _decline_once(keys, panel)
        _approve(keys, panel)
        keys.at("R7", "Go on with ID #1?")
        keys.on("Both")  # still where the person was, beside the page
        keys.use("Stop and see the result")
        keys.at("R5", "Approve IDP#0 ID#0")
        keys.on_heading()
        _approve(keys, panel)
        keys.at("R7", "Go on with IDP #0 ID #1?")
        keys.use("Stop and see the result", "Space")
        _result_and_end(keys)
        announced = page.evaluate("announced")
        page.close()
        assert guide.ended() == 0
    texts = [text for _, text in announced]
    assert len(texts) > 8
    assert all(text != following for text, following in pairwise(texts))
    versions = [version for version, _ in announced]
    assert len(versions) == len(set(versions))


def _begin(keys: Keys) -> None:
    keys.at("R0", "Get your accounts back")
    keys.use("Start")
    keys.at("R3", "Is this the right Ledger?")
    keys.on_heading()
    keys.use("Yes, I mean this Ledger", "Space")
    keys.at("R4", "Ready to search?")
    keys.on_heading()
    keys.use("Begin the search")
    keys.at("R5", "Approve ID#0")
    keys.on_heading()


def _decline_once(keys: Keys, panel: Panel) -> None:
    """A page that changes within its step takes the focus to its heading when the focused button is gone."""
    panel.until("Recover credentials")
    keys.to("Right")
    for shown in ("Accept", "Decline"):
        keys.page.keyboard.press("Enter")
        panel.until(shown)
        keys.on("Right")
    keys.page.keyboard.press("Shift+Tab")
    keys.on("Both")
    keys.page.keyboard.press("Space")
    keys.at("R5", "You declined ID #0. Ask once more?")
    keys.use("Ask once more")
    keys.at("R5", "Approve ID#0")
    keys.on_heading()


def _approve(keys: Keys, panel: Panel) -> None:
    panel.until("Recover credentials")
    keys.to("Right")
    keys.page.keyboard.press("Space")
    panel.until("Accept")
    keys.page.keyboard.press("Shift+Tab")
    keys.on("Both")
    keys.page.keyboard.press("Enter")


def _result_and_end(keys: Keys) -> None:
    keys.at("R8", "accounts found")
    keys.on_heading()
    keys.use("Save the result")
    keys.at("R9", "Save what was found")
    keys.use("Save the report")
    keys.page.get_by_text("PDF saved").wait_for()
    keys.use("Finish")
    keys.at("R10", "You are done")
    keys.use("Close the guide")
    keys.at("R10", "You can close this page")
