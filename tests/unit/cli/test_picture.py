"""The device picture and its text twin."""

from __future__ import annotations

from dataclasses import replace

from ledger_recovery.cli.picture import box, draw, sentence
from ledger_recovery.device.interaction import ExpectedScreen

SCREEN = ExpectedScreen(
    title="Recover credentials",
    model="nanosp",
    pages=(("Recover credentials", " ", "ID#3"), ("Accept",)),
    press=("press the right button", "press both buttons"),
    check="ID#3",
)


def test_a_button_device() -> None:
    assert "\n".join(draw(SCREEN)) == (
        "Ledger Nano S Plus: Recover credentials\n"
        "  ┌──────────────────────┐\n"
        "  │ Recover credentials  │\n"
        "  │         ID#3         │   → press the right button\n"
        "  │                      │\n"
        "  └──────────────────────┘\n"
        "  ┌──────────────────────┐\n"
        "  │                      │\n"
        "  │        Accept        │   → press both buttons\n"
        "  │                      │\n"
        "  └──────────────────────┘\n"
        "compare: ID#3"
    )


def test_a_touch_device_is_taller_and_round() -> None:
    assert "\n".join(box(("Accept", "Hold to sign"), "stax")) == (
        "╭──────────────────────────╮\n"
        "│                          │\n"
        "│          Accept          │\n"
        "│       Hold to sign       │\n"
        "│                          │\n"
        "│                          │\n"
        "╰──────────────────────────╯"
    )


def test_a_long_instruction_is_folded_beside_the_box() -> None:
    long = replace(SCREEN, press=("compare the number and then press the right button of the device", "press both"))
    lines = draw(long, width=60)
    assert max(map(len, lines)) <= 60
    assert (
        " ".join(" ".join(line[28:].replace("→", "").split()) for line in lines[1:6]).split() == long.press[0].split()
    )


def test_the_text_twin_says_the_same() -> None:
    assert sentence(SCREEN) == (
        'the Ledger Nano S Plus must show "Recover credentials / ID#3" (press the right button), '
        'then "Accept" (press both buttons); compare ID#3'
    )


def test_the_twin_does_not_repeat_a_comparison_that_is_in_the_instructions() -> None:
    told = replace(SCREEN, press=("compare ID#3, then press right", "press both"))
    assert sentence(told).count("compare") == 1


def test_texts_of_a_device_cannot_steer_the_terminal() -> None:
    hostile = replace(SCREEN, title="\x1b[2J", pages=(("\x1b]0;x\x07",),), press=("\x1b[1m",), check="\x1b")
    assert "\x1b" not in "\n".join(draw(hostile)) + sentence(hostile)
