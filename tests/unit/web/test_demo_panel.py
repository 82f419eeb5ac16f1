"""The panel of a demo: read strictly, and a hand that does on the emulated Ledger what its controls say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.web.pages.demo_screen import BUTTONS, MOST_CONTROLS, MOST_WORDS, Control, DemoScreen, read_screen
from ledger_recovery.web.server.app import Pages
from ledger_recovery.web.server.demo_panel import DemoPanel
from ledger_recovery.web.server.desk import Desk
from tests.support.device import EmulatedDevice, emulated_device
from tests.unit.web.conftest import PORT, Browser, client_of

TOLD = {
    "version": 1,
    "model": "stax",
    "touch": True,
    "width": 400,
    "height": 672,
    "texts": ["Recover credentials", " ID#3", " "],
    "offers": [
        {"do": "swipe-left"},
        {"do": "hold", "label": "Hold to sign", "x": 200, "y": 516},
        {"do": "tap", "label": "", "x": 348, "y": 56},
        {"do": "tap", "label": "", "x": 200, "y": 336},
    ],
}


def read(**changes: object) -> DemoScreen | None:
    return read_screen(json.dumps({**TOLD, **changes}).encode())


def test_a_screen_has_words_and_a_named_control_for_all_that_a_finger_does() -> None:
    screen = read()
    assert screen is not None
    assert screen.words == ("Recover credentials", "ID#3")
    assert screen.text == "The emulated Ledger shows: Recover credentials, ID#3"
    assert [(one.press, one.name, one.x, one.y) for one in screen.controls] == [
        ("swipe-left", "Swipe left", None, None),
        ("hold", "Hold “Hold to sign”", 200, 516),
        ("tap", "Tap at the top right", 348, 56),
        ("tap", "Tap in the middle", 200, 336),
    ]
    assert screen.size == (400, 672)
    assert len({one.key for one in screen.controls}) == 4


def test_a_nano_has_its_two_buttons_whatever_it_shows() -> None:
    screen = read(model="nanosp", touch=False, width=128, height=64, offers=[{"do": "press-right"}])
    assert screen is not None
    assert screen.controls == BUTTONS
    assert screen.size == (256, 128)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 0.5},
        {"width": True},
        {"height": -1},
        {"width": 10**9},
        {"texts": None},
        {"offers": {"do": "tap"}},
        {"offers": [{"label": "x"}]},
        {"offers": [{"do": "tap", "label": "x", "x": 400, "y": 0}]},
        {"offers": ["tap"]},
    ],
    ids=str,
)
def test_what_is_no_screen_is_not_shown(changes: dict[str, object]) -> None:
    assert read(**changes) is None


def test_what_is_shown_is_bounded_and_clean() -> None:
    many = [{"do": "tap", "label": f"a\x1b[2J{n}" * 99, "x": 1, "y": 1} for n in range(999)]
    screen = read(texts=["\u202ex" * 999] * 999, offers=many)
    assert screen is not None
    assert len(screen.words) == MOST_WORDS
    assert len(screen.controls) <= MOST_CONTROLS
    everything = "".join((*screen.words, *(one.name for one in screen.controls)))
    assert everything.isprintable()
    assert len(everything) < 10_000


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_answer_of_the_emulator_breaks_the_page(data: bytes) -> None:
    assert read_screen(data) is None


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(TOLD)), st.none() | st.integers() | st.lists(st.text() | st.integers())))
def test_no_field_of_an_answer_breaks_the_page(changes: dict[str, object]) -> None:
    screen = read(**changes)
    assert screen is None or screen.text.isprintable()


# --- on the emulator ---


@pytest.fixture(scope="module", params=["stax", "flex"])
def touch(request: pytest.FixtureRequest) -> Iterator[EmulatedDevice]:
    with emulated_device(model=request.param, after_exit="dashboard") as device:
        yield device


@pytest.fixture(scope="module")
def nano() -> Iterator[EmulatedDevice]:
    with emulated_device(model="nanosp", after_exit="dashboard") as device:
        yield device


async def shown(panel: DemoPanel) -> DemoScreen:
    screen = await panel.look()
    assert screen is not None
    return screen


async def use(panel: DemoPanel, name: str) -> DemoScreen:
    """Use a control by its name, as the page's form does."""
    control = next(one for one in (await shown(panel)).controls if one.name == name)
    assert await panel.press(control.press, fields_of(control))
    return await shown(panel)


def fields_of(control: Control) -> dict[str, str]:
    return {} if control.x is None else {"x": str(control.x), "y": str(control.y)}


