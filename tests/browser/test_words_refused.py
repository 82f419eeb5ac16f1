"""Recovery words in a text field are refused in the browser already, by the same rule as the program's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ledger_recovery.web.run.words_guard import looks_like_recovery_words
from tests.browser.still import still_pages, still_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

SIX = "abandon ability able about above absent"
TEXTS = {
    "six": SIX,
    "five": "abandon ability able about above",
    "numbered": "1. abandon 2. ability 3. able 4. about 5. above 6. absent",
    "shortened": "aban abil able abou abov abse",
    "upper case, commas": SIX.upper().replace(" ", ", "),
    "invisible characters": "\u200bab\u200bandon ability\u2009able about above absent",
    "full width": "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in SIX),
    "interrupted": "abandon ability able xx about above absent",
    "an address": "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6",
    "a node": "https://grpc.mainnet.concordium.software:20000",
    "a sentence": "please look again at the old notes that my brother made",
}


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    with still_server(still_pages()) as base:
        page = chromium.new_page()
        page.goto(f"{base}/00-start")
        page.get_by_text("More ways to search").click()
        with page.expect_response("**/static/words.txt"):
            page.locator("#sought").focus()
        yield page
        page.close()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_page_refuses_what_the_program_refuses(page: Page, text: str) -> None:
    field = page.locator("#sought")
    field.fill("")
    field.fill(text)
    refused = looks_like_recovery_words(text)
    assert (field.input_value() == "") == refused
    assert page.get_by_text("This looks like recovery words.").count() == int(refused)


def test_nothing_of_it_is_sent(page: Page) -> None:
    sent: list[str] = []

    def keep(request: Request) -> None:
        sent.append(request.url + (request.post_data or ""))

    page.on("request", keep)
    page.locator("#sought").fill(SIX)
    page.get_by_role("button", name="Start").click()
    page.wait_for_function("() => document.activeElement !== document.body")
    page.remove_listener("request", keep)
    assert not any("abandon" in one for one in sent)
