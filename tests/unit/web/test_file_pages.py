"""Wallet files through the page, as the samples of other wallets have them; unknown cells asked again from there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import pytest

from ledger_recovery.derive.address import encode_address
from ledger_recovery.recover.service.evm import EvmSettings
from ledger_recovery.web.model import steps
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.session import GuideOptions
from ledger_recovery.web.server.desk import desk_of
from tests.support.wallet_file_commands import PASSWORD, VAULT_PASSWORD, sample
from tests.unit.web.conftest import Browser, Guide, at, say, until

ANDROID, IOS, DESKTOP, OLD = (
    "mobile-export-android.json",  # of testnet, with private keys
    "mobile-export-ios.json",  # of mainnet, with private keys
    "desktop-export.json",  # of mainnet
    "desktop-export-old.json",  # names no network
)


async def taken(answer: httpx.Response) -> None:
    assert answer.json() == {"ok": True}, answer.text


async def given(browser: Browser, name: str) -> None:
    await taken(await browser.post("/choose", flow="file"))
    data = await asyncio.to_thread(Path(sample(name)).read_bytes)
    await taken(await browser.client.post("/file/upload", content=data, headers={"x-csrf": browser.keys.csrf}))
    assert "Its password, please" in await browser.page()


async def opened(browser: Browser, name: str) -> str:
    await given(browser, name)
    await taken(await browser.post("/file/open", password=PASSWORD))
    return await browser.page()


async def test_private_keys_go_to_a_vault_under_a_password_that_is_asked_for(guide: Guide, browser: Browser) -> None:
    text = await opened(browser, ANDROID)
    assert "A new password for the vault" in text
    refused = await browser.post("/file/apply")
    assert "vault's password" in refused.json()["hint"]
    short = await browser.post("/file/apply", vault_password="short")
    assert short.status_code == 422
    assert not guide.settings.wallet.exists() or browser.desk.session.hub.state.offers.accounts == 0
    await taken(await browser.post("/file/apply", vault_password=VAULT_PASSWORD))
    assert "The file is read in" in await browser.page()
    assert await asyncio.to_thread(_found, guide, VAULT_PASSWORD, PASSWORD) == []
    text = await opened(browser, ANDROID)
    assert "The wallet holds all of it already" in text


def _found(guide: Guide, *secrets: str) -> list[Path]:
    home = guide.settings.wallet.parent.parent
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path for path in files for secret in secrets if secret.encode() in path.read_bytes()]


async def test_a_file_of_another_network_is_refused_and_the_wallet_stays(guide: Guide, browser: Browser) -> None:
    await opened(browser, ANDROID)
    await taken(await browser.post("/file/apply", vault_password=VAULT_PASSWORD))
    before = guide.settings.wallet.read_bytes()
    for name in (IOS, DESKTOP):
        await given(browser, name)
        answer = await browser.post("/file/open", password=PASSWORD)
        assert (answer.status_code, answer.json()["code"]) == (422, "other-network")
        assert browser.desk.intake._held is None
    assert guide.settings.wallet.read_bytes() == before


async def test_a_file_that_names_no_network_is_read_in_only_with_the_persons_word(
    guide: Guide, browser: Browser
) -> None:
    text = await opened(browser, OLD)
    assert "It is of this wallet's network" in text.replace("&#39;", "'")
    refused = await browser.post("/file/apply")
    assert refused.status_code == 422
    assert "tick" in refused.json()["hint"] and "--" not in refused.json()["hint"]
    assert not guide.settings.wallet.exists()
    await taken(await browser.post("/file/apply", trust_network="yes"))
    assert browser.desk.session.hub.state.offers.accounts > 0


@pytest.mark.parametrize("wrong", ["", "test-password-2", PASSWORD.upper()])
async def test_a_wrong_password_is_told_and_can_be_typed_again(browser: Browser, wrong: str) -> None:
    await given(browser, ANDROID)
    answer = await browser.post("/file/open", password=wrong)
    assert answer.json()["code"] == "wrong-password"
    assert "Its password, please" in await browser.page()
    await taken(await browser.post("/file/open", password=PASSWORD))


async def test_closing_the_page_asks_for_the_password_again_and_keeps_the_file(browser: Browser) -> None:
    await opened(browser, ANDROID)
    password = browser.desk.intake._held
    browser.desk.leave()
    assert password is not None and password.wiped
    assert "Its password, please" in await browser.page()
    await taken(await browser.post("/file/open", password=PASSWORD))


async def test_a_known_account_and_unknown_cells_from_the_start_page(guide: Guide, browser: Browser) -> None:
    holder = guide.deploy(0, 3)
    session, cred_id = browser.desk.session, guide.ledger.cred_id(0, 3)
    guide.chain.broken.add(cred_id)
    await taken(await browser.post("/choose", flow="recover", mode="direct", sought=encode_address(holder.address)))
    await say(session, "yes")
    await say(session, "yes")
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(True)
    await say(session, "no")
    state = await until(session, lambda s: s.step is steps.RESULT and not s.search.running)
    assert state.result is not None and not state.result.complete and state.result.unknown == 1
    assert state.sought.found == ""
    await taken(await browser.post("/go", to="start"))
    text = await browser.page()
    assert "1 credential stayed unknown" in text and "Ask these again" in text
    guide.chain.broken.clear()
    await taken(await browser.post("/choose", flow="retry"))
    state = await until(session, lambda s: s.result is not None and s.result.unknown == 0)
    assert state.result is not None and state.result.complete
    assert [account.address for account in state.result.accounts] == [encode_address(holder.address)]
    assert len(guide.ledger.approved) == 1, "nothing is approved twice"
    await at(session, steps.RESULT)
    await taken(await browser.post("/go", to="start"))
    assert "stayed unknown" not in await browser.page()


async def test_what_killed_programs_left_is_removed_and_what_another_one_holds_stays(guide: Guide) -> None:
    folder = guide.settings.state_dir / "guide"
    folder.mkdir(parents=True)
    left, held, other = folder / "given-left", folder / "given-held", folder / "other"
    for path in (left, held, other):
        path.write_bytes(b"")
    for path in (left, other):
        os.utime(path, (0, 0))
    desk_of(EvmSettings(guide.settings), GuideOptions(guide.folder), Hub())
    assert sorted(folder.iterdir()) == [held, other]
