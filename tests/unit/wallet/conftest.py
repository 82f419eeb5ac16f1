"""A fresh wallet for each test: copied from one that was created once, because creation runs the migrations."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger_recovery.wallet.store import WalletStore

NewWallet = Callable[[Path], Path]


@pytest.fixture(name="empty_wallet", scope="session")
def _empty_wallet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty wallet, closed; to be copied, not opened."""
    path = tmp_path_factory.mktemp("empty") / "wallet.db"
    WalletStore.create(path).close()
    return path


@pytest.fixture(name="wallet_path")
def _wallet_path(empty_wallet: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_wallet, tmp_path / "wallet.db"))


@pytest.fixture(name="store")
def _store(wallet_path: Path) -> Iterator[WalletStore]:
    with WalletStore.open(wallet_path, busy_timeout_ms=1) as store:
        yield store
