"""PyPI ragger with both of its backends on an emulator that runs already.

Input {"backend": "ledgercomm" | "speculos", "model", "host", "port", "api_port", "quick", "approve", "decline"}
(APDUs in hex). With "speculos" ragger's own navigator walks the screens; with "ledgercomm" a person or a test does.
Runs in tests/interop/.venv; imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ledgered.devices import Devices
from ragger.backend import LedgerCommBackend, RaisePolicy, SpeculosBackend
from ragger.navigator import NanoNavigator, NavInsID, TouchNavigator
from speculos.client import SpeculosInstance


def main() -> None:
    """Ask something, approve one command, decline one; print the answers as [data, status word]."""
    ask = json.load(sys.stdin)
    kind = {"ledgercomm": with_ledgercomm, "speculos": with_speculos}[ask["backend"]]
    json.dump(kind(ask, Devices.get_by_name(ask["model"])), sys.stdout)


def with_ledgercomm(ask: dict[str, Any], device: Any) -> list[list[object]]:
    """Over the raw APDU port."""
    answers: list[list[object]] = []
    with LedgerCommBackend(device, host=ask["host"], port=ask["port"], interface="tcp") as backend:
        backend.raise_policy = RaisePolicy.RAISE_NOTHING
        for name in ("quick", "approve", "decline"):
            answer = backend.exchange_raw(bytes.fromhex(ask[name]))
            answers.append([answer.data.hex(), answer.status])
    return answers


def with_speculos(ask: dict[str, Any], device: Any) -> list[list[object]]:
    """Over the REST API. Only the start of a Speculos process is left out: there is one already."""
    SpeculosInstance.start = SpeculosInstance._wait_until_ready
    ports = ["--api-port", str(ask["api_port"]), "--apdu-port", str(ask["port"])]
    backend = SpeculosBackend(Path("it-runs-already.elf"), device, args=ports)
    backend.raise_policy = RaisePolicy.RAISE_NOTHING
    with backend:
        quick = backend.exchange_raw(bytes.fromhex(ask["quick"]))
        answers: list[list[object]] = [[quick.data.hex(), quick.status]]
        for name, walk in (("approve", approve), ("decline", decline)):
            with backend.exchange_async_raw(bytes.fromhex(ask[name])):
                walk(backend, device)
            answer = backend.last_async_response
            answers.append([answer.data.hex(), answer.status])
            backend.wait_for_home_screen()
    return answers


def approve(backend: SpeculosBackend, device: Any) -> None:
    """As ragger's tests of the app do it."""
    if device.touchable:
        confirm = [NavInsID.USE_CASE_REVIEW_CONFIRM]
        navigator = TouchNavigator(backend, device)
        navigator.navigate_until_text(NavInsID.SWIPE_CENTER_TO_LEFT, confirm, "Hold to sign")
    else:
        navigator = NanoNavigator(backend, device)
        navigator.navigate_until_text(NavInsID.RIGHT_CLICK, [NavInsID.BOTH_CLICK], "Accept")


def decline(backend: SpeculosBackend, device: Any) -> None:
    """The same, the other way."""
    if device.touchable:
        rejection = [NavInsID.USE_CASE_REVIEW_REJECT, NavInsID.USE_CASE_CHOICE_CONFIRM]
        TouchNavigator(backend, device).navigate(rejection, screen_change_before_first_instruction=True)
    else:
        navigator = NanoNavigator(backend, device)
        navigator.navigate_until_text(NavInsID.RIGHT_CLICK, [NavInsID.BOTH_CLICK], "Decline")


main()
