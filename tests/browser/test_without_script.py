"""Where scripts are forbidden once the page is open every form still works, by sending it and loading the page anew.

And in the same browser, what pages of other origins can send: nothing that is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.guide_process import GuideProcess, guide_process
from tests.browser.still import still_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

NOBODY = "http://127.0.0.1:1"
"""Where no device ever answers."""


@pytest.fixture
def guide(tmp_path: Path) -> Iterator[GuideProcess]:
    options = ["--wallet", str(tmp_path / "wallet.sqlite"), "--device", NOBODY]
    with guide_process(tmp_path, options) as one:
        yield one


def _entered(chromium: Browser, guide: GuideProcess) -> StorageState:
    """The cookie, got with the entrance's script: there is no other way in."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(guide.url)
    page.wait_for_url("**/step")
    page.get_by_role("button", name="Start", exact=True).wait_for()
    state = context.storage_state()
    context.close()
    return state


def _at(page: Page, code: str) -> None:
    """Look again until the step is there: this page does not follow by itself."""
    for _ in range(100):
        if page.locator("#code").inner_text() == code:
            return
        page.reload()
    raise AssertionError(f"{code} never came")


def test_plain_forms_lead_from_the_start_to_the_ledger_and_back(chromium: Browser, guide: GuideProcess) -> None:
    context = chromium.new_context(java_script_enabled=False, storage_state=_entered(chromium, guide))
    page = context.new_page()
    home = guide.url.partition("#")[0]
    page.goto(f"{home}step")
    # Parsed as markup only where scripts are off; Playwright leaves it hidden even there.
    assert page.locator("noscript a[href='/step']").text_content() == "look again"
    _at(page, "R0")
    page.get_by_text("Somebody helps me").click()
    page.get_by_role("button", name="Start", exact=True).click()
    _at(page, "R1")
    page.reload()
    assert page.locator("#code").inner_text() == "R1"
    page.get_by_role("button", name="Back to the start").click()
    _at(page, "R0")
    assert page.get_by_label("Somebody helps me").is_checked()
    page.get_by_role("button", name="Close the guide").click()
    context.close()
    assert guide.ended() == 0


# --- other origins ---

ATTACKS = {
    "a form": '<form id="f" method="post" action="{home}quit"></form>',
    "a form as text": '<form id="f" method="post" enctype="text/plain" action="{home}quit"></form>',
    "a sandboxed frame": '<iframe sandbox="allow-scripts allow-forms" src="/a-form"></iframe>',
    "a frame": '<iframe src="{home}step"></iframe>',
    "a picture": '<img src="{home}demo/screen.png">',
    "a script": '<script src="{home}step"></script>',
    "a request": '<script>fetch("{home}step", {{credentials: "include", mode: "no-cors"}})</script>',
    "a stream": '<script>new EventSource("{home}events", {{withCredentials: true}})</script>',
    "a link": '<a id="l" href="{home}report">x</a><script>document.getElementById("l").click()</script>',
}
ELSEWHERE = ("evil.localhost", "127.0.0.1")
"""A site of another name; and one that differs by its port only, as another user's server does: it gets the cookie."""


def test_pages_of_other_origins_reach_nothing_though_the_browser_has_the_cookie(
    chromium: Browser, guide: GuideProcess
) -> None:
    context = chromium.new_context(storage_state=_entered(chromium, guide))
    home = guide.url.partition("#")[0]
    evil = {name.replace(" ", "-"): attack.format(home=home) + SUBMIT for name, attack in ATTACKS.items()}
    got: dict[str, int] = {}
    with still_server(evil, policy="") as base:
        for name in evil:
            for host in ELSEWHERE:
                page = context.new_page()
                with page.expect_event("requestfailed", lambda request: request.url.startswith(home)) as told:
                    page.goto(f"{base.replace('127.0.0.1', host)}/{name}", wait_until="commit")
                answer = told.value.response()
                got[f"{name} from {host}"] = 403 if answer is None else answer.status
                page.close()
    page = context.new_page()
    page.goto(f"{home}step")
    assert page.locator("#code").inner_text() == "R0"
    context.close()
    assert len(got) == len(ATTACKS) * len(ELSEWHERE)
    assert set(got.values()) == {403}, got


SUBMIT = '<script>document.getElementById("f")?.submit()</script>'
