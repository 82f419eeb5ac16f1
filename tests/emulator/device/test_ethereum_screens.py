"""The Ethereum app on the emulated device: reviews on every model, busy, locked, opened from the dashboard."""

from __future__ import annotations

from itertools import pairwise

import pytest

from emulator.device.automation import load
from emulator.device.machine import Machine, Replugged, Setup
from emulator.device.models import MODELS
from emulator.device.screens import STATUS_PAGE_TICKS, Button
from tests.emulator.device.clients import TcpClient
from tests.emulator.device.data import DEFAULT_SEED, machine, replies, screen
from tests.emulator.device.test_ethereum_app import LEDGER_LIVE_0, SHOW, ask
from tests.support.device import emulated_device

ADDRESS = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"
SILENT_ANSWER = replies(machine("ethereum", "nanosp").receive(ask(LEDGER_LIVE_0)))
NAME = bytes.fromhex("b001000000")
BUTTON_MODELS = ["nanosp", "nanox"]
TOUCH_MODELS = {"stax": ((200, 515), (36, 606)), "flex": ((240, 435), (55, 530))}
HOME_BUTTONS = ["Ethereum", "app is ready"]


def click(device: Machine, button: Button) -> list[str]:
    """Press and release; the answers given."""
    return replies(device.buttons(button) + device.buttons(0))


def tap(device: Machine, point: tuple[int, int]) -> list[str]:
    """Touch and lift; the answers given."""
    return replies(device.finger(*point, True) + device.finger(*point, False))


def showing(model: str, chain_id: int | None = None, app: str = "ethereum") -> Machine:
    """A device that asks its person about the first address."""
    device = machine(app, model)
    rest = "" if chain_id is None else chain_id.to_bytes(8, "big").hex()
    assert device.receive(ask(LEDGER_LIVE_0, rest, p1=SHOW))
    assert device.awaits_person
    return device


@pytest.mark.parametrize("model", BUTTON_MODELS)
def test_review_with_buttons(model: str) -> None:
    """Title, address on three lines, Confirm, Cancel; the ends do not wrap; then the status for three seconds."""
    device = showing(model)
    assert screen(device) == ["Verify Ethereum", "address"]
    click(device, Button.LEFT)
    click(device, Button.BOTH)
    assert screen(device) == ["Verify Ethereum", "address"]
    click(device, Button.RIGHT)
    title, *lines = screen(device)
    assert (title, "".join(lines), len(lines)) == ("Address", ADDRESS, 3)
    for text in ("Confirm", "Cancel", "Cancel"):
        click(device, Button.RIGHT)
        assert screen(device) == [text]
    click(device, Button.LEFT)
    assert click(device, Button.BOTH) == SILENT_ANSWER
    assert screen(device) == ["Address verified"]
    for _ in range(STATUS_PAGE_TICKS - 1):
        device.tick()
    assert screen(device) == ["Address verified"]
    device.tick()
    assert screen(device) == HOME_BUTTONS


@pytest.mark.parametrize("button", list(Button))
def test_cancel_with_buttons(button: Button) -> None:
    """6985, and any button dismisses the status."""
    device = showing("nanosp")
    for _ in range(3):
        click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == ["6985"]
    assert screen(device) == ["Address verification", "cancelled"]
    assert click(device, button) == []
    assert screen(device) == HOME_BUTTONS


@pytest.mark.parametrize("model", TOUCH_MODELS)
def test_review_with_fingers(model: str) -> None:
    """Swipe to the address, tap Confirm; the status leaves by itself."""
    device = showing(model)
    confirm, _ = TOUCH_MODELS[model]
    assert screen(device) == ["Verify Ethereum", "address", "Swipe to continue", "Cancel", "1 of 2"]
    device.finger(240, 300, True)
    device.finger(60, 300, False)
    shown = screen(device)
    assert shown[0] == "Address"
    assert shown[-3:] == ["Cancel", "2 of 2", "Confirm"]
    assert "".join(shown[1:-3]) == ADDRESS
    assert tap(device, confirm) == SILENT_ANSWER
    assert screen(device) == ["Address verified"]
    for _ in range(STATUS_PAGE_TICKS):
        device.tick()
    assert screen(device)[0] == "Ethereum"


@pytest.mark.parametrize("model", TOUCH_MODELS)
def test_cancel_with_fingers(model: str) -> None:
    """A tap on Cancel ends the review at once."""
    device = showing(model)
    assert tap(device, TOUCH_MODELS[model][1]) == ["6985"]
    assert screen(device) == ["Address verification", "cancelled"]


@pytest.mark.parametrize(
    ("app", "chain_id", "title"),
    [
        ("ethereum", None, ["Verify Ethereum", "address"]),
        ("ethereum", 1, ["Verify Ethereum", "address"]),
        ("ethereum", 137, ["Verify Polygon", "address"]),
        ("ethereum", 0, ["Verify address"]),
        ("ethereum", 2**64 - 1, ["Verify address"]),
        ("ethereum-classic", 1, ["Verify Ethereum", "address"]),
        ("ethereum-classic", 8453, ["Verify Base", "address"]),
    ],
)
def test_title_names_the_network(app: str, chain_id: int | None, title: list[str]) -> None:
    """By chain id; an unknown one has no name, none means the app's own."""
    assert screen(showing("nanosp", chain_id, app)) == title


@pytest.mark.parametrize("chain_id", [None, 61])
@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_long_title_stays_whole(model: str, chain_id: int | None) -> None:
    """It is broken at blanks where the screen is too narrow."""
    shown = " ".join(screen(showing(model, chain_id, "ethereum-classic")))
    assert shown.startswith("Verify Ethereum Classic address")


