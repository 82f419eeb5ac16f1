"""The EVM family through the pages' own forms: what they ask for, what they save, and what no page may show."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.evm.double import EvmDouble, serving
from emulator.evm.state import Account, Chain
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.recover.report import read_report, verify_document
from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME
from ledger_recovery.recover.service import newest_report, wallet_files
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Family, QuestionKind
from ledger_recovery.web.run import road_evm
from ledger_recovery.web.run.actions_evm import evm_policy_of
from ledger_recovery.web.run.place import place_file
from tests.support.rpc_proxy import rpc_proxy
from tests.unit.web.conftest import Browser, asked, client_of, pages_of, say, until
from tests.unit.web.evm_guide import ADDRESSES, EvmGuide, to_the_search

PASSWORD = "a long password of my own"
USED = ADDRESSES["bip44"][1]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(road_evm, "evm_policy_of", lambda wish: replace(evm_policy_of(wish), smart_accounts=False))


@pytest.fixture
async def chain() -> AsyncIterator[EvmDouble]:
    async with serving((Chain("one", 7, {USED: Account(nonce=2, balance=10**18)}),)) as double:
        yield double


@pytest.fixture
async def guide(tmp_path: Path, chain: EvmDouble) -> AsyncIterator[EvmGuide]:
    made = EvmGuide(tmp_path / "home", chain.urls)
    yield made
    for session in made.sessions:
        await session.close()


@pytest.fixture
async def browser(guide: EvmGuide) -> AsyncIterator[Browser]:
    pages = pages_of(await guide.start())
    async with client_of(pages) as client:
        yield Browser(client, pages.keys, pages.desk.result())


async def recovered(browser: Browser) -> None:
    assert (await browser.post("/choose", flow="recover", gap="3")).status_code == 200
    session = browser.desk.session
    await to_the_search(session)
    await say(session, "no")
    await until(session, lambda s: s.step is steps.RESULT and s.offers.accounts > 0)


async def test_the_forms_lead_from_the_start_to_the_result(browser: Browser) -> None:
    assert (await browser.post("/choose", flow="recover", gap="3", helper="yes")).status_code == 200
    session = browser.desk.session
    await to_the_search(session)
    question = (
        await until(session, lambda s: s.question is not None and s.question.kind is QuestionKind.FURTHER)
    ).question
    assert question is not None
    await browser.post("/answer", question=str(question.number), answer="no")
    await until(session, lambda s: s.step is steps.RESULT)
    assert session.hub.state.helper
    page = await browser.page()
    assert checksum(USED) in page
    assert "R8" in page


async def test_the_family_is_chosen_by_a_form(browser: Browser) -> None:
    for family in (Family.CONCORDIUM, Family.EVM):
        assert (await browser.post("/choose", flow="family", family=family.value)).status_code == 200
        assert browser.desk.session.hub.state.family is family
    refused = await browser.post("/choose", flow="family", family="bitcoin")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-form")


@pytest.mark.parametrize(
    "fields", [{"gap": "many"}, {"find": "0x12"}, {"owners": "0x12"}, {"nodes": "rpc.example"}], ids=str
)
async def test_a_field_that_cannot_be_used_begins_nothing(browser: Browser, fields: dict[str, str]) -> None:
    refused = await browser.post("/choose", flow="recover", **fields)
    assert refused.status_code == 422
    assert refused.json()["hint"]
    assert browser.desk.session.hub.state.step is steps.START


async def test_a_key_in_a_url_is_on_no_page_and_on_no_disk(browser: Browser, guide: EvmGuide, chain: EvmDouble) -> None:
    session = browser.desk.session
    async with rpc_proxy(chain.urls[0]) as proxy:
        shown = []
        await browser.post("/choose", flow="recover", gap="3", nodes=proxy.url)
        await say(session, "yes")
        await until(session, lambda s: s.question is not None and s.question.kind is QuestionKind.BEGIN)
        shown.append(await browser.page())
        refused = await browser.post("/go", to="node", nodes=f"{proxy.url} nowhere")
        assert refused.status_code == 422
        shown.append(refused.text)
        await browser.post("/go", to="node", nodes=f"{proxy.url} http://127.0.0.1:9/secret-key")
        await until(session, lambda s: any(c.failure for c in s.evm.chains) and s.question is not None)
        shown.append(await browser.page())
        await say(session, "yes")
        await until(session, lambda s: s.step is steps.RESULT)
        await until(session, lambda s: s.offers.retriable is not None)
        shown += [await browser.page(), (await browser.client.get("/diagnosis")).text]
        shown.append((await browser.client.get("/report")).text)
        assert "secret-key" not in " ".join(shown)
        assert b"secret-key" not in guide.written()
        again = json.loads(place_file(guide.wallet).read_text())["plan"]["again"]
        assert again == [proxy.url.split("/")[2], "127.0.0.1:9"]


@pytest.mark.parametrize("level", ["full", "short", "hashed"])
async def test_the_report_is_saved_at_each_level_and_shown_before(
    browser: Browser, guide: EvmGuide, level: str
) -> None:
    await recovered(browser)
    preview = await browser.client.get(f"/report?level={level}")
    assert preview.status_code == 200
    assert (checksum(USED) in preview.text) is (level == "full")
    assert (await browser.post("/save/report", level=level)).json() == {"ok": True}
    copy = next((guide.home / "saved").glob("*.json"))
    verified = verify_document(read_report(copy))
    assert verified.schema == EVM_SCHEMA_NAME
    assert (checksum(USED).encode() in copy.read_bytes()) is (level == "full")
    assert copy.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


async def test_an_export_of_evm_accounts_is_of_the_one_format_that_holds_them(
    browser: Browser, guide: EvmGuide, tmp_path: Path
) -> None:
    await recovered(browser)
    given = {"password": PASSWORD, "repeated": PASSWORD}
    for format_ in ("desktop", "mobile-android", "mobile-ios"):
        refused = await browser.post("/save/export", format=format_, **given)
        assert refused.status_code == 422
        assert "own format" in refused.json()["sentence"]
    assert list((guide.home / "saved").glob("*")) == []
    assert (await browser.post("/save/export", format="own", **given)).json() == {"ok": True}
    file = next((guide.home / "saved").glob("*.json"))
    other = replace(guide.settings.base, wallet=tmp_path / "other.sqlite")
    wallet_files.import_file(other, file, SecretBytes(PASSWORD.encode()), trust_network=True)
    with WalletStore.open(other.wallet) as store:
        assert f"0x{USED.hex()}" in {row.address for row in store.evm().accounts}


async def test_an_altered_report_is_not_shown_as_a_result(browser: Browser, guide: EvmGuide) -> None:
    await recovered(browser)
    after = guide.killed()
    report = next(after.settings.base.reports.glob("evm-report-*.json"))
    report.write_bytes(report.read_bytes().replace(b"active", b"unused", 1))
    state = (await after.start()).hub.state
    assert (state.step, state.result) == (steps.START, None)


async def test_the_newest_report_of_a_run_is_found_whatever_its_family(browser: Browser, guide: EvmGuide) -> None:
    await recovered(browser)
    result = browser.desk.session.hub.state.result
    assert result is not None
    found = newest_report(guide.settings.base, result.run_id)
    assert found is not None and found.name.startswith("evm-report-")
    assert newest_report(guide.settings.base, "*") is None


async def test_a_form_of_another_page_does_not_begin_a_second_search(browser: Browser) -> None:
    await browser.post("/choose", flow="recover", gap="3")
    session = browser.desk.session
    await asked(session)
    refused = await browser.post("/choose", flow="further")
    assert refused.status_code == 422
    assert session.hub.state.step is steps.SAME_WALLET
