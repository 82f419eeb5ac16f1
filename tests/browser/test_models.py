"""A short recovery on each model, every hand on the emulated Ledger through the page's own panel; and the pictures of
the page hold what that Ledger really shows, page by page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Axe
from tests.browser.guide_process import guide_process
from tests.browser.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SIZES = {"stax": (400, 672), "flex": (480, 600)}
SURROUNDINGS = {"Reject"}
"""What a touch screen has at its foot, beside the page counter; the page tells only what matters."""
PATIENCE = 30_000


@pytest.mark.parametrize("model", SIZES)
def test_a_short_recovery_through_the_panel_of_the_page(
    chromium: Browser, axe: Axe, shoot: Callable[[Page, str], None], tmp_path: Path, model: str
) -> None:
    with guide_process(tmp_path, ["--demo", "--model", model]) as guide:
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(guide.url)
        panel = Panel(page)
        _to_the_first_approval(page)
        assert (panel.picture.get_attribute("width"), panel.picture.get_attribute("height")) == _size(model)
        panel.until("Recover credentials" if model == "nanox" else "Swipe to review")
        shoot(page, f"demo-{model}")
        assert axe.violations(page, RULES) == []
        _walk_and_approve(page, panel, model)
        _at(page, "R7", "Go on with ID #1?")
        page.get_by_role("button", name="Stop and see the result").click()
        _at(page, "R5", "Approve IDP#0 ID#0")  # the demo's world has an identity on the newer path too
        _walk_and_approve(page, panel, model)
        _at(page, "R7", "Go on with IDP #0 ID #1?")
        page.get_by_role("button", name="Stop and see the result").click()
        _at(page, "R8", "accounts found")
        page.close()


def _walk_and_approve(page: Page, panel: Panel, model: str) -> None:
    """Each picture of the page beside the screen that it foretells."""
    expected = _pages(page)
    panel.until(expected[0][0])
    for number, lines in enumerate(expected):
        _same(lines, panel.words(), touch=model != "nanox")
        if number < len(expected) - 1:
            _onward(panel, model, by_name=number == 0)
    _approve(panel, model)


def _size(model: str) -> tuple[str, str]:
    width, height = SIZES[model]
    return str(width), str(height)


def _to_the_first_approval(page: Page) -> None:
    for code, button in (("R0", "Start"), ("R3", "Yes, I mean this Ledger"), ("R4", "Begin the search")):
        _at(page, code, "")
        page.get_by_role("button", name=button, exact=True).click()
    _at(page, "R5", "Approve ID#0")


def _at(page: Page, code: str, heading: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#code")).to_have_text(code, timeout=PATIENCE)
    expect(page.locator("#heading")).to_contain_text(heading, timeout=PATIENCE)


def _pages(page: Page) -> list[list[str]]:
    """The lines of each picture on the page."""
    return [one.locator(".shows b").all_inner_texts() for one in page.locator("li.page").all()]


def _same(told: list[str], shown: list[str], *, touch: bool) -> None:
    """The picture's lines are the screen's, in their order."""
    if touch:
        shown = [word for word in shown if word not in SURROUNDINGS and " of " not in word]
        assert sorted(told) == sorted(shown)
    else:
        assert told == shown


def _onward(panel: Panel, model: str, *, by_name: bool) -> None:
    if model == "nanox":
        panel.press("Right")
    elif by_name:
        panel.press("Swipe left")
    else:
        panel.touch(0.7, 0.5, 0.2)


def _approve(panel: Panel, model: str) -> None:
    """One touch model by the named control, the other with a finger on the picture."""
    if model == "nanox":
        panel.press("Both")
    elif model == "stax":
        panel.press("Hold “Hold to sign”")
    else:
        panel.touch(0.5, 0.72, hold_until="Concordium")