@pytest.mark.parametrize("model", sorted(MODELS))
@pytest.mark.parametrize("chain_id", [None, 0, 61])
def test_built_in_rules_decide(model: str, chain_id: int | None) -> None:
    """`approve` and `decline` reach their answer by screen texts alone."""
    command = ask(LEDGER_LIVE_0, "" if chain_id is None else chain_id.to_bytes(8, "big").hex(), p1=SHOW)
    for rules, wanted in (("approve", SILENT_ANSWER), ("decline", ["6985"])):
        device = machine("ethereum", model, automation=load(rules))
        assert replies(device.receive(command)) == wanted
        assert not device.awaits_person


def test_silent_request_draws_nothing() -> None:
    """No prompt, no page."""
    device = machine("ethereum", "nanosp")
    events = device.receive(ask("44'/60'/0'", p2=1))
    assert len(events) == len(replies(events)) == 1


def test_a_command_during_a_review_is_refused() -> None:
    """6901, also for the operating system's commands; the review goes on and can be confirmed."""
    device = showing("nanosp")
    for command in (NAME, ask(LEDGER_LIVE_0), ask(LEDGER_LIVE_0, p1=SHOW)):
        assert replies(device.receive(command)) == ["6901"]
    assert screen(device) == ["Verify Ethereum", "address"]
    click(device, Button.RIGHT)
    click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == SILENT_ANSWER
    assert replies(device.receive(ask(LEDGER_LIVE_0))) == SILENT_ANSWER  # while the status is shown


@pytest.mark.parametrize("command", [NAME, ask(LEDGER_LIVE_0), b"\xe0"])
def test_locked_app_answers_5515(command: bytes) -> None:
    """To everything, until it is unlocked; during a review as well."""
    device = Machine(Setup(MODELS["nanosp"], "ethereum", DEFAULT_SEED, locked=True))
    device.start()
    assert replies(device.receive(command)) == ["5515"]
    device.lock(False)
    assert replies(device.receive(command)) != ["5515"]
    reviewing = showing("nanosp")
    reviewing.lock(True)
    assert replies(reviewing.receive(command)) == ["5515"]
    reviewing.lock(False)
    assert screen(reviewing) == ["Verify Ethereum", "address"]


def test_idle_menu_ends_and_its_info() -> None:
    """The steps do not loop; the info leads back; the last step quits to the dashboard."""
    device = machine("ethereum", "nanosp", falls_back=True)
    click(device, Button.LEFT)
    assert screen(device) == HOME_BUTTONS
    click(device, Button.RIGHT)
    assert screen(device) == ["App settings"]
    click(device, Button.RIGHT)
    click(device, Button.BOTH)
    assert screen(device) == ["Version", "1.23.0-dev"]
    for _ in range(3):
        click(device, Button.RIGHT)
    assert screen(device) == ["Back"]
    click(device, Button.BOTH)
    assert screen(device) == HOME_BUTTONS
    for _ in range(4):
        click(device, Button.RIGHT)
    assert screen(device) == ["Quit app"]
    click(device, Button.BOTH)
    assert device.app_name == "dashboard"


@pytest.mark.parametrize("model", sorted(MODELS))
def test_dashboard_opens_each_app_of_the_family(model: str) -> None:
    """By its name on the device, although one name begins with the other; each ends in the dashboard again."""
    device = Machine(
        Setup(
            MODELS[model],
            "dashboard",
            DEFAULT_SEED,
            installed=("concordium-5.1.3", "ethereum-classic", "ethereum"),
            falls_back=True,
        ),
        load("approve"),
    )
    device.start()
    for name in ("Ethereum", "Ethereum Classic"):
        events = device.receive(bytes([0xE0, 0xD8, 0, 0, len(name)]) + name.encode("ascii"))
        assert replies(events) == ["9000"]
        assert any(isinstance(event, Replugged) for event in events)
        assert device.app.name == name
        device.receive(bytes.fromhex("b0a7000000"))
        assert device.app_name == "dashboard"


@pytest.mark.parametrize("model", TOUCH_MODELS)
def test_touch_dashboard_lists_apps_below_one_another(model: str) -> None:
    """No text overlaps another, and a tap on a name opens that app."""
    apps = ("concordium-5.1.3", "bitcoin", "ethereum", "ethereum-classic")
    device = Machine(Setup(MODELS[model], "dashboard", DEFAULT_SEED, installed=apps))
    device.start()
    boxes = sorted(device.visible, key=lambda text: text.y)
    assert all(upper.y + upper.h <= lower.y for upper, lower in pairwise(boxes))
    box = next(text for text in boxes if text.text == "Ethereum Classic")
    tap(device, (box.x + box.w // 2, box.y + box.h // 2))
    assert device.app_name == "ethereum-classic"


@pytest.mark.parametrize("model", ["nanosp", "flex"])
def test_hands_of_other_tests(model: str) -> None:
    """`--app "Ethereum Classic"` by its name on the device, another app by hand, and approve and decline."""
    with emulated_device(app="Ethereum Classic", model=model) as device:
        assert device.state()["app"] == "ethereum-classic"
        device.open_app("Ethereum")
        assert device.state()["app"] == "ethereum"
        with TcpClient(device) as client:
            client.send(ask(LEDGER_LIVE_0, p1=SHOW).hex())
            assert device.approve(expecting="Verify Ethereum")[0][:2] == ["Verify Ethereum", "address"]
            assert client.receive() == SILENT_ANSWER[0]
            client.send(ask(LEDGER_LIVE_0, p1=SHOW).hex())
            device.decline()
            assert client.receive() == "6985"
