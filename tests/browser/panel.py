"""The emulated Ledger of a demo, used as a person uses it: through the panel of the page, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SHOWS = "The emulated Ledger shows: "


@dataclass(frozen=True)
class Panel:
    """The panel of a page."""

    page: Page

    @property
    def picture(self) -> Locator:
        return self.page.locator("#demo-screen")

    def words(self) -> list[str]:
        """What the screen shows, as the picture's text says it."""
        text = self.picture.get_attribute("alt") or ""
        return text.removeprefix(SHOWS).split(", ")

    def until(self, words: str) -> list[str]:
        """Wait until the screen shows these words among others."""
        from playwright.sync_api import expect

        expect(self.picture).to_have_attribute("alt", _containing(words))
        return self.words()

    def press(self, name: str) -> None:
        """A control under the picture, and wait until the screen is another one."""
        self._and_changed(lambda: self.page.locator("#demo").get_by_role("button", name=name, exact=True).click())

    def touch(self, x: float, y: float, to_x: float | None = None, *, hold_until: str = "") -> None:
        """A finger on the picture: at parts of its width and height, lifted at `to_x`, or held until the text comes."""
        box = self.picture.bounding_box()
        assert box is not None
        mouse, at = self.page.mouse, box["y"] + y * box["height"]

        def hand() -> None:
            mouse.move(box["x"] + x * box["width"], at)
            mouse.down()
            if to_x is not None:
                mouse.move(box["x"] + to_x * box["width"], at, steps=4)
            if hold_until:
                self.until(hold_until)
            mouse.up()

        self._and_changed(hand)

    def _and_changed(self, act: Callable[[], None]) -> None:
        before = self.picture.get_attribute("alt")
        act()
        self.page.wait_for_function("text => document.getElementById('demo-screen').alt !== text", arg=before)


def _containing(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words))
