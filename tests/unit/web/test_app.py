"""The guide through its forms, as a page sends them: a whole recovery, copies, files, and what is refused."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger_recovery.backup.word_list import word_list
from ledger_recovery.cli.main import main
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.steps import SIDE_STEPS, STEPS
from tests.unit.web.conftest import Browser, Guide, asked, at, pages_of, until

PASSWORD = "a long pass phrase of mine"
WORDS = " ".join(word_list()[100:112])


async def taken(answer: httpx.Response) -> None:
    assert answer.json() == {"ok": True}, answer.text


async def answer_question(browser: Browser, answer: str) -> None:
    question = (await asked(browser.desk.session)).question
    assert question is not None
    await taken(await browser.post("/answer", question=str(question.number), answer=answer))


async def recovered(guide: Guide, browser: Browser) -> None:
    """One index with one account, through the forms, up to the result."""
    guide.deploy(0, 0)
    session = browser.desk.session
    await taken(await browser.post("/choose", flow="recover"))
    await answer_question(browser, "yes")
    await answer_question(browser, "yes")
    await until(session, lambda state: state.device.expected is not None)
    assert "ID #0" in await browser.page()
    guide.ledger.decisions.put_nowait(True)
    await answer_question(browser, "no")
    await at(session, steps.RESULT)
    await until(session, lambda s: s.result is not None and bool(s.result.accounts[0].name))


async def test_a_whole_recovery_and_its_copies_through_the_forms(
    guide: Guide, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    await recovered(guide, browser)
    page = await browser.page()
    assert "Complete: " in page
    for level in ("full", "short", "hashed"):
        assert (await browser.client.get(f"/report?level={level}")).status_code == 200
    await taken(await browser.post("/go", to="save"))
    await taken(await browser.post("/save/report", level="hashed"))
    await taken(await browser.post("/save/export", format="own", password=PASSWORD, repeated=PASSWORD))
    files = {path.suffix: path for path in guide.folder.iterdir()}
    assert {s.what for s in browser.desk.session.hub.state.saved} == {"report", "pdf", "export"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files.values())
    assert files[".pdf"].read_bytes().startswith(b"%PDF-")
    report = next(path for path in guide.folder.glob("report-*.json"))
    assert main(["report", "verify", str(report)]) == 0
    assert "unaltered" in capsys.readouterr().out
    await taken(await browser.post("/go", to="finish"))
    assert 'data-step="R10"' in await browser.page()


async def test_no_secret_reaches_page_stream_state_or_file(guide: Guide, browser: Browser) -> None:
    await recovered(guide, browser)
    await taken(await browser.post("/save/export", format="own", password=PASSWORD, repeated=PASSWORD))
    key = guide.ledger.secret(IdentityRef(0))
    paths = ("/step", "/report", "/diagnosis")
    pages = [(await browser.client.get(path)).content for path in paths]
    home = guide.settings.wallet.parent.parent
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    told = repr(browser.desk.session.hub.state).encode()
    for where in (*pages, *files, told):
        for secret in (key, key.hex().encode(), key.hex().upper().encode(), PASSWORD.encode()):
            assert secret not in where


async def test_diagnosis_has_no_address_fingerprint_or_credential(guide: Guide, browser: Browser) -> None:
    await recovered(guide, browser)
    text = (await browser.client.get("/diagnosis")).text
    state = browser.desk.session.hub.state
    assert state.result is not None
    assert state.result.accounts[0].address not in text
    assert guide.ledger.fingerprint[:8] not in text
    assert guide.ledger.cred_id(0, 0).hex()[:16] not in text
    assert "Concordium" in text


async def test_the_stream_brings_what_changed_and_ends_with_the_program(browser: Browser) -> None:
    hub = browser.desk.session.hub
    stream = pages_stream(browser)
    first = await anext(stream)
    assert set(first["html"]) == {"progress", "notice", "main", "device", "ask", "grid"}
    assert (first["step"], first["version"]) == ("R0", hub.state.version)
    hub.change(busy="working")
    second = await anext(stream)
    assert set(second["html"]) == {"notice"}
    hub.change(ended=True)
    assert (await anext(stream))["ended"] is True
    assert [left async for left in stream] == []


async def pages_stream(browser: Browser) -> AsyncIterator[dict[str, Any]]:
    """The events as the page's script reads them."""
    pages = pages_of(browser.desk.session)
    async for chunk in pages._stream(-1):
        for line in chunk.splitlines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


