"""What a page says that a person can do is exactly what it reacts to."""

from __future__ import annotations

import pytest

from emulator.apps import catalogue
from emulator.apps.contract import ExportView, OpenAppView, PublicKeyView
from emulator.apps.keys import Seed
from emulator.device import screens_bagl, screens_nbgl
from emulator.device.models import MODELS
from emulator.device.offers import Offer, offers
from emulator.device.screens import Button, Effect, Flow, Page, Swipe
from tests.support.device import EmulatedDevice

SEED = Seed.from_text("hex:" + "07" * 32)
VIEWS = (ExportView("Recover credentials", " ID#3"), OpenAppView("Concordium"), PublicKeyView("ID#3"))


def _flows(name: str) -> dict[str, Flow]:
    model = MODELS[name]
    drawing = screens_nbgl if model.touch else screens_bagl
    flows = {type(view).__name__: drawing.review(view, model) for view in VIEWS}
    for app in ("concordium-5.1.3", "dashboard"):
        flows[app] = drawing.home(catalogue.start_app(app, SEED, ["Concordium", "Bitcoin"]).home, model)
    return flows | {"locked": drawing.locked(model)}


def _acts(page: Page, offer: Offer) -> Effect | None:
    kind, _, detail = str(offer["do"]).partition("-")
    if kind == "press":
        return page.on_button(Button[detail.upper()])
    if kind == "swipe":
        return page.on_swipe(Swipe[detail.upper()])
    point = int(offer["x"]), int(offer["y"])
    return page.on_hold(point) if kind == "hold" else page.on_tap(point)


@pytest.mark.parametrize("model", MODELS)
def test_every_offer_acts_and_every_effect_is_offered(model: str) -> None:
    for name, flow in _flows(model).items():
        for page in flow.pages:
            reached = [_acts(page, offer) for offer in offers(page)]
            assert None not in reached, name
            assert set(reached) == {effect for _, effect in page.inputs}, name


def test_controls_bear_the_words_on_them_in_the_order_of_reading() -> None:
    approve = _flows("stax")["ExportView"].pages[2]
    assert [(o["do"], o.get("label")) for o in offers(approve)] == [
        ("swipe-right", None),
        ("hold", "Hold to sign"),
        ("tap", "Reject"),
    ]
    home = _flows("flex")["concordium-5.1.3"].pages[0]
    assert [(o["do"], o.get("label")) for o in offers(home)] == [("tap", ""), ("tap", "Quit app")]


def test_the_screen_over_rest_follows_the_device(device: EmulatedDevice) -> None:
    shown = device.client.get("/x/screen").json()
    assert shown["texts"] == device.screen()
    assert (shown["model"], shown["touch"], shown["width"], shown["height"]) == ("nanosp", False, 128, 64)
    device.lock()
    locked = device.client.get("/x/screen").json()
    assert locked["texts"] == ["Device is locked", "Enter PIN code"]
    assert locked["offers"] == [{"do": "press-both"}]
