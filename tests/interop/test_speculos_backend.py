"""`--backend speculos`: from the options to the device tests, with a stand-in for Speculos, and Speculos itself as far
as it goes without a real app: it is found, started, and what it says when it cannot run a file is passed on.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.app_binary import AppBinary, read_app_binary
from tests.support.backends import WrongOptions, check_fingerprint, choose
from tests.support.device import DeviceDidNotStart, EmulatedDevice, emulated_device
from tests.support.driving import FINGERPRINT, SEED_2, SEED_3, rest, session_on
from tests.support.speculos import SpeculosMissing, find_speculos, speculos_device
from tests.support.synthetic_elf import app_elf

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests/interop/stand_in_speculos.py"
DEVICE_TESTS = "tests/e2e/test_driver_on_device.py"
PHYSICAL_TESTS = "tests/e2e/test_driver_on_physical_ledger.py"


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """An executable that takes Speculos' options; the file alone would not find our packages."""
    program = tmp_path / "speculos"
    command = shlex.join([sys.executable, str(STAND_IN)])
    program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {command} "$@"\n')
    program.chmod(0o755)
    return program


def binary(folder: Path, **facts: str) -> AppBinary:
    path = folder / f"{facts.get('target', 'nanos2')}.elf"
    path.write_bytes(app_elf(**facts))
    return read_app_binary(path)


def run_pytest(*options: object) -> tuple[int, str]:
    """The suite as scripts/test starts it, in a process of its own; returns exit code and output."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, options)]
    ended = subprocess.run(command, cwd=ROOT, env=outside, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_the_device_tests_run_on_what_the_binaries_are_for(stand_in: Path, tmp_path: Path) -> None:
    elves = [binary(tmp_path), binary(tmp_path, target="flex", api_level="25")]
    options = [word for item in elves for word in ("--elf", item.path)]
    code, output = run_pytest(
        DEVICE_TESTS, "-vv", "--backend", "speculos", "--speculos", stand_in, *options, "-k", "foretold or approve_and"
    )
    assert code == 0, output
    ran = sorted(line.split("::")[1].split(" ")[0] for line in output.splitlines() if " PASSED" in line)
    assert ran == [
        "test_approve_and_decline[speculos-5.1.3-nanosp-api22-rest]",
        "test_approve_and_decline[speculos-5.1.3-nanosp-api22-tcp]",
        "test_the_screens_are_the_ones_foretold[speculos-5.1.3-flex-api25]",
        "test_the_screens_are_the_ones_foretold[speculos-5.1.3-nanosp-api22]",
    ]


def test_without_a_binary_they_are_skipped_and_say_so() -> None:
    code, output = run_pytest(DEVICE_TESTS, "--backend", "speculos")
    assert code == 0, output
    assert "needs a real app binary: scripts/test --backend speculos --elf FILE" in output
    assert "passed" not in output


def test_real_options_select_their_own_tests_only() -> None:
    code, output = run_pytest("tests/e2e", "--collect-only", "--device", "0" * 64)
    assert code == 0, output
    assert {line.split("::")[0] for line in output.splitlines() if "::" in line} == {PHYSICAL_TESTS}


async def test_the_tests_of_a_physical_ledger_lead_a_person_through() -> None:
    """An emulated device stands for the Ledger, and the test for the person who does what the terminal says."""

    def person(device: EmulatedDevice) -> None:
        device.decline("ID#0")
        for check in ("ID#1", "ID#1", "ID#2"):
            device.approve(check)

    options = ("-p", "no:randomly", "--device", FINGERPRINT)
    with emulated_device() as device:
        talking = asyncio.to_thread(run_pytest, PHYSICAL_TESTS, *options, "--device-path", rest(device))
        (code, output), _ = await asyncio.gather(talking, asyncio.to_thread(person, device))
    assert (code, "3 passed" in output) == (0, True), output
    assert ">> The Ledger must show ID#0. Compare, then DECLINE it." in output
    assert SEED_2 not in output


@pytest.mark.parametrize(
    ("name", "elves", "complaint"),
    [
        ("emulator", ["app.elf"], "--elf goes with --backend speculos"),
        ("speculos", ["setup.cfg"], "setup.cfg is no ELF file"),
        ("speculos", ["missing.elf"], "missing.elf: No such file"),
    ],
)
def test_wrong_options_are_told(name: str, elves: list[str], complaint: str) -> None:
    with pytest.raises(WrongOptions, match=complaint):
        choose(name, elves, "stand-in")


@pytest.mark.parametrize("fingerprint", ["", "0001", "hid:", "g" * 64, "0" * 65, "0" * 64 + "\n"])
def test_a_ledger_is_chosen_by_its_whole_fingerprint(fingerprint: str) -> None:
    check_fingerprint(FINGERPRINT)
    with pytest.raises(WrongOptions, match="64 hex digits"):
        check_fingerprint(fingerprint)


async def test_hands_on_a_device_that_only_has_speculos_own_paths(stand_in: Path, tmp_path: Path) -> None:
    with speculos_device(binary(tmp_path), find_speculos(str(stand_in))) as device:
        assert device.home == ["Concordium", "is ready"]
        assert not device.awaits_person()
        async with session_on(rest(device)) as session:
            export = asyncio.create_task(session.export_prf_seed(3))
            pages = await asyncio.to_thread(device.approve, "ID#3")
            assert (await export).reveal().hex() == SEED_3
        assert pages == [["Recover credentials", " ", "ID#3"], ["Accept"]]
        assert not device.awaits_person()


def test_a_speculos_that_ends_at_once_is_told_with_its_own_words(stand_in: Path, tmp_path: Path) -> None:
    other = AppBinary(binary(tmp_path).path, "5.1.3", "stax", 22)
    with pytest.raises(DeviceDidNotStart, match=r"ended with 1: .*Invalid model"):
        with speculos_device(other, find_speculos(str(stand_in))):
            pytest.fail("it started")


def test_real_speculos_is_started_and_its_refusal_is_told(tmp_path: Path) -> None:
    """The file describes an app and holds none: Speculos gets as far as looking for its code."""
    try:
        command = find_speculos()
    except SpeculosMissing as reason:
        pytest.skip(str(reason))
    with pytest.raises(DeviceDidNotStart, match=r"(?s)Speculos ended with 1: .*Api level detected from metadata: 22"):
        with speculos_device(binary(tmp_path), command):
            pytest.fail("it started")