@pytest.mark.parametrize("step", [*STEPS, *SIDE_STEPS], ids=lambda s: s.code)
async def test_every_step_has_a_page_and_a_sheet_with_its_code(browser: Browser, step: steps.Step) -> None:
    browser.desk.session.hub.change(step=step)
    page = await browser.page()
    assert f'data-step="{step.code}"' in page
    assert "This program never asks for your recovery words." in page
    sheet = await browser.client.get(f"/sheet/{step.code}")
    assert sheet.status_code == 200
    assert step.code in sheet.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/choose", {"flow": "recover", "sought": WORDS}),
        ("/go", {"to": "node", "nodes": WORDS}),
        ("/save/export", {"format": "own", "password": WORDS, "repeated": WORDS}),
        ("/save/report", {"level": "full", "folder": WORDS}),
        ("/file/open", {"password": WORDS}),
        ("/box/pair", {"offer": WORDS}),
        ("/guard", {"text": WORDS}),
        ("/box/open", {"words": WORDS}),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
async def test_recovery_words_are_refused_in_every_field_and_kept_nowhere(
    guide: Guide, browser: Browser, path: str, fields: dict[str, str]
) -> None:
    before = browser.desk.session.hub.state
    answer = await browser.post(path, **fields)
    assert answer.status_code == 422
    assert answer.json()["code"] == "recovery-words"
    told = f"{answer.json()['sentence']} {answer.json()['hint']}"
    assert WORDS[:30] not in told
    assert browser.desk.session.hub.state == before
    home = guide.settings.wallet.parent.parent
    assert not any(WORDS.encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())


async def test_ordinary_text_passes_the_guard(browser: Browser) -> None:
    await taken(await browser.post("/guard", text="nothing of the kind"))


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/choose", {"flow": "steal"}, "bad-form"),
        ("/choose", {"flow": "recover", "mode": "guess"}, "bad-form"),
        ("/choose", {"flow": "recover", "mode": "private", "deep": "yes"}, "bad-input"),
        ("/choose", {"flow": "recover", "providers": "first"}, "bad-input"),
        ("/choose", {"flow": "recover", "providers": "9999999999"}, "bad-input"),
        ("/choose", {"flow": "recover", "sought": "3kBx2h5Y2veb4hZgAJWPrr8RyQESKm5TjzF3ti1QQ4VSYLwK1X"}, "bad-input"),
        ("/choose", {"flow": "retry"}, "bad-input"),
        ("/answer", {"question": "x", "answer": "yes"}, "bad-form"),
        ("/go", {"to": "finish"}, "bad-input"),
        ("/go", {"to": "node", "nodes": "file:///etc/passwd"}, "bad-input"),
        ("/save/report", {"level": "full"}, "bad-input"),
        ("/save/report", {"level": "none"}, "bad-form"),
        ("/save/export", {"format": "zip", "password": PASSWORD, "repeated": PASSWORD}, "bad-form"),
        ("/save/export", {"format": "own", "password": PASSWORD, "repeated": "other"}, "bad-input"),
        ("/save/backup", {}, "bad-input"),
        ("/file/open", {"password": PASSWORD}, "bad-input"),
        ("/file/apply", {}, "bad-input"),
        ("/box/open", {"words": ""}, "not-words"),
        ("/box/apply", {}, "bad-input"),
        ("/box/pair", {"offer": "nonsense"}, "bad-input"),
        ("/demo/press/left", {}, "bad-form"),
    ],
)
async def test_a_form_that_cannot_be_followed_says_why(
    browser: Browser, path: str, fields: dict[str, str], code: str
) -> None:
    answer = await browser.post(path, **fields)
    assert answer.status_code == 422
    told = answer.json()
    assert (told["code"], bool(told["sentence"]), bool(told["hint"])) == (code, True, True)


async def test_without_script_a_form_leads_to_the_page_or_to_a_page_that_says_why(browser: Browser) -> None:
    form = {"csrf": browser.keys.csrf}
    taken_up = await browser.client.post("/guard", data=form)
    assert (taken_up.status_code, taken_up.headers["location"]) == (303, "/step")
    refused = await browser.client.post("/go", data={**form, "to": "finish"})
    assert refused.status_code == 422
    assert "text/html" in refused.headers["content-type"]
    assert "that is not possible on this page" in refused.text.lower()


async def test_a_report_is_not_there_before_a_run(browser: Browser) -> None:
    answer = await browser.client.get("/report")
    assert answer.status_code == 422
    assert "no report yet" in answer.text


