"""Erasing takes the wallet and what belongs to it, nothing else; what could not be erased is named."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ledger_recovery.errors import StorageError, WalletBusy
from ledger_recovery.recover.evm.journal import EvmJournal
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet import lock
from ledger_recovery.wallet.erase import erase_wallet
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows

BESIDE = ("other.db", "wallet.db.bak", "wallet", "wallet.db.journal.txt", "a-wallet.db-wal")


@pytest.fixture(name="used")
def _used(wallet_path: Path) -> Path:
    """A wallet after a run and a crash, among files of somebody else."""
    with WalletStore.open(wallet_path) as store, store.exclusive():
        store.apply(rows.EVERYTHING)
        for suffix in ("-wal", "-shm"):  # as a killed process leaves them
            shutil.copy(f"{wallet_path}{suffix}", f"{wallet_path}{suffix}.kept")
    for suffix in ("-wal", "-shm"):
        Path(f"{wallet_path}{suffix}.kept").replace(f"{wallet_path}{suffix}")
    Journal(wallet_path.with_name("wallet.db.journal")).close()
    wallet_path.with_name("wallet.db.journal-wal").touch()
    EvmJournal(wallet_path.with_name("wallet.db.evm-journal")).close()
    wallet_path.with_name(".wallet.db.new").touch()
    for name in BESIDE:
        wallet_path.with_name(name).write_text("precious")
    return wallet_path


def names(directory: Path) -> set[str]:
    return {file.name for file in directory.iterdir()}


def test_everything_of_the_wallet_is_deleted_and_told(used: Path) -> None:
    before = names(used.parent)
    deleted = erase_wallet(used)
    assert names(used.parent) == set(BESIDE)
    assert {file.name for file in deleted} == before - set(BESIDE) and len(deleted) == 8
    assert all(used.with_name(name).read_text() == "precious" for name in BESIDE)
    assert erase_wallet(used) == ()


def test_a_log_never_outlives_its_database(used: Path) -> None:
    """SQLite would play it into the next wallet of that name."""
    deleted = [file.name for file in erase_wallet(used)]
    assert deleted.index("wallet.db-wal") < deleted.index("wallet.db")
    assert deleted.index("wallet.db.journal-wal") < deleted.index("wallet.db.journal")
    assert deleted[-1] == "wallet.db.lock"


def test_a_new_wallet_in_its_place_is_empty(used: Path) -> None:
    erase_wallet(used)
    with WalletStore.create(used) as store:
        assert store.snapshot().accounts == () and store.integrity_check() == ()


def test_the_journal_is_where_recovery_keeps_it(used: Path) -> None:
    assert Settings(wallet=used, state_dir=used.parent).journal in erase_wallet(used)


def test_a_wallet_that_somebody_works_on_is_left_alone(used: Path) -> None:
    before = names(used.parent)
    with lock.exclusive(used), pytest.raises(WalletBusy):
        erase_wallet(used)
    assert names(used.parent) == before


@pytest.mark.parametrize("content", [b"", b"letters to my sister", b"SQLite format 3\x00" + bytes(200)], ids=len)
def test_a_file_that_is_no_wallet_is_not_deleted(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letters.txt"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="not changed"):
        erase_wallet(path)
    assert path.read_bytes() == content and names(tmp_path) == {"letters.txt"}


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    assert erase_wallet(tmp_path / "wallet.db") == ()
    assert erase_wallet(tmp_path / "nowhere" / "wallet.db") == ()
    assert names(tmp_path) == set()


def test_what_an_earlier_attempt_left_is_erased(used: Path) -> None:
    used.unlink()
    assert len(erase_wallet(used)) == 7
    assert names(used.parent) == set(BESIDE)


@pytest.mark.parametrize("passes", range(8))
def test_a_failure_names_exactly_what_remains(used: Path, passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink, left = Path.unlink, passes

    def failing_unlink(path: Path, missing_ok: bool = False) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", failing_unlink)
        with pytest.raises(StorageError, match="Permission denied") as caught:
            erase_wallet(used)
    told = caught.value.sentence.split("these files remain: ")[1].split(", ")
    assert {Path(file).name for file in told} == names(used.parent) - set(BESIDE)
    assert len(told) == 8 - passes and caught.value.hint
    assert len(erase_wallet(used)) == 8 - passes


@pytest.mark.skipif(os.name != "posix", reason="needs links without privileges")
def test_a_link_to_the_wallet_goes_with_it(used: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(used)
    assert link in erase_wallet(link)
    assert not used.exists() and not os.path.lexists(link)
