"""Version to format, and the texts that the person compares, against what the real apps drew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.device.apps.concordium import Purpose, Target
from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.formats import WireFormat, identify
from ledger_recovery.device.apps.screens import export_screen, target_text, verify_screen
from ledger_recovery.device.wire.models import Controls, controls_of, model_name, model_of, model_of_screen
from ledger_recovery.errors import AppTooOld, AppUnknown, InputError, WrongApp

TRANSCRIPTS = Path(__file__).parents[2] / "vectors" / "device-transcripts"
V4, V5 = WireFormat.V4, WireFormat.V5


@pytest.mark.parametrize(
    ("version", "wire_format"), [("4.0.0", V4), ("4.1.2", V4), ("5.0.0", V5), ("5.1.3", V5), ("5.2.0-dev", V5)]
)
def test_known_versions(version: str, wire_format: WireFormat) -> None:
    identity = identify(OpenApp("Concordium", version))
    assert identity.wire_format is wire_format
    assert str(identity) == f"Concordium {version}"


@pytest.mark.parametrize("version", ["3.0.1", "0.9.9", "1.0.0"])
def test_old_versions_are_refused_even_with_an_override(version: str) -> None:
    with pytest.raises(AppTooOld, match=version):
        identify(OpenApp("Concordium", version), V4)


@pytest.mark.parametrize("version", ["6.0.0", "10.0.0", "5", "5.1", "v5.1.3", "5.1.3.4", "٥.1.3", "unknown"])
def test_unknown_versions_are_refused_unless_a_person_names_the_format(version: str) -> None:
    with pytest.raises(AppUnknown, match="are not known") as caught:
        identify(OpenApp("Concordium", version))
    assert "--allow-format" in caught.value.hint
    assert identify(OpenApp("Concordium", version), V5).wire_format is V5


def test_an_override_never_overrules_the_table() -> None:
    assert identify(OpenApp("Concordium", "5.1.3"), V4).wire_format is V5
    assert identify(OpenApp("Concordium", "4.1.2"), V5).wire_format is V4


def test_another_app_is_named() -> None:
    with pytest.raises(WrongApp, match=r"Bitcoin app 2\.2\.1"):
        identify(OpenApp("Bitcoin", "2.2.1"))


def test_formats_by_name() -> None:
    assert WireFormat.named(" V5 ") is V5
    with pytest.raises(InputError, match="v6"):
        WireFormat.named("v6")


def recorded_exports() -> list[tuple[WireFormat, dict[str, Any]]]:
    found = []
    for name, wire_format in (("4.1.2", V4), ("5.1.3", V5)):
        document = json.loads((TRANSCRIPTS / f"concordium-{name}-nanosp.json").read_text())
        found += [(wire_format, entry) for entry in document["exchanges"] if entry["request"].startswith("e005")]
    return found


@pytest.mark.parametrize(("wire_format", "entry"), recorded_exports())
def test_the_expected_screen_is_the_recorded_one(wire_format: WireFormat, entry: dict[str, Any]) -> None:
    """The screen reader cuts a leading blank off as a text of its own; declines were recorded one page further."""
    request = bytes.fromhex(entry["request"])
    identity = int.from_bytes(request[-4:], "big")
    provider = int.from_bytes(request[6:10], "big") if len(request) == 14 else None
    screen = export_screen("nanosp", wire_format, Purpose(request[2]), Target(identity, provider))
    recorded = [[text for text in page if text != " "] for page in entry["screens"]]
    assert [[text.strip() for text in page] for page in screen.pages] == recorded[: len(screen.pages)]
    assert screen.check in recorded[0]
    assert screen.title == recorded[0][0]


@pytest.mark.parametrize(
    ("target", "wire_format", "text"),
    [
        (Target(3), V4, "ID #3"),
        (Target(3), V5, " ID#3"),
        (Target(345, 12), V5, "IDP#12 ID#345"),
        (Target(2**31 - 1), V5, " ID#2147483647"),
    ],
)
def test_the_text_of_an_identity(target: Target, wire_format: WireFormat, text: str) -> None:
    assert target_text(target, wire_format) == text


@pytest.mark.parametrize("model", ["stax", "flex", "apex"])
def test_touch_models_are_swiped_and_held(model: str) -> None:
    """Texts as measured on Stax and Flex with app 5.1.3, without Reject and the page counter."""
    screen = export_screen(model, V5, Purpose.RECOVER, Target(7))
    assert screen.pages == (
        ("Export Private Key", "Swipe to review"),
        ("Recover credentials", " ID#7"),
        ("Accept", "Hold to sign"),
    )
    assert "swipe" in screen.press[0]
    assert "ID#7" in screen.press[1]
    assert "hold" in screen.press[2]


@pytest.mark.parametrize("model", ["nanos", "nanosp", "nanox", "stax", "flex", "apex", "emulator", "unknown"])
def test_every_page_has_one_instruction(model: str) -> None:
    export = export_screen(model, V5, Purpose.RECOVER, Target(1, 2))
    verify = verify_screen(model, Target(1), 2, "3LK7HGYoiPWQ")
    for screen in (export, verify):
        assert len(screen.pages) == len(screen.press)
        assert screen.model == model
    assert verify.check == "3LK7HGYoiPWQ"
    assert any("1/2" in page for page in verify.pages)


def test_a_verify_screen_without_a_known_address_and_under_a_provider() -> None:
    screen = verify_screen("nanosp", Target(4, 3), 5, "")
    assert screen.pages == (("Verify Address", "3/4/5"), ("Address",), ("Approve",))
    assert screen.check == "3/4/5"


@pytest.mark.parametrize(
    ("product_id", "model"),
    [
        (0x1011, "nanos"),
        (0x4011, "nanox"),
        (0x5011, "nanosp"),
        (0x5000, "nanosp"),
        (0x6011, "stax"),
        (0x7011, "flex"),
        (0x8011, "apex"),
        (0x0001, "nanos"),
        (0x0004, "nanox"),
        (0x9911, "unknown"),
        (0x0000, "unknown"),
    ],
)
def test_models_by_product_id(product_id: int, model: str) -> None:
    assert model_of(product_id) == model


def test_models_by_screen_and_their_controls() -> None:
    assert model_of_screen(400, 672) == "stax"
    assert model_of_screen(480, 600) == "flex"
    assert model_of_screen(128, 64) == "nanosp"
    assert model_of_screen(1, 1) == "emulator"
    assert controls_of("emulator") is Controls.UNKNOWN
    assert model_name("nanosp") == "Nano S Plus"
    assert model_name("martian") == "Ledger"
