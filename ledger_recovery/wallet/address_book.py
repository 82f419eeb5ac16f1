"""What a person does to the address book by a command of their own: add, rename, note, remove.

No file and no recovery can lead here: an import only adds and merges. The entry of an own account is never removed,
and renaming it renames the account too, as in the Desktop Wallet.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete

from ledger_recovery.errors import InputError
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.names import is_blank
from ledger_recovery.wallet.schema import AccountTable, AddressBookTable
from ledger_recovery.wallet.statements import find, insert_new, update_changed

MAX_NAME = 40
MAX_NOTE = 100
"""Characters; the Desktop Wallet's own dialogs take no more."""


class AddressBook:
    """Commands on the entries, in one open transaction; each says whether the book is different afterwards."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, address: str, name: str, note: str | None = None) -> bool:
        """Add an entry; that of an own account is marked as such.

        :raises InputError: the address has an entry with another name or note, or a text cannot be used.
        """
        _check_texts(name, note)
        values = {"address": address, "name": name, "note": note, "read_only": self._is_own(address)}
        if insert_new(self._connection, AddressBookTable, ("address",), values):
            return True
        stored = self._entry(address)
        if (stored.name, stored.note) != (name, note):
            raise InputError(
                f'the address book has {address} already, as "{stored.name}"', "rename that entry, or change its note"
            )
        return False

    def rename(self, address: str, name: str) -> bool:
        """Give an entry another name, and the account too if it is an own one.

        :raises InputError: no such entry, or the name is blank or too long.
        """
        _check_texts(name, None)
        self._entry(address)
        changed = update_changed(self._connection, AddressBookTable, {"address": address}, {"name": name})
        own = {"canonical": canonical_key(address)}
        return update_changed(self._connection, AccountTable, own, {"name": name}) or changed

    def set_note(self, address: str, note: str | None) -> bool:
        """Replace an entry's note; None or blank text takes it away.

        :raises InputError: no such entry, or the note is too long.
        """
        _check_texts(None, note)
        self._entry(address)
        values = {"note": None if is_blank(note) else note}
        return update_changed(self._connection, AddressBookTable, {"address": address}, values)

    def remove(self, address: str) -> None:
        """Delete an entry.

        :raises InputError: no such entry, or it is that of an own account.
        """
        row = self._entry(address)
        if row.read_only or self._is_own(address):
            raise InputError(
                f"{address} is an own account of this wallet; its address book entry stays",
                "rename it if the name is wrong",
            )
        self._connection.execute(delete(AddressBookTable).where(AddressBookTable.address == address))

    def _is_own(self, address: str) -> bool:
        return find(self._connection, AccountTable, {"canonical": canonical_key(address)}) is not None

    def _entry(self, address: str) -> Row[Any]:
        row = find(self._connection, AddressBookTable, {"address": address})
        if row is None:
            raise InputError(f"the address book has no entry for {address}", "run `address-book list` to see them all")
        return row


def _check_texts(name: str | None, note: str | None) -> None:
    if name is not None and (is_blank(name) or len(name) > MAX_NAME):
        raise InputError(f"a name has 1 to {MAX_NAME} characters", "give another name")
    if note is not None and len(note) > MAX_NOTE:
        raise InputError(f"a note has at most {MAX_NOTE} characters", "give a shorter note")
