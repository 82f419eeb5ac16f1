"""The address book: a person's own edits, and a plain file of it to carry entries to another wallet.

The file is JSON without encryption: it holds names, addresses and notes, nothing that moves funds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger_recovery.derive.address import AddressError, decode_address
from ledger_recovery.errors import InputError, NewerVersion, NotOurFile, StorageError
from ledger_recovery.files.bounds import MAX_NAME
from ledger_recovery.files.fields import Record
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.files.merge import plan_import
from ledger_recovery.files.write import read_bounded, save
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files.importing import FilePlan, ImportResult
from ledger_recovery.wallet.address_book import AddressBook
from ledger_recovery.wallet.model import AddressBookRow, WalletSnapshot
from ledger_recovery.wallet.store import WalletStore

FORMAT = "ledger-recovery address book"
VERSION = 1


def book_entries(settings: Settings) -> tuple[AddressBookRow, ...]:
    """All entries by name, without case.

    :raises StorageError: there is no wallet, or it cannot be read.
    """
    with WalletStore.open(settings.wallet) as store:
        return tuple(sorted(store.snapshot().address_book, key=lambda row: (row.name.lower(), row.address)))


def add_address(settings: Settings, address: str, name: str, note: str | None) -> bool:
    """Add an entry; False when just that is there already. A wallet that is not there is made.

    :raises InputError: not an account address, or a name or note that cannot be used.
    """
    _check_address(address)
    with WalletStore.open_or_create(settings.wallet) as store, store.exclusive(), store.address_book() as book:
        return book.add(address, name, note)


def rename_address(settings: Settings, address: str, name: str) -> bool:
    """Another name for an entry, and for the account if it is an own one.

    :raises InputError: no such entry, or a name that cannot be used.
    """
    with _editing(settings) as book:
        return book.rename(address, name)


def note_address(settings: Settings, address: str, note: str) -> bool:
    """Another note for an entry; empty takes it away.

    :raises InputError: no such entry, or a note that is too long.
    """
    with _editing(settings) as book:
        return book.set_note(address, note)


def remove_address(settings: Settings, address: str) -> None:
    """Take an entry out.

    :raises InputError: no such entry, or it is that of an own account.
    """
    with _editing(settings) as book:
        book.remove(address)


def export_book(settings: Settings, path: Path, *, replace: bool = False) -> int:
    """Write all entries to a file (mode 0600); how many.

    :raises InputError: there is a file already, and `replace` is false.
    :raises StorageError: it could not be written; what was there is intact.
    """
    rows = book_entries(settings)
    entries = [{"address": row.address, "name": row.name, "note": row.note} for row in rows]
    data = dump({"format": FORMAT, "version": VERSION, "entries": entries}).encode("utf-8")

    def verify(stored: bytes) -> None:
        if [(r.address, r.name, r.note) for r in _read(stored)] != [(r.address, r.name, r.note) for r in rows]:
            raise StorageError("the address book was read back with other content", "try another folder or disk")

    save(path, data, verify, replace=replace)
    return len(rows)


def import_book(settings: Settings, path: Path, *, dry_run: bool = False) -> ImportResult:
    """Merge the entries of such a file by the rules of every import; nothing that is there is replaced.

    :raises InputError: not such a file, damaged, or made by a newer version.
    """
    imported = ImportedWallet(address_book=_read(read_bounded(path)))
    for row in imported.address_book:
        _check_address(row.address)
    if dry_run and not settings.wallet.exists():
        return ImportResult(_told(WalletSnapshot(), imported), 0)
    with WalletStore.open_or_create(settings.wallet) as store, store.exclusive():
        snapshot = store.snapshot()
        applied = 0 if dry_run else store.apply(plan_import(snapshot, imported).changes)
        return ImportResult(_told(snapshot, imported), applied)


def _told(snapshot: WalletSnapshot, imported: ImportedWallet) -> FilePlan:
    plan = plan_import(snapshot, imported)
    return FilePlan(
        kind="address-book",
        sentence="an address book of this program",
        decisions=plan.decisions,
        conflicts=plan.conflicts,
        notes=(),
        keys_to_vault=False,
        new_vault=False,
        network_unproven=False,
        nothing_new=plan.nothing_new,
    )


@contextmanager
def _editing(settings: Settings) -> Iterator[AddressBook]:
    with WalletStore.open(settings.wallet) as store, store.exclusive(), store.address_book() as book:
        yield book


def _read(data: bytes) -> tuple[AddressBookRow, ...]:
    document = Record(parse(data, "the file"), "")
    if document.raw("format") != FORMAT:
        raise NotOurFile(
            "the file is not an address book of this program",
            "give a file that `address-book export` wrote; for a wallet export use: ledger-recovery import",
        )
    if document.integer("version") != VERSION:
        raise NewerVersion("the address book was made by a newer version of this program", "use that version")
    return tuple(_entry(record) for record in document.records("entries"))


def _entry(record: Record) -> AddressBookRow:
    address = record.text("address", limit=MAX_NAME)
    return AddressBookRow(address, record.name(), record.optional_text("note", limit=MAX_NAME))


def _check_address(address: str) -> None:
    try:
        decode_address(address)
    except AddressError as error:
        raise InputError(str(error), "give an account address of Concordium, as its owner gave it to you") from error
