"""The old state or the new one, never a third: with every statement failing in turn, a full disk, a killed process."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet import private_file
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddCredential,
    AddIdentity,
    Change,
    ConfirmAccount,
    MergeAccount,
    MergeAddressBookEntry,
    MergeCredential,
    MergeExternalCredential,
    MergeIdentity,
    RefreshAccount,
)
from ledger_recovery.wallet.failures import storage_failures
from ledger_recovery.wallet.model import AccountRow, ExternalCredentialRow, WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows
from tests.unit.wallet.reference import ReferenceWallet

LATER: tuple[Change, ...] = (
    AddAccount(AccountRow(rows.address(3), "third", rows.KEY, facts=rows.FACTS)),
    ConfirmAccount(rows.address(0)),
    RefreshAccount(rows.address(1), 2, rows.FACTS),
    MergeIdentity(replace(rows.IDENTITY, key=rows.PROVIDER_KEY, name="real")),
    MergeAccount(replace(rows.PLAIN_ACCOUNT, deployment_transaction_id="44" * 32, facts=rows.FACTS)),
    MergeCredential(replace(rows.REMOVED_CREDENTIAL, randomness='{"prfRand":"55"}')),
    MergeExternalCredential(ExternalCredentialRow(rows.cred_id("unnoted"), rows.address(1), "my brother")),
    MergeAddressBookEntry(replace(rows.OWN_BOOK_ENTRY, note="for the roof")),
)


class Failing:
    """Lets a number of database calls pass, then fails each: before they run, or after they ran."""

    def __init__(self, passes: int) -> None:
        self.left = passes

    def __call__(self, *arguments: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise sqlite3.OperationalError("injected")


@contextmanager
def failing(store: WalletStore, hook: str, passes: int) -> Iterator[Failing]:
    fault = Failing(passes)
    event.listen(store._engine, hook, fault)
    try:
        yield fault
    finally:
        event.remove(store._engine, hook, fault)


@pytest.mark.parametrize("hook", ["before_cursor_execute", "after_cursor_execute", "commit"])
def test_whichever_statement_fails_the_old_state_stays(store: WalletStore, hook: str) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    for passes in range(1000):
        with failing(store, hook, passes) as fault:
            try:
                store.apply(LATER)
            except StorageError:
                failed = True
            else:
                failed = False
        if not failed:
            assert fault.left >= 0
            break
        assert store.snapshot() == before
    assert passes >= (1 if hook == "commit" else len(LATER))
    expected, _ = ReferenceWallet().after([*rows.EVERYTHING, *LATER])
    assert store.snapshot() == expected.snapshot()


KILLED_HALF_WAY = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows
store = WalletStore.open(Path(sys.argv[1]))
left = int(sys.argv[2])
def die(*arguments):
    global left
    left -= 1
    if left < 0:
        os._exit(9)
event.listen(store._engine, sys.argv[3], die)
store.apply(rows.EVERYTHING)
"""


@pytest.mark.parametrize(("passes", "hook"), [(8, "after_cursor_execute"), (0, "commit")])
def test_a_process_killed_half_way_leaves_the_old_state(wallet_path: Path, passes: int, hook: str) -> None:
    command = [sys.executable, "-c", KILLED_HALF_WAY, str(wallet_path), str(passes), hook]
    assert subprocess.run(command, check=False).returncode == 9
    with WalletStore.open(wallet_path) as store:
        assert store.snapshot() == WalletSnapshot()
        assert store.integrity_check() == ()
        assert store.apply(rows.EVERYTHING) == len(rows.EVERYTHING)


def pragma(store: WalletStore, text: str) -> object:
    """Run on the store's own connection, which its engine keeps."""
    connection = store._engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        row = cursor.fetchone()
        return row[0] if row else None
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("secure_delete", 1),
        ("busy_timeout", 1),
    ],
)
def test_the_connection_is_set_up_for_durability(store: WalletStore, name: str, value: object) -> None:
    assert pragma(store, f"PRAGMA {name}") == value


