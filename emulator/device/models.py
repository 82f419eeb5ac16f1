"""The four device models: size and kind of screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """One device model.

    :param name: Speculos' name of it
    :param font: the large font, by its name in fonts.json
    :param line_width: widest line of a value, in pixels
    :param touch: fingers instead of two buttons
    """

    name: str
    title: str
    width: int
    height: int
    font: str
    line_width: int
    touch: bool


MODELS = {
    model.name: model
    for model in (
        Model("nanosp", "Nano S Plus", 128, 64, "open-sans-11", 113, touch=False),
        Model("nanox", "Nano X", 128, 64, "open-sans-11", 113, touch=False),
        Model("stax", "Stax", 400, 672, "inter-32", 352, touch=True),
        Model("flex", "Flex", 480, 600, "inter-36", 416, touch=True),
    )
}
DEFAULT_MODEL = "nanosp"
