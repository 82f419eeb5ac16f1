"""[pure] Ledger models by USB product id, and how each is operated.

The product id is MMII: the model, then interface bits that change with the open app, so only MM identifies.
Sources: ledgerjs packages/devices/src/index.ts, HWI hwilib/devices/ledger.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType

LEDGER_VENDOR_ID = 0x2C97
UNKNOWN = "unknown"
EMULATOR = "emulator"

_BY_HIGH_BYTE: Mapping[int, str] = MappingProxyType(
    {0x10: "nanos", 0x40: "nanox", 0x50: "nanosp", 0x60: "stax", 0x70: "flex", 0x80: "apex"}
)
_LEGACY: Mapping[int, str] = MappingProxyType({0x0001: "nanos", 0x0004: "nanox", 0x0005: "nanosp", 0x0006: "stax"})
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "nanos": "Nano S",
        "nanox": "Nano X",
        "nanosp": "Nano S Plus",
        "stax": "Stax",
        "flex": "Flex",
        "apex": "Nano Gen5",
        EMULATOR: "emulated Ledger",
    }
)


@unique
class Controls(Enum):
    """How a person answers on a model."""

    BUTTONS = "buttons"
    TOUCH = "touch"
    UNKNOWN = "unknown"


def model_of(product_id: int) -> str:
    """The model's short name, or "unknown"."""
    return _LEGACY.get(product_id) or _BY_HIGH_BYTE.get(product_id >> 8, UNKNOWN)


def model_name(model: str) -> str:
    """What is printed on the box, for sentences."""
    return _NAMES.get(model, "Ledger")


def controls_of(model: str) -> Controls:
    """Two buttons or a touch screen; unknown for an emulator that does not tell its model."""
    if model in ("nanos", "nanox", "nanosp"):
        return Controls.BUTTONS
    if model in ("stax", "flex", "apex"):
        return Controls.TOUCH
    return Controls.UNKNOWN


def model_of_screen(width: int, height: int) -> str:
    """The model of an emulator by its screen size in pixels; both Nano screens are 128 x 64."""
    return {(400, 672): "stax", (480, 600): "flex", (128, 64): "nanosp", (128, 32): "nanos"}.get(
        (width, height), EMULATOR
    )
