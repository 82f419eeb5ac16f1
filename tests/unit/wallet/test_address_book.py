"""A person's own commands on the address book: each does what it says, or nothing and says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.wallet.address_book import MAX_NAME, MAX_NOTE, AddressBook
from ledger_recovery.wallet.changes import AddAccount
from ledger_recovery.wallet.model import AccountRow, AddressBookRow
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows
from tests.unit.wallet.test_durability import failing

SHOP, OWN, NEW = rows.BOOK_ENTRY.address, rows.OWN_BOOK_ENTRY.address, rows.address(8)


@pytest.fixture(autouse=True)
def _filled(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)


def entry(store: WalletStore, address: str) -> AddressBookRow | None:
    return next((row for row in store.snapshot().address_book if row.address == address), None)


def test_an_entry_is_added_once(store: WalletStore) -> None:
    with store.address_book() as book:
        assert book.add(NEW, "Alice", "rent")
        assert not book.add(NEW, "Alice", "rent")
    assert entry(store, NEW) == AddressBookRow(NEW, "Alice", "rent")
    with pytest.raises(InputError, match='already, as "Alice"'), store.address_book() as book:
        book.add(NEW, "Bob", "rent")
    assert entry(store, NEW) == AddressBookRow(NEW, "Alice", "rent")


def test_a_new_entry_of_an_own_account_is_marked_as_such(store: WalletStore) -> None:
    with store.address_book() as book:
        book.add(rows.PLAIN_ACCOUNT.address, "mine")
    assert entry(store, rows.PLAIN_ACCOUNT.address) == AddressBookRow(rows.PLAIN_ACCOUNT.address, "mine", None, True)


def test_renaming_keeps_the_note_and_touches_no_other_entry(store: WalletStore) -> None:
    before = store.snapshot()
    with store.address_book() as book:
        assert book.rename(SHOP, "baker")
        assert not book.rename(SHOP, "baker")
    assert entry(store, SHOP) == AddressBookRow(SHOP, "baker", rows.BOOK_ENTRY.note)
    assert entry(store, OWN) == rows.OWN_BOOK_ENTRY
    assert store.snapshot().accounts == before.accounts


def test_renaming_an_own_account_renames_it_in_both_places(store: WalletStore) -> None:
    with store.address_book() as book:
        assert book.rename(OWN, "house")
    named = {row.address: row.name for row in store.snapshot().accounts}
    assert named == {OWN: "house", rows.PLAIN_ACCOUNT.address: rows.PLAIN_ACCOUNT.name}
    assert entry(store, OWN) == AddressBookRow(OWN, "house", None, True)


@pytest.mark.parametrize(("note", "stored"), [("Tuesdays", "Tuesdays"), (None, None), ("  ", None)])
def test_a_note_is_replaced_or_taken_away(store: WalletStore, note: str | None, stored: str | None) -> None:
    with store.address_book() as book:
        assert book.set_note(SHOP, note)
        assert not book.set_note(SHOP, note)
    assert entry(store, SHOP) == AddressBookRow(SHOP, rows.BOOK_ENTRY.name, stored)


def test_a_contact_is_removed_and_nothing_else(store: WalletStore) -> None:
    before = store.snapshot()
    store.remove_address(SHOP)
    after = store.snapshot()
    assert [row for row in before.address_book if row.address != SHOP] == list(after.address_book)
    assert (before.accounts, before.credentials) == (after.accounts, after.credentials)
    assert store.integrity_check() == ()


def test_the_entry_of_an_own_account_is_not_removed(store: WalletStore) -> None:
    unmarked = rows.address(3)
    with store.address_book() as book:
        book.add(unmarked, "contact")  # which turns out to be an own account, by an alias of its address
    store.apply([AddAccount(AccountRow(rows.address(3, alias=5), "third", rows.KEY))])
    for address in (OWN, unmarked):
        with pytest.raises(InputError, match="own account") as caught:
            store.remove_address(address)
        assert caught.value.hint
        assert entry(store, address) is not None


REFUSED: dict[str, Callable[[AddressBook], object]] = {
    "unknown to rename": lambda book: book.rename(NEW, "n"),
    "unknown to note": lambda book: book.set_note(NEW, "n"),
    "unknown to remove": lambda book: book.remove(NEW),
    "blank name": lambda book: book.rename(SHOP, " "),
    "blank new name": lambda book: book.add(NEW, ""),
    "long name": lambda book: book.rename(SHOP, "n" * (MAX_NAME + 1)),
    "long note": lambda book: book.set_note(SHOP, "n" * (MAX_NOTE + 1)),
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_done_is_told_and_takes_the_commands_before_it_back(
    store: WalletStore, command: Callable[[AddressBook], object]
) -> None:
    before = store.snapshot()
    with pytest.raises(InputError) as caught, store.address_book() as book:
        book.add(rows.address(7), "good")
        command(book)
    assert caught.value.hint
    assert store.snapshot() == before


def test_names_and_notes_of_full_length_are_taken(store: WalletStore) -> None:
    with store.address_book() as book:
        assert book.add(NEW, "n" * MAX_NAME, "n" * MAX_NOTE)


@pytest.mark.parametrize("hook", ["before_cursor_execute", "after_cursor_execute", "commit"])
def test_whichever_statement_of_a_removal_fails_the_entry_stays(store: WalletStore, hook: str) -> None:
    for passes in range(100):
        with failing(store, hook, passes):
            try:
                store.remove_address(SHOP)
            except StorageError:
                failed = True
            else:
                failed = False
        if not failed:
            break
        assert entry(store, SHOP) == rows.BOOK_ENTRY
    assert passes > 0 and entry(store, SHOP) is None
