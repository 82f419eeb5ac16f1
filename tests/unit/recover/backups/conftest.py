"""A Box in memory and two computers of one person, each with an empty wallet; a third without any."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_recovery.wallet.store import WalletStore
from tests.support.memory_box import MemoryBox
from tests.unit.recover.backups.machines import Machine, new_machine


@pytest.fixture(name="empty_wallet", scope="session")
def _empty_wallet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "wallet.db"
    WalletStore.create(path).close()
    return path


@pytest.fixture(name="box")
def _box() -> MemoryBox:
    return MemoryBox()


@pytest.fixture(name="machine")
def _machine(tmp_path: Path, box: MemoryBox, empty_wallet: Path) -> Machine:
    return new_machine(tmp_path / "first", box, empty_wallet)


@pytest.fixture(name="second")
def _second(tmp_path: Path, box: MemoryBox, empty_wallet: Path) -> Machine:
    return new_machine(tmp_path / "second", box, empty_wallet)


@pytest.fixture(name="bare")
def _bare(tmp_path: Path, box: MemoryBox) -> Machine:
    """A new computer: no wallet yet."""
    return new_machine(tmp_path / "bare", box, None)
