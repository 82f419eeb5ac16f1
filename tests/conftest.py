"""What the suite runs on: the emulator by default, real Speculos or a physical Ledger when a person asks for it.

    scripts/test --backend speculos --elf app.elf [--elf other.elf]   the device tests, on real app binaries
    scripts/test --device FINGERPRINT                                 the tests that a person takes part in

Either option selects the tests that are meant for it and leaves out the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.backends import NAMES, Backend, WrongOptions, check_fingerprint, choose, has_buttons

NO_BINARY = "needs a real app binary: scripts/test --backend speculos --elf FILE"
NO_DEVICE = "needs a Ledger and a person: scripts/test --device FINGERPRINT (ledger-recovery devices shows it)"
NO_BUTTONS = "none of the binaries given by --elf is for a model with two buttons"
BACKENDS = pytest.StashKey[list[Backend]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ledger-recovery", "what the device tests run on")
    group.addoption("--backend", choices=NAMES, default="emulator")
    group.addoption("--elf", action="append", default=[], metavar="FILE", help="app binary for --backend speculos")
    group.addoption("--speculos", metavar="PROGRAM", help="start this program as Speculos (default: the installed one)")
    group.addoption(
        "--device", metavar="FINGERPRINT", help="wallet fingerprint of the physical Ledger to test with, and no other"
    )
    group.addoption("--device-path", metavar="PATH", help="where that Ledger is, as a device path (default: USB)")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """One person has two hands: tests on a physical Ledger run one after the other, whatever scripts/test says."""
    if config.getoption("device") is not None and hasattr(config.option, "numprocesses"):
        config.option.numprocesses = 0


def pytest_configure(config: pytest.Config) -> None:
    device = config.getoption("device")
    # Workers of pytest-xdist get the options as plain data, and may stand in another directory.
    config.option.elf = [str(Path(elf).resolve()) for elf in config.getoption("elf")]
    try:
        if device is not None:
            check_fingerprint(device)
        chosen = choose(config.getoption("backend"), config.getoption("elf"), config.getoption("speculos"))
    except WrongOptions as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[BACKENDS] = chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`backend`: every device under test. `button_backend`: those with two buttons, as far as there are any."""
    for name in {"backend", "button_backend"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, _parameters(metafunc.config, buttons_only=name == "button_backend"))


def _parameters(config: pytest.Config, *, buttons_only: bool) -> list[Any]:
    wanted = [backend for backend in config.stash[BACKENDS] if has_buttons(backend) or not buttons_only]
    on_speculos = config.getoption("backend") == "speculos"
    marks = [pytest.mark.speculos] if on_speculos else []
    parameters = [pytest.param(backend, id=str(backend), marks=marks) for backend in wanted]
    if not (wanted and on_speculos):
        skip = pytest.mark.skip(reason=NO_BUTTONS if config.getoption("elf") else NO_BINARY)
        parameters.append(pytest.param(None, id="speculos", marks=[pytest.mark.speculos, skip]))
    return parameters


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a Ledger; with an option for real things, keep only the tests of those."""
    if config.getoption("device") is None:
        for item in items:
            if item.get_closest_marker("device"):
                item.add_marker(pytest.mark.skip(reason=NO_DEVICE))
    asked = {"speculos"} if config.getoption("backend") == "speculos" else set[str]()
    asked |= {"device"} if config.getoption("device") is not None else set()
    if not asked:
        return
    kept = [item for item in items if any(item.get_closest_marker(name) for name in asked)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture
def ledger_fingerprint(request: pytest.FixtureRequest) -> str:
    """Wallet fingerprint of the Ledger that the person named."""
    fingerprint = request.config.getoption("device")
    if not isinstance(fingerprint, str):
        pytest.skip(NO_DEVICE)
    return fingerprint
