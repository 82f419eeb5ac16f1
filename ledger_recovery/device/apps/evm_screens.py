"""[pure] What the Ethereum app must show for an address, page by page, and what to press on each model.

Titles as app-ethereum writes them: the name of the chain when the app knows it, its own name when none was given.
The device cuts the address into lines. Measured on 1.23.0-dev in Speculos 0.27.1; chain names of src/network.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ledger_recovery.device.interaction import ExpectedScreen
from ledger_recovery.device.wire.models import Controls, controls_of

CHAIN_NAMES: Mapping[int, str] = MappingProxyType(
    {
        1: "Ethereum",
        10: "OP Mainnet",
        56: "BSC",
        61: "Ethereum Classic",
        100: "Gnosis",
        137: "Polygon",
        8453: "Base",
        42161: "Arbitrum",
        43114: "Avalanche",
        59144: "Linea",
        534352: "Scroll",
        11155111: "Sepolia",
    }
)
"""The chains that people are likely to name; the app knows a hundred more, whose title nobody is told to compare."""

_NEXT = {
    Controls.BUTTONS: "press the right button",
    Controls.TOUCH: "swipe to the left",
    Controls.UNKNOWN: "press the right button, or swipe to the left",
}
_CONFIRM = {
    Controls.BUTTONS: "press both buttons",
    Controls.TOUCH: "tap Confirm",
    Controls.UNKNOWN: "press both buttons, or tap Confirm",
}


def title_of(app: str, chain_id: int | None) -> str:
    """The first page of an address check, in one line.

    :param app: the open app, as the device names it.
    """
    name = app if chain_id is None else CHAIN_NAMES.get(chain_id, "")
    return f"Verify {name} address" if name else "Verify address"


def address_screen(model: str, app: str, address_text: str, chain_id: int | None = None) -> ExpectedScreen:
    """The pages of an address check up to the one that confirms it."""
    controls = controls_of(model)
    title = title_of(app, chain_id)
    first = (title,) if chain_id is None or chain_id in CHAIN_NAMES else ()
    compare = f"compare the address, then {_NEXT[controls]}; if it differs, choose Cancel"
    if controls is Controls.TOUCH:
        pages: tuple[tuple[str, ...], ...] = (first, (address_text, "Confirm"))
        press: tuple[str, ...] = (_NEXT[controls], "compare the address, then tap Confirm; if it differs, tap Cancel")
    else:
        pages = (first, (address_text,), ("Confirm",))
        press = (_NEXT[controls], compare, _CONFIRM[controls])
    return ExpectedScreen(title, model, pages, press, address_text)
