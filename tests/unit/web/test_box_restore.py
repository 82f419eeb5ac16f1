"""A backup restored through the page: what is shown before anything is written, refusals, and words left nowhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from ledger_recovery.backup.client import ClientTiming
from ledger_recovery.backup.word_list import word_list
from ledger_recovery.secret import SecretBytes
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import FileView
from tests.support.backups.computer import Computer, bare_computer
from tests.support.backups.planted import Planted
from tests.support.box_double import hang, reply
from tests.support.hostile_box import BUNDLE, HEAD, HostileBox, bundle_reply
from tests.unit.web.box_world import Saved, box_of, browser_of, leaks_in, link_of, overheard, saved
from tests.unit.web.conftest import Browser

IMPATIENT = ClientTiming(connect=10, silence=0.2, short=1, long=1, attempts=1, first_wait=0, longest_wait=0)
PATIENT = ClientTiming(connect=60, silence=60, short=60, long=60, attempts=1, first_wait=0, longest_wait=0)


@pytest.fixture(scope="module", name="made")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return saved(tmp_path_factory.mktemp("made"))


@pytest.fixture
async def box(made: Saved, tmp_path: Path) -> AsyncIterator[HostileBox]:
    async with box_of(made, tmp_path) as open_box:
        yield open_box


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """Without a wallet."""
    return bare_computer(tmp_path / "new")


@pytest.fixture
async def page(computer: Computer) -> AsyncIterator[Browser]:
    async with browser_of(computer) as browser:
        yield browser


async def taken(answer: httpx.Response) -> None:
    assert answer.json() == {"ok": True}, answer.text


async def paired(page: Browser, box: HostileBox) -> None:
    await taken(await page.post("/choose", flow="box"))
    assert "Pairing link or code" in await page.page()
    await taken(await page.post("/box/pair", offer=link_of(box)))
    assert "The 24 words of your backup" in await page.page()


def shown(page: Browser) -> FileView | None:
    return page.desk.session.hub.state.file


def held(page: Browser) -> SecretBytes | None:
    return page.desk.intake._held


async def test_a_backup_is_shown_and_then_restored(
    page: Browser, box: HostileBox, made: Saved, computer: Computer
) -> None:
    await paired(page, box)
    await taken(await page.post("/box/open", words=made.words))
    text = await page.page()
    assert "This is in the backup" in text
    assert "Hostile, generation 2 of " in text and "2 identities, 2 accounts" in text
    assert "Restore it" in text and "Restore the older backup" not in text
    assert computer.entries() == frozenset(), "nothing is written before the consent"
    await taken(await page.post("/box/apply"))
    text = await page.page()
    assert "The backup is restored" in text
    assert "From now on this computer saves under these words, by itself." in text
    state = page.desk.session.hub.state
    assert state.offers.accounts == 2 and "2 accounts" not in text
    assert state.backup.kind == "saved"
    assert computer.entries() == made.maker.entries() != frozenset()
    assert held(page) is None
    assert any(asked.startswith("PUT") and asked.endswith("/3") for asked in box.asked), "what was merged is saved"


async def test_a_wallet_that_has_it_all_is_told_and_can_go_on_with_the_words(
    page: Browser, box: HostileBox, made: Saved
) -> None:
    await paired(page, box)
    for _ in range(2):
        await taken(await page.post("/box/open", words=made.words))
        await taken(await page.post("/box/apply"))
        await taken(await page.post("/choose", flow="box"))
    await taken(await page.post("/box/open", words=made.words))
    text = await page.page()
    assert "The wallet holds all of it already" in text and "Go on with this backup" in text


async def test_words_are_in_no_page_state_log_or_file(
    box: HostileBox, made: Saved, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    planted, answers = Planted(), []
    planted.words(made.words, "the backup")
    planted.words(made.strangers, "a stranger")
    with overheard() as heard:
        async with browser_of(bare_computer(tmp_path / "new")) as page:
            page.client.event_hooks["request"].append(_no_secret_in_the_url(planted))
            await paired(page, box)
            spoilt = made.words.replace(made.words.split()[4], "nosuchword")
            for words in (spoilt, made.strangers, made.words):
                answers.append(await page.post("/box/open", words=words))
            await page.page()
            answers.append(await page.post("/box/apply"))
            heard.take(page.desk.session.hub.state)
    texts = [*heard.texts, *(a.text for a in answers), caplog.text]
    found = [leak for text in texts for leak in planted.leaks(text.encode(), "shown")]
    assert found + leaks_in(tmp_path / "new", planted) == []
    assert len(texts) > 10
    assert "nosuchword" not in "".join(texts)
    assert list(planted.leaks(f"see: {made.words}".encode(), "here")), "the search itself finds them"


def _no_secret_in_the_url(planted: Planted) -> Callable[[httpx.Request], object]:
    async def look(request: httpx.Request) -> None:
        seen = f"{request.url}{request.headers}".encode()
        assert list(planted.leaks(seen, "request")) == []

    return look


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


Told = tuple[Callable[[HostileBox, Saved], object], Callable[[Saved], str], str, str]
REFUSALS: dict[str, Told] = {
    "another's words": (
        lambda box, made: box.kept.bundles.clear(),
        lambda made: made.strangers,
        "the Box holds no generation of their backup yet",
        "choose “Another Box”",
    ),
    "a Box that knows nothing of them": (
        lambda box, made: box.lie(HEAD, reply(404, {"code": "no-such-backup", "sentence": "no"})),
        lambda made: made.words,
        "this Box has no backup for these words",
        "choose “Another Box”",
    ),
    "a computer that the Box forgot": (
        lambda box, made: box.lie(HEAD, reply(401, {"code": "unauthorised", "sentence": "no"})),
        lambda made: made.words,
        "the Box does not know this computer any more",
        "under “Another Box”",
    ),
    "a Box that gives somebody else's backup": (
        lambda box, made: None,
        lambda made: made.strangers,
        "belongs to other words",
        "",
    ),
    "a Box that gives a damaged one": (
        lambda box, made: box.kept.bundles.update({2: _flipped(box.kept.bundles[2])}),
        lambda made: made.words,
        "does not fit the digest",
        "",
    ),
    "a Box that gives an older one as the newest": (
        lambda box, made: box.lie(BUNDLE, bundle_reply(made.bundles[1])),
        lambda made: made.words,
        "generation 2 was asked for, and this is generation 1",
        "",
    ),
    "a Box out of order": (
        lambda box, made: box.lie(HEAD, reply(500, b"oops")),
        lambda made: made.words,
        "status 500",
        "",
    ),
    "a word that is none": (
        lambda box, made: None,
        lambda made: " ".join([*made.words.split()[:23], "qqqq"]),
        "word 24 is not a word of the list",
        "Compare",
    ),
    "two words exchanged": (
        lambda box, made: None,
        lambda made: " ".join([*made.words.split()[22:], *made.words.split()[:22]]),
        "they do not belong together",
        "",
    ),
    "too few words": (
        lambda box, made: None,
        lambda made: " ".join(made.words.split()[:20]),
        "20 of 24 words are there",
        "",
    ),
    "the words of a Ledger": (
        lambda box, made: None,
        lambda made: " ".join(word_list()[300:312]),
        "look like the recovery words of a Ledger",
        "stop",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_what_cannot_be_opened_has_its_own_sentence_and_changes_nothing(
    page: Browser, box: HostileBox, made: Saved, computer: Computer, case: str
) -> None:
    await paired(page, box)
    lie, words, sentence, hint = REFUSALS[case]
    lie(box, made)
    before = computer.everything()
    answer = await page.post("/box/open", words=words(made))
    assert answer.status_code == 422
    assert sentence in answer.json()["sentence"]
    assert hint in answer.json()["hint"] and "ledger-recovery backup" not in answer.json()["hint"]
    assert (shown(page), held(page)) == (None, None)
    assert page.desk.session.hub.state.busy == ""
    assert computer.everything() == before
    assert "The 24 words of your backup" in await page.page(), "the person can try again"


async def test_an_older_backup_needs_a_consent_of_its_own(
    page: Browser, box: HostileBox, made: Saved, computer: Computer
) -> None:
    await paired(page, box)
    await taken(await page.post("/box/open", words=made.words))
    await taken(await page.post("/box/apply"))
    await taken(await page.post("/choose", flow="box"))
    box.lie(HEAD, reply(200, box.kept.head(1)))
    await taken(await page.post("/box/open", words=made.words))
    text = await page.page()
    assert "The Box gave an older backup than this computer has already seen." in text
    assert "Restore the older backup" in text
    before = computer.everything()
    refused = await page.post("/box/apply")
    assert refused.json()["code"] == "rolled-back"
    assert "tick “Restore the older backup”" in refused.json()["hint"]
    assert computer.everything() == before
    await taken(await page.post("/box/apply", accept_older="yes"))
    assert "The backup is restored" in await page.page()


async def test_a_box_that_falls_silent_is_told_and_leaves_nothing_behind(
    box: HostileBox, made: Saved, tmp_path: Path
) -> None:
    computer = bare_computer(tmp_path / "new")
    computer.timing = IMPATIENT
    async with browser_of(computer) as page:
        await paired(page, box)
        box.lie(HEAD, hang)
        answer = await page.post("/box/open", words=made.words)
        assert "silent" in answer.json()["sentence"] or "did not finish" in answer.json()["sentence"]
        assert held(page) is None


async def test_going_back_does_not_wait_for_a_box_that_says_nothing(
    box: HostileBox, made: Saved, tmp_path: Path
) -> None:
    computer = bare_computer(tmp_path / "new")
    computer.timing = PATIENT
    async with browser_of(computer) as page:
        await paired(page, box)
        asked = asyncio.Event()

        async def silent(*_: object) -> None:
            asked.set()
            await asyncio.Event().wait()

        box.lie(HEAD, silent)
        opening = asyncio.create_task(page.post("/box/open", words=made.words))
        await asked.wait()
        assert "Asking the Box" in await page.page()
        await taken(await page.post("/go", to="start"))
        answer = await opening
        assert (answer.status_code, answer.json()["code"]) == (422, "cancelled")
        assert page.desk.session.hub.state.step is steps.START
        assert (shown(page), held(page), page.desk.session.hub.state.busy) == (None, None, "")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/go", {"to": "start"}),
        ("/choose", {"flow": "file"}),
        ("/choose", {"flow": "box"}),
        ("/choose", {"flow": "recover"}),
    ],
)
async def test_leaving_the_page_wipes_the_words(
    page: Browser, box: HostileBox, made: Saved, path: str, fields: dict[str, str]
) -> None:
    await paired(page, box)
    await taken(await page.post("/box/open", words=made.words))
    words = held(page)
    assert words is not None and shown(page) is not None
    await taken(await page.post(path, **fields))
    assert (held(page), shown(page), len(words)) == (None, None, 0)
    assert (await page.post("/box/apply")).json()["code"] == "bad-input"


async def test_closing_the_page_wipes_the_words_as_well(page: Browser, box: HostileBox, made: Saved) -> None:
    await paired(page, box)
    await taken(await page.post("/box/open", words=made.words))
    words = held(page)
    page.desk.leave()
    page.desk.leave()
    assert words is not None and len(words) == 0
    assert "The 24 words of your backup" in await page.page()


async def test_ending_the_program_wipes_the_words(box: HostileBox, made: Saved, tmp_path: Path) -> None:
    async with browser_of(bare_computer(tmp_path / "new")) as page:
        await paired(page, box)
        await taken(await page.post("/box/open", words=made.words))
        words = held(page)
    assert words is not None and len(words) == 0
