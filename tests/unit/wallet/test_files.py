"""The file itself: private from the first byte, complete or absent, and nothing but a wallet is opened as one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet import migrate, private_file
from ledger_recovery.wallet.engine import reading, wallet_engine
from ledger_recovery.wallet.failures import storage_failures
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows

posix_only = pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix_only
def test_a_new_wallet_is_private_whatever_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes_seen: list[int] = []
    upgrade = migrate.upgrade

    def watched(connection: Connection) -> None:
        modes_seen.extend(mode(path) for path in (tmp_path / "new").iterdir())
        upgrade(connection)

    monkeypatch.setattr(migrate, "upgrade", watched)
    before = os.umask(0)
    try:
        with WalletStore.create(tmp_path / "new" / "wallet.db") as store:
            store.apply(rows.EVERYTHING)
            files = list((tmp_path / "new").iterdir())
            assert {path.suffix for path in files} >= {".db", ".db-wal", ".lock"}
            assert {mode(path) for path in files} | set(modes_seen) == {0o600}
            assert store.notes == ()
    finally:
        os.umask(before)
    assert modes_seen
    assert mode(tmp_path / "new") == 0o700


def test_nothing_but_the_wallet_and_its_lock_stays(tmp_path: Path) -> None:
    with WalletStore.create(tmp_path / "wallet.db") as store:
        store.apply(rows.EVERYTHING)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wallet.db", "wallet.db.lock"]


@posix_only
def test_a_file_open_to_others_is_tightened_and_told(wallet_path: Path) -> None:
    wallet_path.chmod(0o644)
    with WalletStore.open(wallet_path) as store:
        assert mode(wallet_path) == 0o600
        (note,) = store.notes
        assert "0644" in note and str(wallet_path) in note
    with WalletStore.open(wallet_path) as store:
        assert store.notes == ()


@posix_only
@pytest.mark.parametrize(("directory_mode", "told"), [(0o777, True), (0o770, True), (0o1777, False), (0o755, False)])
def test_a_directory_in_which_others_can_replace_the_file_is_told(
    wallet_path: Path, directory_mode: int, told: bool
) -> None:
    wallet_path.parent.chmod(directory_mode)
    with WalletStore.open(wallet_path) as store:
        assert bool(store.notes) is told
    assert mode(wallet_path.parent) == directory_mode & 0o7777


@posix_only
def test_a_file_of_somebody_else_is_told(wallet_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet_path.chmod(0o640)

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "chmod", refuse)
    (note,) = private_file.tighten(wallet_path)
    assert "somebody else" in note


def test_creating_does_not_touch_what_is_there(wallet_path: Path) -> None:
    before = wallet_path.read_bytes()
    with pytest.raises(StorageError, match="there is a file"):
        WalletStore.create(wallet_path)
    assert wallet_path.read_bytes() == before


def test_opening_does_not_create(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no wallet file"):
        WalletStore.open(tmp_path / "wallet.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_vanishes_while_it_is_opened_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    with pytest.raises(StorageError, match="cannot be opened"), storage_failures(path), reading(wallet_engine(path)):
        pytest.fail("a file was opened that is not there")
    assert not path.exists()


def test_open_or_create_does_either(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "wallet.db"
    for expected in (len(rows.EVERYTHING), 0):
        with WalletStore.open_or_create(path) as store:
            assert store.apply(rows.EVERYTHING) == expected


def test_names_that_mean_something_in_a_url(tmp_path: Path) -> None:
    path = tmp_path / "my wallet?mode=ro&x=%41#1.db"
    with WalletStore.open_or_create(path) as store:
        store.apply(rows.EVERYTHING)
    assert path.exists()


def test_a_link_leads_to_one_wallet_with_one_lock(wallet_path: Path) -> None:
    link = wallet_path.with_name("link.db")
    link.symlink_to(wallet_path)
    with WalletStore.open(link) as store, store.exclusive():
        assert store.path == wallet_path
        assert wallet_path.with_name("wallet.db.lock").exists()


def test_a_failed_creation_leaves_nothing_and_a_crashed_one_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wallet.db"
    (tmp_path / ".wallet.db.new").write_bytes(b"left by a crash")
    with monkeypatch.context() as patch:

        def fail(finished: Path, target: Path) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(private_file, "publish", fail)
        with pytest.raises(StorageError, match="disk is full"):
            WalletStore.create(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["wallet.db.lock"]
    WalletStore.create(path).close()


def not_a_database(path: Path) -> None:
    path.write_bytes(b"PNG " * 5000)


def empty_file(path: Path) -> None:
    path.write_bytes(b"")


def short_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 8192 * 4096])


def beginning_overwritten(path: Path) -> None:
    path.write_bytes(b"\x00" * 4096 + path.read_bytes()[4096:])


def middle_overwritten(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 8192) + data[-4096:])


def one_table_overwritten(path: Path) -> None:
    """Damage that nothing at opening would stumble on: a page of the address book."""
    raw = sqlite3.connect(path)
    (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'address_book'").fetchone()
    raw.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(data)


def one_page_too_many(path: Path) -> None:
    """Damage that SQLite reports as a finding, not as an error: a page that belongs to nothing."""
    data = bytearray(path.read_bytes() + bytes(4096))
    data[28:32] = (len(data) // 4096).to_bytes(4, "big")  # the header's page count
    path.write_bytes(data)


def other_programs_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")
        other.execute("INSERT INTO alembic_version VALUES ('0001')")
    other.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (not_a_database, "not a wallet"),
        (empty_file, "is empty"),
        (short_file, "not a wallet"),
        (cut_in_half, "damaged"),
        (beginning_overwritten, "not a wallet"),
        (middle_overwritten, "damaged"),
        (one_table_overwritten, "damaged"),
        (one_page_too_many, "damaged: .*never used"),
        (other_programs_database, "another program"),
    ],
)
@pytest.mark.parametrize("way", [WalletStore.open, WalletStore.open_or_create])
def test_what_is_no_sound_wallet_is_refused_and_left_as_it_is(
    wallet_path: Path, spoil: Callable[[Path], None], sentence: str, way: Callable[[Path], WalletStore]
) -> None:
    spoil(wallet_path)
    before = wallet_path.read_bytes()
    with pytest.raises(StorageError, match=sentence) as caught:
        way(wallet_path)
    assert caught.value.hint
    assert wallet_path.read_bytes() == before


def test_a_directory_is_no_wallet(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no wallet file"):
        WalletStore.open_or_create(tmp_path)


def test_damage_behind_the_first_look_is_found_by_the_integrity_check(wallet_path: Path) -> None:
    with WalletStore.open(wallet_path) as store:
        store.apply(rows.EVERYTHING)
    raw = sqlite3.connect(wallet_path)
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("DELETE FROM wallets")
    raw.commit()
    raw.close()
    with WalletStore.open(wallet_path) as store:
        assert any("missing row of wallets" in problem for problem in store.integrity_check())
        with pytest.raises(StorageError, match="cannot be right"):
            store.snapshot()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts SET status = 'lost'",
        "UPDATE account_facts SET balance = 'much'",
        "UPDATE identities SET status = 7",
    ],
)
def test_a_stored_value_that_cannot_be_is_an_error_not_a_guess(wallet_path: Path, statement: str) -> None:
    with WalletStore.open(wallet_path) as store:
        store.apply(rows.EVERYTHING)
    raw = sqlite3.connect(wallet_path)
    raw.execute("PRAGMA ignore_check_constraints=ON")
    raw.execute(statement)
    raw.commit()
    raw.close()
    with pytest.raises(StorageError):
        with WalletStore.open(wallet_path) as store:
            store.snapshot()


def test_a_closed_copy_is_a_whole_wallet(wallet_path: Path, tmp_path: Path) -> None:
    with WalletStore.open(wallet_path) as store:
        store.apply(rows.EVERYTHING)
        expected = store.snapshot()
    with WalletStore.open(Path(shutil.copy(wallet_path, tmp_path / "copy.db"))) as copy:
        assert copy.snapshot() == expected
