"""The machine against everything that was measured on the real apps: exports, keys, status words, screen flows."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.device.machine import Ended, Event, Machine
from emulator.device.screens import Button
from tests.emulator.device.data import machine, measured, replies, screen

BUTTONS = {"left": Button.LEFT, "right": Button.RIGHT, "both": Button.BOTH}
TOUCHES = {
    "stax": {"tap-confirm": (200, 515), "tap-reject": (36, 606), "info": (342, 55), "exit-settings": (36, 36)},
    "flex": {"tap-confirm": (240, 435), "tap-reject": (55, 530), "info": (405, 75), "exit-settings": (45, 45)},
}
CENTRES = {"stax": (200, 336), "flex": (240, 300)}


def act(device: Machine, action: str) -> list[Event]:
    """Do what a recorded action says."""
    model = device.setup.model.name
    if action in BUTTONS:
        return device.buttons(BUTTONS[action]) + device.buttons(0)
    if action.startswith("wait"):
        return [event for _ in range(int(float(action[4:]) * 10)) for event in device.tick()]
    if action in ("swipe", "back"):
        x, y = CENTRES[model]
        return device.finger(x, y, True) + device.finger(x + (-100 if action == "swipe" else 100), y, False)
    x, y = TOUCHES[model]["tap-confirm" if action.startswith("hold") else action]
    ticks = int(float(action[4:]) * 10) if action.startswith("hold") else 0
    events = device.finger(x, y, True)
    for _ in range(ticks):
        events += device.tick()
    return events + device.finger(x, y, False)


FLOWS = [
    pytest.param(flow, model, id=f"{flow['app']}-{model}-{flow['name']}")
    for flow in measured("flows", "flows")
    for model in flow["models"]
]


@pytest.mark.parametrize(("flow", "model"), FLOWS)
def test_flow(flow: dict[str, Any], model: str) -> None:
    """Every screen, and the answer after exactly the recorded action."""
    device = machine(flow["app"], model)
    if flow["request"] is not None:
        assert replies(device.receive(bytes.fromhex(flow["request"]))) == []
    assert screen(device) == flow["first_screen"]
    for number, step in enumerate(flow["steps"], 1):
        answered = replies(act(device, step["action"]))
        assert screen(device) == step["screen"], f"step {number}: {step['action']}"
        assert answered == ([flow["answer"]] if number == flow["answered_after_step"] else [])


@pytest.mark.parametrize("vector", measured("exports", "vectors"), ids=lambda row: row["request"])
def test_export(vector: dict[str, Any]) -> None:
    """The key and the screen of an approved export."""
    device = machine("concordium-5.1.3", "nanosp")
    device.receive(bytes.fromhex(vector["request"]))
    assert screen(device) == vector["screen"]
    act(device, "right")
    assert replies(act(device, "both")) == [vector["answer"]]


@pytest.mark.parametrize("vector", measured("public_keys", "vectors"), ids=lambda row: row["what"])
def test_public_key(vector: dict[str, Any]) -> None:
    """A silent public key; at forbidden paths the app ends without an answer."""
    events = machine("concordium-5.1.3", "nanosp").receive(bytes.fromhex(vector["request"]))
    if vector["answer"] is None:
        assert events == [Ended(255)]
    else:
        assert replies(events) == [vector["answer"]]


@pytest.mark.parametrize("version", ["5.1.3", "4.1.2"])
@pytest.mark.parametrize("row", measured("status", "commands"), ids=lambda row: row["what"])
def test_status(row: dict[str, Any], version: str) -> None:
    """What a fresh app does with good and bad commands: answer, prompt, end, or nothing."""
    device = machine(f"concordium-{version}", "nanosp")
    wanted = row[version]
    before = screen(device)
    events = device.receive(bytes.fromhex(row["request"]))
    assert replies(events) == ([wanted["answer"]] if "answer" in wanted else [])
    assert [event.code for event in events if isinstance(event, Ended)] == (
        [wanted["exit"]] if "exit" in wanted else []
    )
    assert screen(device) == wanted.get("screen", before)


@pytest.mark.parametrize(
    ("app", "right", "left"),
    [
        ("concordium-5.1.3", [["Version", "5.1.3"], ["About"], ["Quit"], ["Concordium", "is ready"]], ["Quit"]),
        (
            "concordium-4.1.2",
            [["Quit"], ["Version", "4.1.2"], ["Concordium", "is ready"]],
            ["Version", "4.1.2"],
        ),
    ],
)
def test_idle_menu_loops(app: str, right: list[list[str]], left: list[str]) -> None:
    """Right walks through the steps and around; left goes the other way."""
    device = machine(app, "nanosp")
    for wanted in right:
        act(device, "right")
        assert screen(device) == wanted
    act(device, "left")
    assert screen(device) == left


def test_about_submenu() -> None:
    """Both buttons enter it, it loops, and Back leads to the first step."""
    device = machine("concordium-5.1.3", "nanox")
    for action in ("right", "right", "both"):
        act(device, action)
    assert screen(device) == ["Concordium App", "(c) 2024 Concordium"]
    act(device, "right")
    assert screen(device) == ["Back"]
    act(device, "both")
    assert screen(device) == ["Concordium", "is ready"]


@pytest.mark.parametrize(("model", "quits"), [("nanosp", ["left", "both"]), ("stax", []), ("flex", [])])
def test_menu_quit(model: str, quits: list[str]) -> None:
    """The last step, or the Quit button on touch, ends the app with exit code 255."""
    device = machine("concordium-5.1.3", model)
    events: list[Event] = []
    for action in quits or ["tap-reject"]:
        events = act(device, action)
    assert events == [Ended(255)]


def test_boxes_of_texts_are_as_measured() -> None:
    """Home and the first export page report the boxes that Speculos reports."""
    device = machine("concordium-5.1.3", "nanosp")
    assert [text.event() for text in device.visible] == [
        {"text": "Concordium", "x": 33, "y": 29, "w": 62, "h": 9, "clear": False},
        {"text": "is ready", "x": 45, "y": 42, "w": 39, "h": 13, "clear": False},
    ]
    device.receive(bytes.fromhex("e0050002050000000000"))
    assert [text.event() for text in device.visible] == [
        {"text": "Decrypt", "x": 45, "y": 21, "w": 39, "h": 12, "clear": False},
        {"text": " ", "x": 51, "y": 34, "w": 3, "h": 0, "clear": False},
        {"text": "ID#0", "x": 55, "y": 35, "w": 22, "h": 8, "clear": False},
    ]
