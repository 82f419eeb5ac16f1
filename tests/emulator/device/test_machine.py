"""The machine beyond single measured flows: a second command, locking, apps opened and closed, automation, time."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.apps import catalogue
from emulator.apps.contract import Answer, Exit, Ignored, Prompt
from emulator.apps.keys import Seed
from emulator.device.automation import Automation, BadAutomation, load, parse
from emulator.device.machine import Drawn, Ended, Machine, Replied, Replugged, Setup
from emulator.device.models import MODELS
from emulator.device.screens import Button
from tests.emulator.device.data import DEFAULT_SEED, drawn, machine, replies, screen

EXPORT_0 = bytes.fromhex("e0050002050000000000")
EXPORT_1 = bytes.fromhex("e0050002050000000001")
KEY_0 = "48235b90248b6e552d59bf8b533292d25c5afd1f8e1ad5d1e00478794642ba389000"
NAME = bytes.fromhex("b001000000")
NAME_513 = "010a436f6e636f726469756d05352e312e3301009000"
NAME_BOLOS = "0105424f4c4f53"
ALL_MODELS = sorted(MODELS)
ALL_APPS = ["concordium-5.1.3", "concordium-4.1.2", "dashboard", "bitcoin", "ethereum", "ethereum-classic"]


def click(device: Machine, button: Button) -> list[str]:
    """Press and release; the answers given."""
    return replies(device.buttons(button) + device.buttons(0))


@pytest.mark.parametrize("second", [EXPORT_1, NAME, b"\xe0\x05\x00", bytes.fromhex("b0a7000000")])
def test_second_command_during_prompt_is_swallowed(second: bytes) -> None:
    """Old I/O stack: it is never executed nor answered, and the prompt stays."""
    device = machine("concordium-5.1.3", "nanosp")
    device.receive(EXPORT_0)
    assert device.receive(second) == []
    assert screen(device) == ["Decrypt", " ", "ID#0"]
    click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == [KEY_0]


@pytest.mark.parametrize(
    ("request_hex", "shown", "identity"),
    [
        ("e0050002050000000001", "ID #0", 0),
        ("e0050002050000000007", "ID #0", 0),
        ("e0050002050000000100", "ID #1", 1),
        ("e0050002050000ffffff", "ID #65535", 65535),
        ("e005000209010000000300000002", "ID #16777216", 16777216),
    ],
)
def test_old_app_reads_new_formats_wrongly(request_hex: str, shown: str, identity: int) -> None:
    """4.1.2 takes the first four data bytes for the identity and answers 9000 with the wrong key."""
    wrong, right = machine("concordium-4.1.2", "nanosp"), machine("concordium-4.1.2", "nanosp")
    wrong.receive(bytes.fromhex(request_hex))
    right.receive(bytes.fromhex("e005000204") + identity.to_bytes(4, "big"))
    answers = []
    for device in (wrong, right):
        assert screen(device) == ["Decrypt", shown]
        click(device, Button.RIGHT)
        answers.append(click(device, Button.BOTH))
    assert answers[0] == answers[1]
    assert answers[0][0].endswith("9000")


def test_old_app_reads_bytes_left_in_its_buffer() -> None:
    """Without data, 4.1.2 shows an identity made of bytes of the last answer."""
    device = machine("concordium-4.1.2", "nanosp")
    answer = bytes.fromhex(replies(device.receive(NAME))[0])
    device.receive(bytes.fromhex("e005000200"))
    assert screen(device) == ["Decrypt", f"ID #{int.from_bytes(answer[5:9], 'big')}"]


def test_top_bit_of_identity_aliases_the_key_but_not_the_screen() -> None:
    """0x80000000 gives the key of identity 0 while the screen shows the raw number."""
    device = machine("concordium-5.1.3", "nanosp")
    device.receive(bytes.fromhex("e0050002050080000000"))
    assert screen(device) == ["Decrypt", " ", "ID#2147483648"]
    click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == [KEY_0]


@pytest.mark.parametrize("size", [0, 261, 300])
def test_empty_and_overlong_commands_are_ignored(size: int) -> None:
    """No answer, and the app goes on."""
    device = machine("concordium-5.1.3", "nanosp")
    assert device.receive(bytes(size)) == []
    assert replies(device.receive(NAME)) == [NAME_513]


def test_silent_public_key_redraws_home() -> None:
    """The home screen is drawn again, also from a menu step further on."""
    device = machine("concordium-5.1.3", "nanosp")
    click(device, Button.RIGHT)
    events = device.receive(bytes.fromhex("e001010009020000045100000000"))
    assert replies(events) == ["3859554fbb05a7db3e840f8fd3a1b62670616d42f3f0a77ec3859d75e4b0496d9000"]
    assert drawn(events) == [["Concordium", "is ready"]]


def test_comparison_page_takes_new_commands() -> None:
    """A confirmed public key is answered at once; the comparison does not block the next command."""
    device = machine("concordium-5.1.3", "nanosp")
    device.receive(bytes.fromhex("e001000009020000045100000000"))
    assert len(click(device, Button.BOTH)) == 1
    assert screen(device)[0].startswith("Compare")
    assert replies(device.receive(NAME)) == [NAME_513]


@pytest.mark.parametrize(
    ("app", "command", "status"),
    [
        ("concordium-5.1.3", EXPORT_0, "5515"),
        ("concordium-4.1.2", EXPORT_0, "530c"),
        ("concordium-4.1.2", NAME, "5515"),
        ("dashboard", NAME, "5515"),
        ("bitcoin", NAME, "5515"),
    ],
)
def test_locked_device_refuses(app: str, command: bytes, status: str) -> None:
    """The operating system says 5515, the 4.x app 530C; both stop once it is unlocked."""
    device = Machine(Setup(MODELS["nanosp"], app, DEFAULT_SEED, locked=True))
    device.start()
    assert replies(device.receive(command)) == [status]
    click(device, Button.BOTH)
    assert not device.locked
    assert replies(device.receive(command)) != [status]


@pytest.mark.parametrize(("model", "point"), [("stax", (200, 515)), ("flex", (240, 435))])
def test_tap_unlocks(model: str, point: tuple[int, int]) -> None:
    """On touch models a tap on the button is the PIN."""
    device = machine("concordium-5.1.3", model)
    device.lock(True)
    assert "Enter PIN code" in screen(device)
    device.finger(*point, True)
    device.finger(*point, False)
    assert screen(device)[0] == "Concordium"


def test_prompt_survives_locking() -> None:
    """The waiting command is shown again after unlocking and can be approved."""
    device = machine("concordium-5.1.3", "nanosp")
    device.receive(EXPORT_0)
    device.lock(True)
    assert "Enter PIN code" in screen(device)
    device.lock(False)
    assert screen(device) == ["Decrypt", " ", "ID#0"]
    click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == [KEY_0]


def test_physical_device_falls_back_to_dashboard() -> None:
    """The app ends, the link drops, BOLOS answers, and E0 D8 opens the app again after a confirmation."""
    device = machine("concordium-5.1.3", "nanosp", falls_back=True)
    events = device.receive(bytes.fromhex("e00500020400000000"))
    assert [type(event) for event in events] == [Replugged, Drawn]
    assert replies(device.receive(NAME))[0].startswith(NAME_BOLOS)
    device.receive(bytes.fromhex("e0d800000a") + b"Concordium")
    assert screen(device) == ["Open app", "Concordium"]
    click(device, Button.RIGHT)
    events = device.buttons(Button.BOTH) + device.buttons(0)
    assert [type(event) for event in events] == [Replied, Replugged, Drawn]
    assert replies(device.receive(NAME)) == [NAME_513]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (bytes.fromhex("e0d8000000"), "670a"),
        (bytes.fromhex("e0d8000007") + b"Unknown", "6807"),
        (bytes.fromhex("e0d8000002fffe"), "6807"),
        (bytes.fromhex("e005000000"), "6d00"),
        (bytes.fromhex("0005000000"), "6e00"),
        (bytes.fromhex("e0"), "6a87"),
    ],
)
def test_dashboard_refusals(command: bytes, status: str) -> None:
    """No name, unknown name, other commands."""
    assert replies(machine("dashboard", "nanosp").receive(command)) == [status]


def test_opening_an_app_can_be_refused() -> None:
    """The person declines: 5501, and the dashboard stays."""
    device = machine("dashboard", "nanosp")
    device.receive(bytes.fromhex("e0d8000007") + b"Bitcoin")
    click(device, Button.RIGHT)
    click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == ["5501"]
    assert device.app_name == "dashboard"


def test_person_opens_an_app_on_the_dashboard() -> None:
    """Both buttons on its name."""
    device = machine("dashboard", "nanosp")
    click(device, Button.RIGHT)
    assert screen(device) == ["Concordium"]
    click(device, Button.BOTH)
    assert device.app_name == "concordium-5.1.3"


def test_dashboard_opens_the_version_that_ran_before() -> None:
    """An app put on the device later takes the place of the other version."""
    device = machine("concordium-5.1.3", "nanosp", falls_back=True)
    device.run_app("concordium-4.1.2")
    device.receive(bytes.fromhex("b0a7000000"))
    device.receive(bytes.fromhex("e0d800000a") + b"Concordium")
    click(device, Button.RIGHT)
    assert click(device, Button.BOTH) == ["9000"]
    assert device.app_name == "concordium-4.1.2"


def test_long_touch_needs_fifteen_ticks() -> None:
    """14 ticks do nothing, the 15th approves while the finger is still down."""
    device = machine("concordium-5.1.3", "stax")
    device.receive(EXPORT_0)
    for _ in range(2):
        device.finger(200, 336, True)
        device.finger(100, 336, False)
    device.finger(200, 515, True)
    assert [replies(device.tick()) for _ in range(15)] == [[]] * 14 + [[KEY_0]]
    assert device.finger(200, 515, False) == []


@pytest.mark.parametrize("model", ALL_MODELS)
@pytest.mark.parametrize("app", ["concordium-5.1.3", "concordium-4.1.2"])
@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("export", "e0050102 05 0000000000"),
        ("both keys", "e0050202 05 0000000000"),
        ("public key", "e0010000 09 020000045100000000"),
        ("address", "e0000000 08 0000000000000000"),
    ],
)
def test_built_in_rules_decide_on_every_model(model: str, app: str, what: str, data: str) -> None:
    """`approve` and `decline` reach an answer by screen texts alone."""
    command = bytes.fromhex(data)
    answers = {}
    for rules in ("approve", "decline"):
        device = machine(app, model, automation=load(rules))
        events = device.receive(command)
        for _ in range(20):
            events += device.tick()
        answers[rules] = replies(events)
        assert not device.awaits_person
    assert [answer[-4:] for answer in answers["approve"]] == ["9000"]
    assert answers["decline"] == ["6985"]


@pytest.mark.parametrize("model", ALL_MODELS)
@pytest.mark.parametrize(("rules", "app"), [("approve", "concordium-5.1.3"), ("decline", "dashboard")])
def test_built_in_rules_open_apps(model: str, rules: str, app: str) -> None:
    """They also answer the dashboard's question."""
    device = machine("dashboard", model, automation=load(rules))
    device.receive(bytes.fromhex("e0d800000a") + b"Concordium")
    assert device.app_name == app


