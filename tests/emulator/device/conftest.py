"""One device process per test module, plugged in afresh for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.apps.keys import DEFAULT_PHRASE
from tests.support.device import EmulatedDevice, emulated_device


@pytest.fixture(scope="module")
def shared_device() -> Iterator[EmulatedDevice]:
    """A process that outlives the end of its app, as a physical device does."""
    with emulated_device(after_exit="dashboard") as device:
        yield device


@pytest.fixture
def device(shared_device: EmulatedDevice) -> EmulatedDevice:
    """The process with a fresh Nano S Plus of the default phrase running 5.1.3, unlocked, no rules, time running."""
    shared_device.set_automation({"version": 1, "rules": []})
    shared_device.post("/ticker/", {"action": "resume"})
    shared_device.replug(app="concordium-5.1.3", seed=DEFAULT_PHRASE, locked=False)
    return shared_device
