"""The wallet store: one file, opened or created safely; snapshots out, changes in, each in one transaction.

It decides nothing about accounts (the reconciler and the import merge do), and `apply` deletes nothing. After every
error the file is as it was before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet import lock, migrate, private_file
from ledger_recovery.wallet.address_book import AddressBook
from ledger_recovery.wallet.backups import BackupRoom
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.contacts import Contacts
from ledger_recovery.wallet.engine import (
    BUSY_TIMEOUT_MS,
    all_problems,
    check_header,
    quick_problems,
    reading,
    wallet_engine,
    writing,
)
from ledger_recovery.wallet.erase import SIDE_SUFFIXES
from ledger_recovery.wallet.evm_model import EvmSnapshot
from ledger_recovery.wallet.evm_rows import read_evm
from ledger_recovery.wallet.failures import storage_failures
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.reader import read_snapshot
from ledger_recovery.wallet.schema import APPLICATION_ID
from ledger_recovery.wallet.vault import Vault
from ledger_recovery.wallet.vault_model import STRONG, VaultCost
from ledger_recovery.wallet.writer import ChangeWriter


class WalletStore:
    """An open wallet file. Use `open`, `create` or `open_or_create`, and close it (or use `with`).

    Its methods may be called from any thread; each waits for the one before.
    """

    def __init__(self, path: Path, engine: Engine, notes: tuple[str, ...] = ()) -> None:
        self._path = path
        self._engine = engine
        self._notes = notes

    @classmethod
    def open(cls, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Self:
        """Open a wallet that is there; one of an older version of the program is migrated first.

        :param busy_timeout_ms: how long a call waits for another program's transaction on the file.
        :raises StorageError: no file, not a wallet, damaged, of a newer program, or not accessible.
        :raises WalletBusy: it must be migrated, and another program works on it.
        """
        with storage_failures(path):
            path = path.resolve()
            if not path.is_file():
                raise StorageError(
                    f"there is no wallet file at {path}", "give the right --wallet file, or recover to make a new one"
                )
            check_header(path)
            notes = _tighten(path)
            _bring_up_to_date(path, busy_timeout_ms)
            return cls(path, wallet_engine(path, busy_timeout_ms=busy_timeout_ms), notes)

    @classmethod
    def create(cls, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Self:
        """Make a new, empty wallet (file mode 0600; a new directory gets 0700) and open it.

        The file appears under its name only when it is complete, so that a crash leaves no half-made wallet.

        :raises StorageError: something is there already, or it cannot be written.
        :raises WalletBusy: another program is making it.
        """
        if not _make_if_missing(path):
            raise StorageError(f"there is a file at {path} already", "give another --wallet file")
        return cls.open(path, busy_timeout_ms=busy_timeout_ms)

    @classmethod
    def open_or_create(cls, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Self:
        """`open` if there is a file, else `create`; raises as they do."""
        with storage_failures(path):
            missing = not path.exists()
        if missing:
            _make_if_missing(path)
        return cls.open(path, busy_timeout_ms=busy_timeout_ms)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the person about what was found, or tightened, when the file was opened."""
        return self._notes

    def snapshot(self) -> WalletSnapshot:
        """The whole wallet at one moment, in an order that depends on its content only.

        :raises StorageError: it cannot be read, or holds a value that this program does not know.
        """
        with storage_failures(self._path), reading(self._engine) as connection:
            return read_snapshot(connection)

    def evm(self) -> EvmSnapshot:
        """The EVM rows alone, as `snapshot().evm`; raises as it does."""
        with storage_failures(self._path), reading(self._engine) as connection:
            return read_evm(connection)

    def apply(self, changes: Sequence[Change]) -> int:
        """Apply changes in their order, all or none; the number of those that made a difference.

        Applying what is there already changes nothing and counts nothing.

        :raises StorageError: a change contradicts the wallet, or it cannot be written; nothing was stored.
        """
        if not changes:
            return 0
        with storage_failures(self._path), writing(self._engine) as connection:
            writer = ChangeWriter(connection)
            return sum(writer.write(change) for change in changes)

    @contextmanager
    def address_book(self) -> Iterator[AddressBook]:
        """A person's own commands on the address book, removing included; all of them are stored at the end, or none.

        :raises StorageError: it cannot be written.
        """
        with storage_failures(self._path), writing(self._engine) as connection:
            yield AddressBook(connection)

    def remove_address(self, address: str) -> None:
        """Delete one address book entry, which only a person's own command does.

        :raises InputError: no such entry, or it is that of an own account.
        :raises StorageError: it cannot be written.
        """
        with self.address_book() as book:
            book.remove(address)

    @contextmanager
    def contacts(self) -> Iterator[Contacts]:
        """A person's own commands on their DIDs and peers; all of them are stored at the end, or none.

        :raises StorageError: it cannot be written.
        """
        with storage_failures(self._path), writing(self._engine) as connection:
            yield Contacts(connection)

    def backups(self) -> BackupRoom:
        """What the wallet keeps of its backups, and what one is made of."""
        return BackupRoom(self._path, self._engine)

    def vault(self, cost: VaultCost = STRONG) -> Vault:
        """The place where this wallet keeps secrets that came in a file.

        :param cost: of a new password; less than STRONG is for tests only.
        """
        return Vault(self._path, self._engine, cost)

    def integrity_check(self) -> tuple[str, ...]:
        """Everything that SQLite finds wrong with the file; empty when it is sound.

        :raises StorageError: it cannot even be read.
        """
        with storage_failures(self._path), reading(self._engine) as connection:
            return all_problems(connection)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other programs of ours from working on this wallet, from its first snapshot to its last change.

        :raises WalletBusy: another one does; the sentence names its process.
        """
        with lock.exclusive(self._path):
            yield

    def close(self) -> None:
        """Let go of the file; may be called again."""
        with storage_failures(self._path):
            self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def _tighten(path: Path) -> tuple[str, ...]:
    notes = private_file.tighten(path)
    for side in _side_files(path):
        if side.exists():
            private_file.tighten(side)
    return notes


def _side_files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in SIDE_SUFFIXES]


def _bring_up_to_date(path: Path, busy_timeout_ms: int) -> None:
    engine = wallet_engine(path, busy_timeout_ms=busy_timeout_ms)
    try:
        with reading(engine) as connection:
            problems = quick_problems(connection)
            if problems:
                raise StorageError(
                    f"wallet {path}: the file is damaged: {problems[0][:200]}",
                    "leave the file as it is, and restore the wallet from a backup",
                )
            found = migrate.revision(connection)
    finally:
        engine.dispose()
    if found != migrate.HEAD:
        migrate.check_known(found, path)
        with lock.exclusive(path):
            migrate.upgrade_file(path)


def _make_if_missing(path: Path) -> bool:
    """Make an empty wallet unless something is there; whether it was made."""
    with storage_failures(path):
        path = path.resolve()
        private_file.make_directory(path.parent)
        with lock.exclusive(path):
            if path.exists():
                return False
            _make_complete_file(path)
            return True


def _make_complete_file(path: Path) -> None:
    """Under the lock: build the wallet under another name, then give it its own."""
    unfinished = path.with_name(f".{path.name}.new")
    sides = _side_files(unfinished)
    _remove([unfinished, *sides])  # of a creation that crashed: it never held anything
    try:
        private_file.make_file(unfinished)
        engine = wallet_engine(unfinished)
        try:
            with writing(engine) as connection:
                connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID:d}")
                migrate.upgrade(connection)
        finally:
            engine.dispose()  # the last connection folds the write-ahead log into the file
        if any(side.exists() for side in sides):
            raise StorageError(f"wallet {path}: the new file could not be completed", "free some space and try again")
        private_file.publish(unfinished, path)
    finally:
        _remove([unfinished, *sides])


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