def test_automation_semantics() -> None:
    """First matching rule with actions wins; conditions see variables; exit ends the emulator."""
    rules = {
        "version": 1,
        "rules": [
            {"text": "is ready"},
            {"regexp": "is", "conditions": [["seen", True]], "actions": [["exit"]]},
            {"regexp": "is", "x": 45, "y": 42, "actions": [["setbool", "seen", True]]},
        ],
    }
    device = machine("concordium-5.1.3", "nanosp", automation=parse(json.dumps(rules)))
    assert not device.ended
    events = [device.buttons(Button.LEFT), device.buttons(0), device.buttons(Button.RIGHT), device.buttons(0)]
    assert events[-1][-1] == Ended(0)


def test_rules_that_answer_each_other_for_ever_are_stopped() -> None:
    """A menu that is always pressed on does not hang the emulator."""
    rules = {"version": 1, "rules": [{"regexp": ".", "actions": [["button", 2, True], ["button", 2, False]]}]}
    device = machine("concordium-5.1.3", "nanosp", automation=parse(json.dumps(rules)))
    assert replies(device.receive(NAME)) == [NAME_513]


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        '{"version": 2, "rules": []}',
        '{"version": 1}',
        '{"version": 1, "rules": {}}',
        '{"version": 1, "rules": [], "more": 1}',
        '{"version": 1, "rules": [1]}',
        '{"version": 1, "rules": [{"test": "x"}]}',
        '{"version": 1, "rules": [{"text": 1}]}',
        '{"version": 1, "rules": [{"x": true}]}',
        '{"version": 1, "rules": [{"regexp": "("}]}',
        '{"version": 1, "rules": [{"conditions": [["a", 1]]}]}',
        '{"version": 1, "rules": [{"actions": [["button", 1]]}]}',
        '{"version": 1, "rules": [{"actions": [["jump"]]}]}',
        '{"version": 1, "rules": [{"actions": [[]]}]}',
        '{"version": 1, "rules": [{"actions": [[["button"], 1, true]]}]}',
        "[" * 100_000,
    ],
)
def test_bad_rules_are_refused(document: str) -> None:
    """With our own error, which says what is wrong."""
    with pytest.raises(BadAutomation):
        parse(document)


