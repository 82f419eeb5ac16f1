"""Lines for a terminal: they work as they stand, and somebody who never opened one is told how."""

from __future__ import annotations

import shlex
import sys

import pytest

from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.terminal import how_to_open, install_rule
from tests.support.guide_scenes import scenes


@pytest.mark.parametrize(
    ("started", "program"),
    [
        ("/home/me/my venv/bin/ledger-recovery", "/home/me/my venv/bin/ledger-recovery"),
        ("ledger-recovery", "ledger-recovery"),
        ("-c", "ledger-recovery"),
        ("/usr/bin/pytest", "ledger-recovery"),
    ],
)
def test_root_is_told_where_the_program_lies(monkeypatch: pytest.MonkeyPatch, started: str, program: str) -> None:
    monkeypatch.setattr(sys, "argv", [started])
    assert shlex.split(install_rule()) == ["sudo", program, "doctor", "--install-udev"]


@pytest.mark.parametrize(("system", "says"), [("win32", "Windows key"), ("darwin", "Command"), ("linux", "Ctrl, Alt")])
def test_how_a_terminal_is_opened(monkeypatch: pytest.MonkeyPatch, system: str, says: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert says in how_to_open()


def test_the_page_that_needs_one_says_how() -> None:
    html = views.render(scenes()["01-connect-permission"], token="t", demo=False).fragments["main"]
    assert how_to_open() in html
    assert "install-udev" in html and "sudo" in html