async def test_every_named_control_of_a_touch_screen_does_what_it_says(touch: EmulatedDevice) -> None:
    touch.replug(app="concordium-5.1.3", locked=True)
    panel = DemoPanel(touch.api)
    assert "Device is locked" in (await shown(panel)).words
    assert "Quit app" in (await use(panel, "Tap “Enter PIN code”")).words
    request = asyncio.create_task(asyncio.to_thread(touch.exchange, "e0050001080000000000000000"))
    await asyncio.to_thread(touch.wait_for_prompt)
    first = await shown(panel)
    second = await use(panel, "Swipe left")
    assert second.words != first.words
    assert replace(await use(panel, "Swipe right"), controls=()) == replace(first, controls=())
    await use(panel, "Swipe left")
    assert "Reject operation?" in (await use(panel, "Tap “Reject”")).words
    assert (await use(panel, "Tap “Go back to operation”")).words == second.words
    last = await use(panel, "Swipe left")
    assert "Hold to sign" in last.words
    after = await use(panel, "Hold “Hold to sign”")
    assert after.words != last.words
    assert (await request).endswith("9000")


async def test_the_picture_is_a_png_of_the_size_that_is_told(touch: EmulatedDevice) -> None:
    panel = DemoPanel(touch.api)
    screen, picture = await shown(panel), await panel.picture()
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == screen.size


async def test_the_buttons_of_a_nano_go_on_and_back(nano: EmulatedDevice) -> None:
    nano.replug(app="concordium-5.1.3", locked=True)
    panel = DemoPanel(nano.api)
    home = await use(panel, "Both")
    assert "Device is locked" not in home.words
    assert (await use(panel, "Right")).words != home.words
    assert (await use(panel, "Left")).words == home.words


@pytest.mark.parametrize(
    ("button", "fields"),
    [
        ("middle", {}),
        ("tap", {}),
        ("tap", {"x": "-1", "y": "5"}),
        ("hold", {"x": "1", "y": "99999"}),
        ("tap", {"x": "٣", "y": "1"}),
        ("swipe-left", {}),
        ("../x/quit", {}),
    ],
)
async def test_a_hand_does_nothing_else(nano: EmulatedDevice, button: str, fields: dict[str, str]) -> None:
    panel = DemoPanel(nano.api)
    before = await shown(panel)
    assert not await panel.press(button, fields)
    assert await shown(panel) == before


async def test_without_a_device_there_is_nothing_to_see() -> None:
    panel = DemoPanel("http://127.0.0.1:1")
    assert await panel.look() is None
    assert await panel.picture() == b""
    assert not await panel.press("swipe-left", {})


# --- through the routes ---


async def test_the_panel_is_part_of_the_page_and_works_by_plain_forms(browser: Browser, nano: EmulatedDevice) -> None:
    nano.replug(app="concordium-5.1.3", locked=True)
    pages = _pages(browser, DemoPanel(nano.api))
    async with client_of(pages) as client:
        page = (await client.get("/step")).text
        assert 'alt="The emulated Ledger shows: Device is locked, Enter PIN code" width="256" height="128"' in page
        answer = await client.post("/demo/press/both", data={"csrf": pages.keys.csrf})
        assert (answer.status_code, answer.headers["location"]) == (303, "/step")
        assert "Device is locked" not in (await client.get("/step")).text
        look = (await client.get("/demo/look")).json()
        assert look["pixels"] == [128, 64]
        assert 'action="/demo/press/right"' in look["buttons"]
        assert (await client.get("/demo/screen.png")).headers["content-type"] == "image/png"
        wrong = await client.post("/demo/press/middle", data={"csrf": pages.keys.csrf})
        assert wrong.status_code == 422


async def test_a_demo_that_still_starts_has_a_page_and_an_empty_panel(browser: Browser) -> None:
    pages = _pages(browser, None)
    pages.desk = asyncio.get_running_loop().create_future()
    async with client_of(pages) as client:
        assert "It is starting." in (await client.get("/step")).text
        assert (await client.get("/demo/look")).status_code == 204
        assert (await client.get("/demo/screen.png")).status_code == 404
        assert (await client.post("/demo/press/both", data={"csrf": pages.keys.csrf})).status_code == 422


def _pages(browser: Browser, panel: DemoPanel | None) -> Pages:
    desk: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()
    desk.set_result(replace(browser.desk, panel=panel))
    return Pages(browser.desk.session.hub, desk, browser.keys, PORT, demo=True, quit_program=lambda: None)
