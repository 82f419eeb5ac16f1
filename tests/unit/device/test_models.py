"""Models: by product id, by screen, and how each is operated."""

from __future__ import annotations

import pytest

from ledger_recovery.device.wire.models import (
    EMULATOR,
    UNKNOWN,
    Controls,
    controls_of,
    model_name,
    model_of,
    model_of_screen,
)


@pytest.mark.parametrize(
    ("product_id", "model"),
    [
        (0x0001, "nanos"), (0x1011, "nanos"), (0x0004, "nanox"), (0x4015, "nanox"), (0x0005, "nanosp"),
        (0x5011, "nanosp"), (0x0006, "stax"), (0x6011, "stax"), (0x7011, "flex"), (0x8000, "apex"),
        (0x0007, UNKNOWN), (0x2011, UNKNOWN),
    ],
)  # fmt: skip
def test_only_the_high_byte_of_a_product_id_names_the_model(product_id: int, model: str) -> None:
    assert model_of(product_id) == model


@pytest.mark.parametrize(
    ("model", "controls"),
    [
        ("nanos", Controls.BUTTONS), ("nanox", Controls.BUTTONS), ("nanosp", Controls.BUTTONS),
        ("stax", Controls.TOUCH), ("flex", Controls.TOUCH), ("apex", Controls.TOUCH),
        (EMULATOR, Controls.UNKNOWN), (UNKNOWN, Controls.UNKNOWN),
    ],
)  # fmt: skip
def test_how_a_person_answers(model: str, controls: Controls) -> None:
    assert controls_of(model) is controls


@pytest.mark.parametrize(
    ("size", "model"),
    [
        ((400, 672), "stax"), ((480, 600), "flex"), ((128, 64), "nanosp"), ((128, 32), "nanos"),
        ((64, 128), EMULATOR), ((0, 0), EMULATOR),
    ],
)  # fmt: skip
def test_the_screen_tells_an_emulators_model(size: tuple[int, int], model: str) -> None:
    assert model_of_screen(*size) == model


def test_names_are_those_on_the_box() -> None:
    assert model_name("nanosp") == "Nano S Plus"
    assert model_name("some newer one") == "Ledger"
