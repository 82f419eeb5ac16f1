"""Every page as a person meets it: axe finds nothing, no page is wider than the screen, the policy stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Axe
from tests.browser.still import still_pages, still_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

DESK, PHONE = 1280, 390
EVERYTHING = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ZOOMED = (PHONE, 640, 320)
"""1280 pixels at 200 % zoom are 640 wide; at 400 % (WCAG 2.2, 1.4.10 reflow) they are 320."""
DARK = (
    *("00-start", "01-connect-choose", "02-unlock-wrong-app", "03-same-wallet", "04-network-dead", "05-approve-stax"),
    *("06-looking-up", "07-stop", "08-result-unknown", "09-save-saved", "20-file-vault", "41-sheet", "43-report"),
    *("e00-start", "e04-network-dead-chain", "e05-compare-nanosp", "e06-dead-chain", "e07-further", "e08-result"),
    *("e08-result-unknown", "e43-report-unknown"),
)
"""Each part of a page once. Colours are what the dark look may get wrong; the markup is that of the light one."""
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
Shoot = Callable[["Page", str], None]


@pytest.fixture(scope="module")
def still() -> Iterator[tuple[str, tuple[str, ...]]]:
    pages = still_pages()
    with still_server(pages) as base:
        yield base, tuple(pages)


def _refused(page: Page) -> list[str]:
    """What the page's policy, or a defect of a script, says on the console from now on."""
    told: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text:
            told.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def test_no_page_has_a_violation_or_is_too_wide(
    chromium: Browser, axe: Axe, shoot: Shoot, still: tuple[str, tuple[str, ...]]
) -> None:
    base, names = still
    context = chromium.new_context(reduced_motion="reduce", color_scheme="light")
    page = context.new_page()
    told = _refused(page)
    found: dict[str, object] = {}
    for name in names:
        page.set_viewport_size({"width": DESK, "height": 900})
        page.goto(f"{base}/{name}", wait_until="load")
        shoot(page, f"{name}-desk-light")
        if wrong := axe.violations(page, EVERYTHING):
            found[name] = wrong
        for width in ZOOMED:
            page.set_viewport_size({"width": width, "height": 700})
            if more := page.evaluate(_WIDER):
                found[f"{name} at {width} is too wide"] = more
    context.close()
    assert found == {}
    assert told == []


def test_dark_pages_have_contrast(
    chromium: Browser, axe: Axe, shoot: Shoot, still: tuple[str, tuple[str, ...]]
) -> None:
    base, _ = still
    context = chromium.new_context(
        viewport={"width": PHONE, "height": 900}, reduced_motion="reduce", color_scheme="dark"
    )
    page = context.new_page()
    found: dict[str, object] = {}
    for name in DARK:
        page.goto(f"{base}/{name}", wait_until="load")
        shoot(page, f"{name}-phone-dark")
        if wrong := axe.violations(page, ("color-contrast",)):
            found[name] = wrong
    context.close()
    assert found == {}


def test_axe_itself_finds_something_on_a_bad_page(chromium: Browser, axe: Axe) -> None:
    page = chromium.new_page()
    page.set_content("<html><body><img src='x'><button></button></body></html>")
    found = axe.violations(page, EVERYTHING)
    page.close()
    assert any(one.startswith("image-alt") for one in found)


def test_every_control_is_reached_and_seen_with_the_keyboard_alone(
    chromium: Browser, still: tuple[str, tuple[str, ...]]
) -> None:
    base, _ = still
    page = chromium.new_page()
    page.goto(f"{base}/09-save", wait_until="load")
    wanted = page.evaluate("document.querySelectorAll('a[href], button, summary, input:not([type=hidden])').length")
    reached: list[str] = []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("(e => `${e.tagName} ${e.id} ${e.textContent.trim().slice(0, 30)}`)(document.activeElement)")
        )
        if reached[-1].startswith("BODY"):
            break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px", reached[-1]
    page.close()
    assert any("Save the report" in one for one in reached)
    assert any("go-finish" in one for one in reached)
    assert any("Close the guide" in one for one in reached)
