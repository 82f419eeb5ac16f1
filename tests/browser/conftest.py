"""The guide in Debian's Chromium, driven by Playwright; axe-core from tests/interop/node_modules.

What is missing skips these tests with its name. Screenshots go to .artifacts/browser (ignored by git).
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / ".artifacts" / "browser"
AXE = ROOT / "tests" / "interop" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = os.environ.get("CHROMIUM", "") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
_RUN_AXE = """rules => axe.run(document, { runOnly: rules, resultTypes: ["violations"] }).then(
    found => found.violations.map(
        one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(" | ")}`))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file.

    No longer: Playwright keeps an event loop running in this thread, in which no asynchronous test can run.
    """
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with api.sync_playwright() as playwright:
        # Containers and CI run as root, where Chromium's sandbox does not start; every page here is our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Axe:
    """Runs axe-core on a page through the debugger, past the page's own policy, which forbids foreign scripts."""

    source: str

    def violations(self, page: Page, rules: tuple[str, ...]) -> list[str]:
        """:param rules: tags of axe ("wcag22aa"), or names of single rules ("color-contrast")."""
        kind = "rule" if "color-contrast" in rules else "tag"
        session: Any = page.context.new_cdp_session(page)
        try:
            session.send("Runtime.evaluate", {"expression": self.source})
            found = session.send(
                "Runtime.evaluate",
                {
                    "expression": f"({_RUN_AXE})({{type: {kind!r}, values: {list(rules)!r}}})",
                    "awaitPromise": True,
                    "returnByValue": True,
                },
            )
        finally:
            session.detach()
        if "exceptionDetails" in found:
            raise AssertionError(f"axe did not run: {found['exceptionDetails']}")
        return list(found["result"]["value"])


@pytest.fixture(scope="session")
def axe() -> Axe:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: scripts/test installs tests/interop/package.json")
    return Axe(AXE.read_text("utf-8"))


@pytest.fixture(scope="session")
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page, for people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=SHOTS / f"{name}.jpg", type="jpeg", quality=85, full_page=True)

    return keep


@pytest.fixture
def free_port() -> int:
    """Nobody listens there: a dead node, until one is started on it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
