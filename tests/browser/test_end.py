"""The last page stays: whichever comes first, the news of the end or the answer to the form that asked for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.guide_process import guide_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_ANSWER_LAST = """() => {
    const real = window.fetch;
    const ended = () => new Promise(done => {
        const look = () => { if ("ended" in document.body.dataset) done(); };
        new MutationObserver(look).observe(document.body, { attributes: true });
        look();
    });
    window.fetch = async (...request) => {
        const answer = await real(...request);
        if (!String(request[0]).endsWith("/quit")) return answer;
        await ended();
        setTimeout(() => { window.answered = true; });
        return answer;
    };
}"""


def test_the_last_page_stays_though_the_answer_comes_after_the_end(chromium: Browser, tmp_path: Path) -> None:
    with guide_process(
        tmp_path, ["--wallet", str(tmp_path / "wallet.sqlite"), "--device", "http://127.0.0.1:1"]
    ) as guide:
        page = chromium.new_page()
        page.add_init_script(f"({_ANSWER_LAST})()")
        page.goto(guide.url)
        page.get_by_role("button", name="Close the guide").click()
        page.wait_for_function("() => window.answered")
        page.get_by_role("heading", name="You can close this page").wait_for()
        again = page.evaluate("() => performance.getEntriesByType('navigation')[0].type")
        assert guide.ended() == 0
        assert page.get_by_role("heading", name="You can close this page").is_visible()
        page.close()
    assert again != "reload"
