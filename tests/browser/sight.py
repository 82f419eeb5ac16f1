"""One browser page as a person sees it, with all that went over its line; and the search for secrets in all of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.conftest import Axe
from tests.browser.guide_process import GuideProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Response

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
WATCHED = ("R5", "R7", "R8")
"""The pages with live content; test_pages.py holds every page to axe."""

PATIENCE = 30_000
"""Milliseconds for anything to appear."""


@dataclass
class Sight:
    """One browser page and all that went over its line, for the search for secrets.

    :param held_to_axe: codes of the pages that axe looks at, None for all.
    :param prefix: of the names of the pictures.
    """

    page: Page
    axe: Axe
    shoot: Callable[[Page, str], None]
    held_to_axe: tuple[str, ...] | None = WATCHED
    prefix: str = "live"
    seen: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", self._asked)
        self.page.on("console", lambda message: self.seen.append(message.text))
        self.page.on("response", self._answered)
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.eventSourceMessageReceived", self._told)

    def open(self, guide: GuideProcess) -> None:
        self.page.goto(guide.url)
        self.page.wait_for_url("**/step")

    def at(self, code: str, heading: str) -> None:
        """Wait for a page, and keep it."""
        from playwright.sync_api import expect

        expect(self.page.locator("#code")).to_have_text(code, timeout=PATIENCE)
        expect(self.page.locator("#heading")).to_contain_text(heading, timeout=PATIENCE)
        expect(self.page.locator(".never")).to_contain_text("never asks for your recovery words")
        name = f"{self.prefix}-{len(self.wrong):02}-{code}"
        self.shoot(self.page, name)
        held = self._is_new(f"{code} {heading}") and (self.held_to_axe is None or code in self.held_to_axe)
        self.wrong[f"{name} {heading}"] = self.axe.violations(self.page, RULES) if held else []
        self.seen.append(self.page.content())

    def _is_new(self, page: str) -> bool:
        """Axe takes half a second: the same page again is not held to it."""
        return not any(name.endswith(page) for name in self.wrong)

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def reads(self, words: str) -> None:
        """Wait until the page says this."""
        from playwright.sync_api import expect

        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE)

    def look(self, path: str) -> str:
        """Another page of the guide, without leaving this one; its HTML."""
        found: str = self.page.evaluate("path => fetch(path).then(answer => answer.text())", path)
        self.seen.append(found)
        return found

    def violations(self) -> dict[str, list[str]]:
        """What axe found, by page."""
        return {name: found for name, found in self.wrong.items() if found}

    def _asked(self, request: Request) -> None:
        body = request.post_data or ""
        (self.typed if "nodes=http" in body else self.seen).append(body)
        self.seen += [request.url, json.dumps(request.headers)]

    def _answered(self, response: Response) -> None:
        assert response.status < 400, f"{response.status} {response.url}"
        self.seen.append(json.dumps(response.headers))

    def _told(self, message: dict[str, Any]) -> None:
        """What the page's script is sent; not all of it stands on a page that is looked at here."""
        self.seen.append(message["data"])


def no_secret_in(secrets: Sequence[bytes], texts: Sequence[str], home: Path, given: Sequence[Path] = ()) -> None:
    """In no page, request, log or file under `home`; `given`: files of the test's own, which are left out."""
    files = [path for path in home.rglob("*") if path.is_file() and path not in given]
    written = [*(text.encode() for text in texts), *(path.read_bytes() for path in files)]
    assert len(written) > 20
    for secret in secrets:
        for form in (secret, secret.hex().encode(), secret[::-1], base64.b64encode(secret)):
            assert not any(form in blob for blob in written)
