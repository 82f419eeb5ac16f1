"""doctor, udev rule and verify-address beyond what the transcripts show."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ledger_recovery.cli import device_commands
from ledger_recovery.device.findings import Finding
from ledger_recovery.errors import Cancelled, ExitStatus, InputError
from ledger_recovery.recover.service.settings import Settings
from tests.support import cli_service as scripted


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("no-permission", ExitStatus.NO_DEVICE),
        ("usb", ExitStatus.NO_DEVICE),
        ("hid-library", ExitStatus.NO_DEVICE),
        ("locked", ExitStatus.LOCKED_OR_BUSY),
        ("device-busy", ExitStatus.LOCKED_OR_BUSY),
        ("dashboard", ExitStatus.WRONG_APP),
        ("app-too-old", ExitStatus.WRONG_APP),
        ("node-unreachable", ExitStatus.NODE),
        ("clock-off", ExitStatus.NODE),
        ("a-newer-check", ExitStatus.UNKNOWNS),
    ],
)
def test_the_first_trouble_decides_the_exit_status(code: str, status: ExitStatus) -> None:
    fine = Finding("usb", True, "fine")
    assert (
        device_commands.status_of((fine, Finding(code, False, "bad"), Finding("node-answer", False, "bad"))) == status
    )
    assert device_commands.status_of((fine,)) == ExitStatus.COMPLETE


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> scripted.Scenario:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return scripted.install(monkeypatch, scripted.Scenario())


def test_the_rule_is_shown_asked_for_and_written(script: scripted.Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def yes() -> bool:
        asked.append(capsys.readouterr().err)
        assert script.written == []
        return True

    outcome = device_commands.install_udev(yes)
    assert 'TAG+="uaccess"' in asked[0]
    assert "udevadm control --reload-rules" in asked[0]
    assert script.written[0].file in outcome.text


def test_a_no_writes_nothing(script: scripted.Scenario) -> None:
    with pytest.raises(Cancelled):
        device_commands.install_udev(lambda: False)
    assert script.written == []


def test_without_a_terminal_nothing_is_written(script: scripted.Scenario) -> None:
    with pytest.raises(InputError, match="no terminal"):
        device_commands.install_udev()
    assert script.written == []


def test_without_root_the_exact_command_is_told(script: scripted.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["/opt/bin/ledger-recovery", "doctor"])
    with pytest.raises(InputError) as caught:
        device_commands.install_udev(lambda: True)
    assert caught.value.hint == "run: sudo /opt/bin/ledger-recovery doctor --install-udev"
    assert script.written == []


def test_other_systems_need_no_rule(script: scripted.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(InputError, match="Linux"):
        device_commands.install_udev(lambda: True)


def test_a_watching_doctor_tells_each_change_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(device_commands, "RETEST_SECONDS", 0.0)
    locked, fine = (Finding("locked", False, "locked", "enter its PIN"),), (Finding("app", True, "fine"),)
    node = (Finding("node-unreachable", False, "no node"),)
    scripted.install(monkeypatch, scripted.Scenario(findings=[locked, locked, node, locked, locked, fine]))
    settings = Settings(wallet=tmp_path / "w", state_dir=tmp_path)
    assert device_commands.doctor(settings, watch=True).exit_status == ExitStatus.COMPLETE
    told = capsys.readouterr().err
    assert (told.count("!!  locked"), told.count("!!  no node")) == (2, 1)
