"""Pairing, backing up and restoring through the page with a real Box, a process of its own behind TLS."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ledger_recovery.backup.words import words_of
from ledger_recovery.box import admin
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.web.model import steps
from ledger_recovery.web.pages.terminal import wallet_options
from tests.support.backups.computer import Computer, bare_computer
from tests.support.backups.planted import Planted
from tests.support.box_process import BoxProcess, box_process
from tests.unit.web.box_world import browser_of, leaks_in, overheard
from tests.unit.web.conftest import Browser, Guide, say, until

PASSWORD = "a long pass phrase of mine"


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("box") / "box"


@pytest.fixture(scope="module")
def box(home: Path) -> Iterator[BoxProcess]:
    with box_process(home) as running:
        yield running


@pytest.fixture
async def page(guide: Guide, tmp_path: Path) -> AsyncIterator[Browser]:
    """On the guide's machine, with the real client for the Box."""
    async with page_of(guide, tmp_path) as browser:
        yield browser


@asynccontextmanager
async def page_of(guide: Guide, folder: Path) -> AsyncIterator[Browser]:
    async with browser_of(Computer(folder / "machine"), guide.settings, deps=guide.deps(), on_time=True) as browser:
        yield browser


async def taken(answer: httpx.Response) -> None:
    assert answer.json() == {"ok": True}, answer.text


async def recovered(guide: Guide, page: Browser) -> None:
    """One index with one account, up to the result."""
    guide.deploy(0, 0)
    session = page.desk.session
    await taken(await page.post("/choose", flow="recover"))
    await say(session, "yes")
    await say(session, "yes")
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(True)
    await say(session, "no")
    await until(session, lambda s: s.step is steps.RESULT and not s.search.running)


async def enabled(page: Browser) -> str:
    """What a person does in the terminal: new words, written down."""
    from ledger_recovery.recover.service import backups

    session = page.desk.session
    with backups.prepare_enable(session.settings, deps=session.backup_deps) as new:
        words = " ".join(words_of(new.secret))
        await backups.enable(session.settings, new, deps=session.backup_deps)
    return words


async def test_from_a_search_to_a_backup_and_back_on_another_computer(
    box: BoxProcess, home: Path, guide: Guide, page: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with overheard() as heard:
        await recovered(guide, page)
        await taken(await page.post("/go", to="save"))
        assert "Pairing link or code" in await page.page()
        await taken(await page.post("/box/pair", offer=admin.offer(home).link))
        text = await page.page()
        assert page.desk.session.hub.state.step is steps.SAVE, "pairing does not lead away"
        assert "Backups are not switched on yet" in text and "no browser page shows them" in text
        assert f"ledger-recovery backup enable {wallet_options(guide.settings)}" in text.replace("&#39;", "'")
        words = await enabled(page)
        await taken(await page.post("/go", to="save"))
        assert "Saved 2026" in await page.page()
        await taken(await page.post("/save/backup"))
        assert "Backup stored, and read back to be sure." in await page.page()
        other = bare_computer(tmp_path / "other")
        async with browser_of(other, replace(other.settings, network="testnet"), on_time=True) as second:
            await taken(await second.post("/choose", flow="box"))
            offer = admin.offer(home)
            await taken(await second.post("/box/pair", offer=offer.code, url=box.ready["url"]))
            await taken(await second.post("/box/open", words=words))
            await taken(await second.post("/box/apply"))
            state = second.desk.session.hub.state
            assert (state.offers.accounts, state.backup.kind) == (1, "saved")
            await taken(await second.post("/go", to="start"))
            assert "1 account" in await second.page()
    planted = Planted()
    planted.words(words, "the backup")
    texts = [*heard.texts, caplog.text]
    found = [leak for text in texts for leak in planted.leaks(text.encode(), "shown")]
    assert found + leaks_in(tmp_path, planted) == []


async def test_a_box_that_is_down_keeps_the_backup_pending_and_the_page_says_so(guide: Guide, tmp_path: Path) -> None:
    home = tmp_path / "own-box"
    with box_process(home) as running:
        port = running.port
        async with page_of(guide, tmp_path) as page:
            await taken(await page.post("/box/pair", offer=admin.offer(home).link))
            await enabled(page)
            running.kill()
            await recovered(guide, page)
            await until(page.desk.session, lambda state: state.backup.kind == "failing")
            await taken(await page.post("/go", to="save"))
            refused = await page.post("/save/backup")
            assert refused.status_code == 422
            assert "the backup is not saved yet" in refused.json()["sentence"]
            assert "nothing answers at" in refused.json()["sentence"]
            assert "queued" in refused.json()["hint"]
            text = await page.page()
            assert "Failing since" in text and "nothing answers at" in text
            assert "Backup stored" not in text
            with box_process(home, port=port):
                await taken(await page.post("/save/backup"))
            assert page.desk.session.hub.state.backup.kind == BackupKind.SAVED


async def test_an_offer_works_once_and_what_is_no_offer_is_told(
    box: BoxProcess, home: Path, guide: Guide, page: Browser
) -> None:
    offer = admin.offer(home)
    changed = offer.code[:-2] + ("0" if offer.code[-2] != "0" else "1") + offer.code[-1]
    refusals = {
        "a code without address": ({"offer": offer.code}, "needs the address of the Box too"),
        "a mistyped code": ({"offer": changed, "url": box.ready["url"]}, "code"),
        "nobody there": ({"offer": offer.code, "url": "https://127.0.0.1:9"}, "nothing answers at"),
        "no address": ({"offer": offer.code, "url": "box at home"}, ""),
        "half a link": ({"offer": offer.link[:-9]}, ""),
        "no link": ({"offer": "https://example.org/"}, "not the pairing link"),
    }
    for name, (fields, sentence) in refusals.items():
        answer = await page.post("/box/pair", **fields)
        assert answer.status_code == 422, name
        assert sentence in answer.json()["sentence"], name
        assert answer.json()["hint"] and "--url" not in answer.json()["hint"], name
        assert page.desk.session.hub.state.offers.box_name == "", name
    await taken(await page.post("/box/pair", offer=offer.link))
    again = await page.post("/box/pair", offer=offer.link)
    assert "it was used already" in again.json()["sentence"]
    assert page.desk.session.hub.state.offers.box_name != "", "the pairing of before stays"


async def test_words_without_any_box_are_told_where_to_begin(page: Browser) -> None:
    await taken(await page.post("/choose", flow="box"))
    assert "Pairing link or code" in await page.page()
    answer = await page.post("/box/apply")
    assert answer.json()["code"] == "bad-input"


async def test_a_custom_network_stands_in_the_command_with_all_that_it_needs(guide: Guide) -> None:
    custom = replace(guide.settings, network="custom", genesis="ab" * 32, nodes=("http://127.0.0.1:20000",))
    assert wallet_options(guide.settings) == f"--wallet {guide.settings.wallet} --network testnet"
    assert wallet_options(custom).endswith(f" --network custom --genesis {'ab' * 32} --node http://127.0.0.1:20000")
    blank = replace(guide.settings, wallet=Path("/my wallets/it's.sqlite"))
    assert wallet_options(blank).startswith("""--wallet '/my wallets/it'"'"'s.sqlite' """)
