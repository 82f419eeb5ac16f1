"""[pure] What the device must show for a request, page by page, and what to press on each model.

Texts as the apps draw them: "ID #3" on 4.x, " ID#3" on 5.x, "IDP#1 ID#3" under a provider (measured on apps 4.1.2 and
5.1.3 in Speculos 0.27.1 and equal to the apps' own golden screens). An address is cut into lines by the device.
"""

from __future__ import annotations

from ledger_recovery.device.apps.concordium import Purpose, Target
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.interaction import ExpectedScreen
from ledger_recovery.device.wire.models import Controls, controls_of

_TITLES = {
    Purpose.DECRYPT: "Decrypt",
    Purpose.RECOVER: "Recover credentials",
    Purpose.CREATE: "Create credential",
}
_NEXT = {
    Controls.BUTTONS: "press the right button",
    Controls.TOUCH: "swipe to the left",
    Controls.UNKNOWN: "press the right button, or swipe to the left",
}


def target_text(target: Target, wire_format: WireFormat) -> str:
    """The line that names the identity, exactly as the app draws it."""
    if target.identity_provider_index is not None:
        return f"IDP#{target.identity_provider_index} ID#{target.identity_index}"
    if wire_format is WireFormat.V4:
        return f"ID #{target.identity_index}"
    return f" ID#{target.identity_index}"


def export_screen(model: str, wire_format: WireFormat, purpose: Purpose, target: Target) -> ExpectedScreen:
    """The pages of an export request up to the one that approves it."""
    controls = controls_of(model)
    title, line = _TITLES[purpose], target_text(target, wire_format)
    check = line.strip()
    if controls is Controls.TOUCH:
        pages: tuple[tuple[str, ...], ...] = (
            ("Export Private Key", "Swipe to review"),
            (title, line),
            ("Accept", "Hold to sign"),
        )
        press: tuple[str, ...] = (
            _NEXT[controls],
            f"compare {check!r}, then {_NEXT[controls]}; if it differs, tap Reject",
            "hold the button until it is full",
        )
    else:
        pages = ((title, line), ("Accept",))
        press = (
            f"compare {check!r}, then {_NEXT[controls]}; if it differs, choose Decline",
            "press both buttons" if controls is Controls.BUTTONS else "press both buttons, or hold Accept",
        )
    return ExpectedScreen(title, model, pages, press, check)


def verify_screen(model: str, target: Target, counter: int, address: str) -> ExpectedScreen:
    """The pages of a verify-address request.

    :param address: what the device must show, base58check; empty when the caller does not know it.
    """
    controls = controls_of(model)
    provider = "" if target.identity_provider_index is None else f"{target.identity_provider_index}/"
    label = f"{provider}{target.identity_index}/{counter}"
    shown = (address,) if address else ()
    compare = "compare the address" if address else "read the address"
    if controls is Controls.TOUCH:
        pages: tuple[tuple[str, ...], ...] = (
            ("Verify Address", "Swipe to review"),
            ("Identity", label, "Address", *shown),
            ("Confirm", "Approve"),
        )
        press = (_NEXT[controls], f"{compare}, then {_NEXT[controls]}; if it differs, tap Reject", "tap Approve")
    else:
        pages = (("Verify Address", label), ("Address", *shown), ("Approve",))
        press = (
            _NEXT[controls],
            f"{compare} on all its pages, then {_NEXT[controls]}; if it differs, choose Reject",
            "press both buttons" if controls is Controls.BUTTONS else "press both buttons, or tap Approve",
        )
    return ExpectedScreen("Verify Address", model, pages, press, address or label)