async def test_a_wallet_file_is_planned_and_taken_in_only_then(guide: Guide, browser: Browser) -> None:
    await recovered(guide, browser)
    await taken(await browser.post("/save/export", format="own", password=PASSWORD, repeated=PASSWORD))
    export = next(guide.folder.glob("*export*"))
    guide.settings.wallet.unlink()
    await taken(await browser.post("/choose", flow="file"))
    await upload(browser, export.read_bytes())
    wrong = await browser.post("/file/open", password="not the right one")
    assert wrong.json()["code"] == "wrong-password"
    await taken(await browser.post("/file/open", password=PASSWORD))
    view = browser.desk.session.hub.state.file
    assert view is not None
    assert view.applied is None
    assert view.added > 0
    assert not guide.settings.wallet.exists()
    await taken(await browser.post("/file/apply"))
    after = browser.desk.session.hub.state
    assert after.file is not None
    assert after.file.applied
    assert after.offers.accounts == 1
    assert list(browser.desk.intake.folder.iterdir()) == []


async def test_a_file_that_is_no_wallet_file_is_told_and_leaving_forgets_it(browser: Browser) -> None:
    await taken(await browser.post("/choose", flow="file"))
    await upload(browser, b"no wallet file")
    told = (await browser.post("/file/open", password=PASSWORD)).json()
    assert told["code"] == "not-our-file"
    assert list(browser.desk.intake.folder.iterdir())
    await taken(await browser.post("/go", to="start"))
    assert list(browser.desk.intake.folder.iterdir()) == []
    assert browser.desk.session.hub.state.file is None


async def upload(browser: Browser, data: bytes) -> None:
    answer = await browser.client.post("/file/upload", content=data, headers={"x-csrf": browser.keys.csrf})
    await taken(answer)


async def test_an_export_never_replaces_a_file(guide: Guide, browser: Browser) -> None:
    await recovered(guide, browser)
    for _ in range(2):
        await taken(await browser.post("/save/export", format="own", password=PASSWORD, repeated=PASSWORD))
    names = sorted(path.name for path in guide.folder.iterdir())
    assert len(names) == 2
    assert re.fullmatch(r"[a-z-]+-2\.json", names[0])


@pytest.mark.parametrize("folder", ["relative/place", "/no/such/folder", "~nobody-here/x", "\x00"])
async def test_a_folder_that_is_none_is_refused(guide: Guide, browser: Browser, folder: str) -> None:
    await recovered(guide, browser)
    answer = await browser.post("/save/report", level="full", folder=folder)
    assert answer.json()["code"] == "bad-input"
    assert not guide.folder.exists() or not list(guide.folder.iterdir())


async def test_copies_go_to_a_folder_of_the_persons_choice(guide: Guide, browser: Browser, tmp_path: Path) -> None:
    await recovered(guide, browser)
    chosen = tmp_path / "stick"
    chosen.mkdir()
    await taken(await browser.post("/save/report", level="full", folder=str(chosen)))
    assert {path.suffix for path in chosen.iterdir()} == {".json", ".pdf"}


async def test_two_answers_to_one_question_count_once(browser: Browser) -> None:
    session = browser.desk.session
    await taken(await browser.post("/choose", flow="recover"))
    question = (await asked(session)).question
    assert question is not None
    number = str(question.number)
    answers = await asyncio.gather(*(browser.post("/answer", question=number, answer="yes") for _ in range(3)))
    assert all(answer.json() == {"ok": True} for answer in answers)
    second = (await asked(session)).question
    assert second is not None
    assert second.number == question.number + 1


async def test_two_copies_that_are_saved_at_once_are_two(guide: Guide, browser: Browser) -> None:
    await recovered(guide, browser)
    answers = await asyncio.gather(*(browser.post("/save/report", level="hashed") for _ in range(2)))
    assert [answer.json() for answer in answers] == [{"ok": True}] * 2
    saved = browser.desk.session.hub.state.saved
    assert [one.what for one in saved] == ["report", "pdf"] * 2
    assert len({one.where for one in saved}) == 4
    assert len(list(guide.folder.iterdir())) == 4


async def test_a_pdf_whose_report_was_moved_is_not_replaced(guide: Guide, browser: Browser) -> None:
    await recovered(guide, browser)
    await taken(await browser.post("/save/report", level="full"))
    (report,) = guide.folder.glob("*.json")
    (older,) = guide.folder.glob("*.pdf")
    report.unlink()
    older.write_bytes(b"mine")
    await taken(await browser.post("/save/report", level="full"))
    assert older.read_bytes() == b"mine"
    assert len(list(guide.folder.glob("*.pdf"))) == 2


async def test_a_defect_in_a_form_is_answered_and_logged_without_its_text(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: object, number: int, text: str) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("ledger_recovery.web.run.session.GuideSession.answer", broken)
    answer = await browser.post("/answer", question="1", answer="yes")
    assert answer.status_code == 500
    assert answer.json()["code"] == "defect"
    assert "ZeroDivisionError" in answer.text and "ZeroDivisionError" in caplog.text
    assert "secret" not in answer.text + caplog.text