def test_rule_sources(tmp_path: object) -> None:
    """A built-in name, JSON text, a path, `file:` and a path."""
    path = files("emulator.device").joinpath("automation", "approve.json")
    by_name = load("approve")
    assert load(str(path)) == load(f"file:{path}") == load(path.read_text("utf-8")) == by_name
    with pytest.raises(BadAutomation, match="cannot read"):
        load(f"{tmp_path}/absent.json")


COMMANDS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda cla, ins, p1, p2, data: bytes([cla, ins, p1, p2, len(data)]) + data,
        st.sampled_from([0xE0, 0xB0, 0x00]),
        st.sampled_from([0x00, 0x01, 0x05, 0x21, 0xA7, 0xD8, 0x02]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.binary(max_size=40),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ALL_APPS), st.lists(COMMANDS.filter(lambda apdu: 0 < len(apdu) <= 260), max_size=4))
def test_any_bytes_give_an_outcome(name: str, commands: list[bytes]) -> None:
    """An app answers, asks, ends or ignores; it never raises, and neither does an approval."""
    app = catalogue.start_app(name, DEFAULT_SEED, ["Concordium"])
    for command in commands:
        outcome = app.handle(command)
        if isinstance(outcome, Prompt):
            outcome = outcome.approve()
        assert isinstance(outcome, Answer | Exit | Ignored)
        if isinstance(outcome, Answer):
            assert 2 <= len(outcome.payload) <= 260
            app.sent(outcome.payload)


