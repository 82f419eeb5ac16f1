"""A person at a terminal: questions, the live display, Ctrl-C; emulated device and node are real processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli_environment import clean
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.node import NodeProcess, node_process
from tests.support.terminal import Terminal, at_terminal


@pytest.fixture
def device() -> Iterator[EmulatedDevice]:
    with emulated_device(after_exit="dashboard") as running:
        yield running


@pytest.fixture
def node() -> Iterator[NodeProcess]:
    with node_process("demo") as running:
        yield running


@pytest.fixture
def place(device: EmulatedDevice, node: NodeProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    clean(monkeypatch, tmp_path)
    wallet = ["--wallet", str(tmp_path / "wallet.sqlite")]
    return [*wallet, "--genesis", node.genesis, "--node", f"http://{node.address}", "--device", device.api]


def _approve(terminal: Terminal, device: EmulatedDevice, check: str) -> None:
    terminal.wait_for(rf"│ +{check} +│")
    device.approve(expecting=check)


def test_a_person_goes_on_and_stops(device: EmulatedDevice, place: list[str]) -> None:
    with at_terminal(["recover", *place]) as terminal:
        _approve(terminal, device, "ID#0")
        terminal.wait_for(r"Search ID #1 next\? \[Y = yes, n = stop here\] ")
        terminal.type("what\n")
        terminal.wait_for("Please type y or n: ")
        terminal.type("\n")
        _approve(terminal, device, "ID#1")
        terminal.wait_for(r"Search ID #2 next\?")
        terminal.type("n\n")
        assert terminal.finish() == 0
    assert re.search(r"ID #0 +v0  DDADA AAAAA", terminal.shown)
    assert "Complete: identities 0-1" in terminal.shown
    assert "next safe identity index: 2 (legacy path)" in terminal.shown


def test_a_declined_index_is_asked_about_and_stays_unknown(device: EmulatedDevice, place: list[str]) -> None:
    with at_terminal(["recover", "--identities", "2", *place]) as terminal:
        terminal.wait_for("→ ")
        device.decline()
        terminal.wait_for(r"ID #2 was declined on the Ledger\. Ask once more\?")
        terminal.type("n\n")
        assert terminal.finish() == 3
    assert "Not complete" in terminal.shown
    assert "stays unknown" in terminal.shown


def test_ctrl_c_while_the_ledger_waits_keeps_what_was_confirmed(device: EmulatedDevice, place: list[str]) -> None:
    with at_terminal(["recover", "--identities", "0-1", "--plain", *place]) as terminal:
        terminal.wait_for("must show")
        device.approve()
        terminal.wait_for("ID #1: the Ledger")
        device.wait_for_prompt()
        terminal.interrupt()
        assert terminal.finish() == 130
    assert "continue with: ledger-recovery resume --wallet" in terminal.shown
    device.decline()
    with at_terminal(["resume", "--plain", *place]) as terminal:
        terminal.wait_for("ID #1: the Ledger .* must show")
        device.approve(expecting="ID#1")
        assert terminal.finish() == 0
    assert "ID #0: the Ledger" not in terminal.shown, "index 0 needs no second approval"
    assert "Complete: identities 0-1" in terminal.shown


def test_ctrl_c_at_a_question(device: EmulatedDevice, place: list[str]) -> None:
    with at_terminal(["recover", *place]) as terminal:
        _approve(terminal, device, "ID#0")
        terminal.wait_for("Search ID #1 next")
        terminal.interrupt()
        assert terminal.finish() == 130
    assert "hint: what was confirmed is kept" in terminal.shown


def test_an_address_is_shown_on_the_device(device: EmulatedDevice, place: list[str]) -> None:
    with at_terminal(["verify-address", "1/0", "--plain", *place]) as terminal:
        terminal.wait_for("must show")
        device.approve()
        assert terminal.finish() == 0
    assert "confirmed on the Ledger: the address of 1/0" in terminal.shown


def test_devices_lists_the_emulated_one(device: EmulatedDevice, place: list[str]) -> None:
    with at_terminal(["devices", "--device", device.api], {"COLUMNS": "200"}) as terminal:
        assert terminal.finish() == 0
    assert "(emulated)" in terminal.shown
    assert "Concordium 5.1.3" in terminal.shown
