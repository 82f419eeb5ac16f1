"""Pictures of the device: the exact texts, the marked control, and markup that no text can break."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.apps.concordium import Purpose, Target
from ledger_recovery.device.apps.evm_screens import address_screen
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.apps.screens import export_screen, verify_screen
from ledger_recovery.device.interaction import DeviceState, ExpectedScreen
from ledger_recovery.web.pages.picture import MODEL_NAMES, Gesture, draw, gesture_of, picture_of, state_picture

MODELS = (*MODEL_NAMES, "emulator", "unknown")


def _texts(svg: str) -> str:
    return " ".join(text.text or "" for text in ElementTree.fromstring(svg).iter("text"))  # noqa: S314


def _marks(svg: str) -> int:
    return svg.count("pressed") + svg.count('class="dev-mark"') + svg.count('class="dev-finger"')


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("wire", WireFormat)
def test_every_page_shows_its_exact_texts(model: str, wire: WireFormat) -> None:
    screen = export_screen(model, wire, Purpose.RECOVER, Target(7))
    picture = picture_of(screen)
    assert len(picture.pages) == len(screen.pages)
    for page, lines in zip(picture.pages, screen.pages, strict=True):
        assert page.shown == tuple(line.strip() for line in lines)
        assert _texts(page.svg).split() == " ".join(lines).split()
    assert screen.check in picture.sentence and all(press in picture.sentence for press in screen.press)


@pytest.mark.parametrize("model", list(MODEL_NAMES))
def test_every_page_of_a_known_model_marks_what_to_press(model: str) -> None:
    picture = picture_of(export_screen(model, WireFormat.V5, Purpose.RECOVER, Target(0)))
    assert all(_marks(page.svg) for page in picture.pages)
    assert _marks(picture.pages[-1].svg) == (2 if model in ("nanos", "nanosp") else 4 if model == "nanox" else 1)


def test_a_model_that_is_not_known_is_drawn_without_controls() -> None:
    picture = picture_of(export_screen("unknown", WireFormat.V5, Purpose.RECOVER, Target(0)))
    assert [_marks(page.svg) for page in picture.pages] == [0, 0]


@pytest.mark.parametrize(
    ("press", "model", "gesture"),
    [
        ("press the right button", "nanosp", Gesture.RIGHT),
        ("compare 'ID#3', then press the right button; if it differs, choose Decline", "nanox", Gesture.RIGHT),
        ("press both buttons", "nanos", Gesture.BOTH),
        ("swipe to the left", "stax", Gesture.SWIPE),
        ("compare 'ID#3', then swipe to the left; if it differs, tap Reject", "flex", Gesture.SWIPE),
        ("hold the button until it is full", "apex", Gesture.HOLD),
        ("tap Approve", "stax", Gesture.TAP),
        ("press both buttons, or hold Accept", "unknown", Gesture.BOTH),
        ("", "nanosp", Gesture.LOOK),
    ],
)
def test_the_instruction_names_the_gesture(press: str, model: str, gesture: Gesture) -> None:
    assert gesture_of(press, model) is gesture


def test_an_address_is_drawn_whole_in_rows() -> None:
    address = "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6"
    page = picture_of(verify_screen("nanosp", Target(0), 0, address)).pages[1]
    assert address in _texts(page.svg).replace(" ", "")


@given(st.sampled_from(MODELS), st.lists(st.text(max_size=200), max_size=6), st.sampled_from(list(Gesture)))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_markup(model: str, lines: list[str], gesture: Gesture) -> None:
    printable = tuple("".join(c for c in line if c.isprintable() and c not in "\ufffe\uffff") for line in lines)
    svg = draw(model, printable, gesture)
    tags = {e.tag for e in ElementTree.fromstring(svg).iter()}  # noqa: S314
    assert tags <= {"svg", "rect", "circle", "path", "text"}
    assert "style=" not in svg.partition(">")[0]


@pytest.mark.parametrize("state", DeviceState)
@pytest.mark.parametrize("model", MODELS)
def test_every_state_has_a_picture(model: str, state: DeviceState) -> None:
    svg = state_picture(model, state, "Concordium")
    assert svg.startswith("<svg") and 'aria-hidden="true"' in svg
    assert ("Concordium" in svg) == (state in (DeviceState.DASHBOARD, DeviceState.WRONG_APP, DeviceState.APP_EXITED))


def test_a_screen_without_pages_has_no_sentence() -> None:
    assert picture_of(ExpectedScreen("", "nanosp", (), (), "")).sentence == ""


@pytest.mark.parametrize("model", MODELS)
def test_an_address_is_cut_into_equal_rows_that_fit_the_screen(model: str) -> None:
    address = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"
    rows = [text.text or "" for text in ElementTree.fromstring(draw(model, (address,), Gesture.LOOK)).iter("text")]  # noqa: S314
    assert "".join(rows) == address
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("chain_id", [None, 1, 31337])
def test_an_address_check_is_pictured_page_by_page(model: str, chain_id: int | None) -> None:
    screen = address_screen(model, "Ethereum", "0x" + "Ab" * 20, chain_id)
    picture = picture_of(screen)
    assert [page.shown for page in picture.pages] == list(screen.pages)
    assert screen.check in picture.sentence and all(press in picture.sentence for press in screen.press)