INPUTS = st.one_of(
    st.tuples(st.just("receive"), COMMANDS),
    st.tuples(st.just("buttons"), st.integers(0, 255)),
    st.tuples(st.just("finger"), st.tuples(st.integers(0, 700), st.integers(0, 700), st.booleans())),
    st.tuples(st.just("lock"), st.booleans()),
    st.tuples(st.just("tick"), st.none()),
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(ALL_MODELS), st.sampled_from(ALL_APPS), st.booleans(), st.lists(INPUTS, max_size=25))
def test_any_inputs_keep_the_machine_sound(
    model: str, app: str, falls_back: bool, inputs: list[tuple[str, object]]
) -> None:
    """Whatever arrives: no exception, something is on the screen, nothing is answered after the end."""
    device = machine(app, model, automation=Automation(), falls_back=falls_back)
    for name, value in inputs:
        was_ended = device.ended
        arguments = value if isinstance(value, tuple) else () if value is None else (value,)
        events = getattr(device, name)(*arguments)
        assert device.visible
        assert not (was_ended and events)


def test_unknown_apps_are_refused_and_versions_accepted() -> None:
    """Names are checked; any Concordium version can be played to test version gates."""
    device = machine("concordium-5.1.3", "nanosp")
    for name in ("concordium-5", "concordium-5.1.3.1", "monero", ""):
        with pytest.raises(catalogue.UnknownApp):
            device.run_app(name)
    device.run_app("concordium-6.0.0")
    assert replies(device.receive(NAME)) == ["010a436f6e636f726469756d05362e302e3001009000"]


def test_secrets_do_not_print() -> None:
    """Neither seeds nor answers appear in a repr."""
    seed = Seed.from_text("hex:00112233445566778899aabbccddeeff")
    assert "0011" not in repr(Setup(MODELS["nanosp"], "concordium-5.1.3", seed))
    assert "4823" not in repr(Replied(bytes.fromhex(KEY_0))) + repr(Answer(bytes.fromhex(KEY_0)))