def test_a_finished_file_is_synced_before_its_name_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "wallet.db", []

    def noted(handle: int) -> None:
        steps.append((stat.S_ISDIR(os.fstat(handle).st_mode), path.exists()))

    monkeypatch.setattr(os, "fsync", noted)
    unfinished = tmp_path / "unfinished"
    unfinished.write_bytes(b"wallet")
    private_file.publish(unfinished, path)
    assert steps == ([(False, False), (True, True)] if os.name == "posix" else [(False, False)])
    assert path.read_bytes() == b"wallet" and not unfinished.exists()


def test_a_full_disk_leaves_the_old_state(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    pragma(store, "PRAGMA max_page_count=1")  # SQLite takes the present size as the limit
    large = replace(rows.PLACEHOLDER, key=replace(rows.KEY, index=5), identity_object="x" * 1_000_000)
    with pytest.raises(StorageError, match="disk is full") as caught:
        store.apply([AddIdentity(large)])
    assert "free some space" in caught.value.hint
    assert store.snapshot() == before
    pragma(store, "PRAGMA max_page_count=1000000")
    assert store.apply([AddIdentity(large)]) == 1


def test_a_read_only_wallet_is_still_read(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    pragma(store, "PRAGMA query_only=ON")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        store.apply(LATER)
    assert "writable" in caught.value.hint
    assert len(store.snapshot().accounts) == 2


def test_another_program_writing_is_waited_for_and_then_named(store: WalletStore, wallet_path: Path) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    other = sqlite3.connect(wallet_path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program is writing"):
            store.apply(LATER)
        assert store.snapshot() == before
        other.execute("ROLLBACK")
        assert store.apply(LATER) == len(LATER)
    finally:
        other.close()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "not permitted"),
        (errno.EIO, "wallet w.db: "),
    ],
)
def test_what_the_system_reports_becomes_a_sentence(number: int, sentence: str) -> None:
    with pytest.raises(StorageError, match=sentence) as caught:
        with storage_failures(Path("w.db")):
            raise OSError(number, "words of the system")
    assert caught.value.hint


PRIVATE = "5ec2e7" * 10
SPOILED: dict[str, Change] = {
    "text that is no Unicode": AddIdentity(
        replace(rows.PLACEHOLDER, key=replace(rows.KEY, index=5), randomness=PRIVATE, name="\ud800")
    ),
    "broken rule": AddCredential(replace(rows.CREDENTIAL, cred_id=rows.cred_id("other"), randomness=PRIVATE)),
    "contradiction": AddCredential(replace(rows.CREDENTIAL, counter=1, randomness=PRIVATE)),
    "number beyond 64 bits": AddCredential(
        replace(rows.CREDENTIAL, cred_id=rows.cred_id("x"), counter=2**64, randomness=PRIVATE)
    ),
    "value of no type": AddAccount(
        AccountRow(rows.address(3), "n", rows.KEY, self_amounts=PRIVATE, facts=replace(rows.FACTS, balance=-1))
    ),
}


@pytest.mark.parametrize("change", SPOILED.values(), ids=SPOILED.keys())
def test_no_error_shows_a_stored_value(store: WalletStore, change: Change) -> None:
    """The randomness of an identity is private; the parameters of a failed statement would show it."""
    store.apply(rows.EVERYTHING)
    with pytest.raises(StorageError) as caught:
        store.apply([change])
    assert PRIVATE not in "".join(traceback.format_exception(caught.value))


def test_a_failing_statement_does_not_show_its_values(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    account = AccountRow(rows.address(3), "n", rows.KEY, self_amounts=PRIVATE)
    pragma(store, "PRAGMA query_only=ON")
    with pytest.raises(StorageError) as caught:
        store.apply([AddAccount(account)])
    assert PRIVATE not in "".join(traceback.format_exception(caught.value))
