"""`speculos.client` of PyPI speculos as a client of a REST API that runs already: its client object, never started.

Input {"api", "quick", "approve", "decline"} (APDUs in hex); it presses the buttons itself, on a two-button model.
Output: what it saw on the way. Runs in tests/interop/.venv; imports nothing of ours.
"""

from __future__ import annotations

import json
import sys

from speculos.client import ApduException, SpeculosClient


def main() -> None:
    """Approve one command, decline one, and use every other call of the client once."""
    ask = json.load(sys.stdin)
    client = SpeculosClient("no app: it runs already", api_url=ask["api"])
    seen: dict[str, object] = {"home": texts(client)}
    client.open_stream()
    seen["quick"] = client._apdu_exchange(bytes.fromhex(ask["quick"])).hex()
    seen["approved"], seen["pages"] = decide(client, ask["approve"], "Accept")
    seen["declined"], _ = decide(client, ask["decline"], "Decline")
    client.finger_touch(1, 1, delay=0)
    client.finger_swipe(60, 30, "left", delay=0)
    for action in ("pause", "single-step", "resume"):
        client.ticker_ctl(action)
    seen["screenshot"] = client.get_screenshot()[:8].hex()
    client.set_automation_rules(accept_everything())
    seen["automated"] = client._apdu_exchange(bytes.fromhex(ask["approve"])).hex()
    client.close_stream()
    json.dump(seen, sys.stdout)


def texts(client: SpeculosClient) -> list[str]:
    """What is on the screen now."""
    return [event["text"] for event in client.get_current_screen_content()["events"]]


def decide(client: SpeculosClient, apdu: str, choice: str) -> tuple[str, list[list[str]]]:
    """Send a command, go right until the choice is shown, take it; returns the answer and the pages."""
    raw = bytes.fromhex(apdu)
    with client.apdu_exchange_nowait(raw[0], raw[1], raw[5:], raw[2], raw[3]) as response:
        client.wait_for_text_event("Recover credentials")
        client.wait_for_text_event("ID#")
        pages = [texts(client)]
        while choice not in pages[-1]:
            client.press_and_release("right")
            client.get_next_event()
            pages.append(texts(client))
        client.press_and_release("both")
        try:
            answer = response.receive().hex()
        except ApduException as error:
            answer = f"{error.sw:04x}"
    client.wait_for_text_event("is ready")
    return answer, pages


def accept_everything() -> dict[str, object]:
    """Rules in Speculos' own format: right until "Accept", then both."""
    press_right = [["button", 2, True], ["button", 2, False]]
    press_both = [["button", 1, True], ["button", 2, True], ["button", 1, False], ["button", 2, False]]
    return {
        "version": 1,
        "rules": [{"regexp": "ID#.*", "actions": press_right}, {"text": "Accept", "actions": press_both}],
    }


main()
