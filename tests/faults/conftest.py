"""Fixtures that several modules of the fault tests share; made once for all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.links import device, impatient
from tests.support.backups.warm_process import Warm
from tests.support.crash.bench import Bench
from tests.support.crash.disk import build
from tests.support.crash.machine import Machine
from tests.support.usb.fixtures import place, virtual
from tests.support.worded_once import worded_once

__all__ = ["bench", "device", "impatient", "place", "virtual"]

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A machine for the crash tests, with the faulty disk where it can be built."""
    built = build(tmp_path_factory.mktemp("faulty-disk"))
    library, why = (built, "") if isinstance(built, Path) else (None, built)
    fast = _IN_MEMORY if _IN_MEMORY.is_dir() else tmp_path_factory.mktemp("homes")
    with tempfile.TemporaryDirectory(prefix="ledger-recovery-crash-", dir=fast) as directory:
        with Machine(library) as machine:
            yield Bench(machine, Path(directory), why)


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Boxes and clients of backups that start in milliseconds, on the faulty disk where it can be built."""
    built = build(tmp_path_factory.mktemp("faulty-disk-of-boxes"))
    with Warm(built if isinstance(built, Path) else None) as process:
        yield process


@pytest.fixture
def fast_path(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is one: a killed process loses nothing that the system has."""
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else tmp_path) as directory:
        yield Path(directory)


@pytest.fixture(scope="module", autouse=True)
def _worded_once() -> Iterator[None]:
    with worded_once():
        yield
