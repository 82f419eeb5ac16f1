"""The vault: secrets that came in a file, encrypted at rest in the wallet, unlocked for one operation and dropped.

Opened by `WalletStore.vault`. Writing is by changes that the caller applies together with the rest of an import, so
that all of it commits or none. A wallet of Ledger accounts only never has one. A lost password is final.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, delete, func, select

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet import vault_codec as codec
from ledger_recovery.wallet.changes import CreateVault, StoreSecret, VaultChange
from ledger_recovery.wallet.engine import reading, writing
from ledger_recovery.wallet.failures import storage_failures
from ledger_recovery.wallet.schema import VaultItemTable, VaultTable
from ledger_recovery.wallet.vault_model import STRONG, SealedItem, VaultCost, VaultEntry, VaultHeader, VaultStatus
from ledger_recovery.wallet.vault_writer import read_header, read_item, replace_header

FINAL_WHEN_LOST = (
    "a lost vault password is final: nobody can open the vault without it. Ledger accounts do not depend on it; "
    "recovery finds them again"
)
"""What every command says before a vault password is set."""


class UnlockedVault:
    """The vault while its key is in memory; use it with `with`, which wipes the key at the end."""

    def __init__(
        self, header: VaultHeader, key: SecretBytes, read: Callable[[str, str], SealedItem | None], *, new: bool
    ) -> None:
        self._header = header
        self._key = key
        self._read = read
        self._new = new

    def put(self, purpose: str, name: str, secret: SecretBytes, *, replace: bool = False) -> tuple[VaultChange, ...]:
        """The changes that store a secret, for `WalletStore.apply`; none when the vault holds just that already.

        :param purpose: the kind of secret, which selects its key; `name`: which one of that kind. Neither is secret.
        :raises InputError: another secret has that name, and `replace` was not given.
        """
        known = self._read(purpose, name)
        if known is not None:
            with codec.unseal(self._key, known) as held:
                if held == secret:
                    return ()
            if not replace:
                raise InputError(
                    f"the vault holds another {purpose} {name} already; it was left as it is",
                    "say that it is to be replaced, or export it first",
                )
        nonce = secrets.token_bytes(codec.NONCE_BYTES)
        item = codec.seal(self._key, self._header.vault_id, purpose, name, secret, nonce)
        creation = (CreateVault(self._header),) if self._new else ()
        return (*creation, StoreSecret(item, replace=known is not None))

    def get(self, purpose: str, name: str) -> SecretBytes:
        """A secret; the caller wipes it.

        :raises InputError: there is none of that name.
        :raises StorageError: it was altered.
        """
        item = self._read(purpose, name)
        if item is None:
            raise InputError(f"the vault holds no {purpose} {name}", "run `vault status` to see what it holds")
        return codec.unseal(self._key, item)

    def close(self) -> None:
        """Forget the key; may be called again."""
        self._key.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


class Vault:
    """The wallet's vault, or the place for one.

    Each password costs about half a second and 64 MiB to check. Passwords are UTF-8 bytes, as typed.
    """

    def __init__(self, path: Path, engine: Engine, cost: VaultCost = STRONG) -> None:
        """:param cost: of new passwords; less than STRONG is for tests only."""
        self._path = path
        self._engine = engine
        self._cost = cost

    def status(self) -> VaultStatus:
        """What can be said without the password.

        :raises StorageError: it cannot be read.
        """
        with storage_failures(self._path), reading(self._engine) as connection:
            header = read_header(connection)
            return VaultStatus(header is not None, header.cost if header else None, _entries(connection))

    def unlock(self, password: SecretBytes) -> UnlockedVault:
        """Open the vault that is there.

        :raises InputError: there is none.
        :raises WrongPassword: the password is another one.
        :raises StorageError: it cannot be read, or its header is damaged.
        """
        header = self._header()
        return UnlockedVault(header, codec.open_header(password, header), self._reader(header), new=False)

    def open_or_prepare(self, password: SecretBytes) -> UnlockedVault:
        """`unlock`, or where there is no vault a new one, which is stored with the first secret that is put into it.

        :raises WrongPassword: there is a vault, and the password is another one.
        :raises StorageError: it cannot be read, or its header is damaged.
        """
        if self._find_header() is not None:
            return self.unlock(password)
        key = SecretBytes(secrets.token_bytes(codec.KEY_BYTES))
        header = self._wrapped(password, key, secrets.token_bytes(codec.ID_BYTES))
        return UnlockedVault(header, key, self._reader(header), new=True)

    def change_password(self, old: SecretBytes, new: SecretBytes) -> None:
        """Wrap the vault's key under a new password: at once for all secrets, or not at all.

        :raises InputError: there is no vault.
        :raises WrongPassword: `old` is not its password.
        :raises StorageError: it cannot be written, or another program changed it meanwhile; the old password holds.
        """
        header = self._header()
        with codec.open_header(old, header) as key:
            fresh = self._wrapped(new, key, header.vault_id)
        with storage_failures(self._path):
            with writing(self._engine) as connection:
                if not replace_header(connection, header, fresh):
                    raise StorageError("another program changed the vault meanwhile; it was left as it is", "try again")
            self._fold()

    def forget(self) -> int:
        """Delete the vault and every secret in it, overwritten in the file; how many secrets there were.

        :raises StorageError: it cannot be written; the vault is as it was.
        """
        with storage_failures(self._path):
            with writing(self._engine) as connection:
                count = connection.execute(delete(VaultItemTable)).rowcount
                connection.execute(delete(VaultTable))
            self._fold()
        return count

    def _fold(self) -> None:
        """Take the write-ahead log into the file and empty it: it still holds the pages from before."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()  # busy, pages in the log, pages folded in
            cursor.close()
        finally:
            connection.close()
        if row is None or row[0]:
            raise StorageError(
                f"wallet {self._path}: done, but another program reads the wallet, and the log beside it may still "
                "hold what was there before, encrypted",
                "close the other program and run the command again",
            )

    def _wrapped(self, password: SecretBytes, key: SecretBytes, vault_id: bytes) -> VaultHeader:
        salt, nonce = secrets.token_bytes(codec.SALT_BYTES), secrets.token_bytes(codec.NONCE_BYTES)
        return codec.new_header(password, key, vault_id, salt, nonce, self._cost)

    def _find_header(self) -> VaultHeader | None:
        with storage_failures(self._path), reading(self._engine) as connection:
            return read_header(connection)

    def _header(self) -> VaultHeader:
        header = self._find_header()
        if header is None:
            raise InputError(
                "this wallet has no vault: no file with private keys was imported into it",
                "nothing is missing; Ledger accounts need no vault",
            )
        return header

    def _reader(self, header: VaultHeader) -> Callable[[str, str], SealedItem | None]:
        def read(purpose: str, name: str) -> SealedItem | None:
            with storage_failures(self._path), reading(self._engine) as connection:
                return read_item(connection, header.vault_id, purpose, name)

        return read


def _entries(connection: Connection) -> tuple[VaultEntry, ...]:
    columns = (VaultItemTable.purpose, VaultItemTable.name, func.length(VaultItemTable.sealed))
    rows = connection.execute(select(*columns).order_by(VaultItemTable.purpose, VaultItemTable.name))
    return tuple(VaultEntry(purpose, name, size - codec.TAG_BYTES) for purpose, name, size in rows)
