"""The commands of the address book: list, add, rename, note, remove, export, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.settings import Settings

AddressArgument = Annotated[str, typer.Argument(help="The account address.", show_default=False)]
FileArgument = Annotated[Path, typer.Argument(help="A file of address book entries.", show_default=False)]
NameArgument = Annotated[str, typer.Argument(help="1 to 40 characters.", show_default=False)]
BOOK_EXAMPLES = """\b
Examples:
  ledger-recovery address-book list
  ledger-recovery address-book add 3kudWpag… "Anna" --note "rent"
  ledger-recovery address-book export book.json
The file of export and import is not encrypted.
"""


@command("address-book-list")
def list_(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """List the entries by name."""
    from ledger_recovery.cli.tables import Column, table
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    rows = wallet_files.book_entries(settings) if settings.wallet.exists() else ()
    entries: list[Json] = [
        {"address": row.address, "name": row.name, "note": row.note, "own": row.read_only} for row in rows
    ]
    cells = [[row.name, row.address, "own" if row.read_only else "", row.note or ""] for row in rows]
    columns = (Column("name"), Column("address"), Column(""), Column("note"))
    text = table(columns, cells, speech.width(), long=1) if rows else "no entries"
    return Outcome(text, {"wallet": str(settings.wallet), "entries": entries})


@command("address-book-add")
def add(
    address: AddressArgument,
    name: NameArgument,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="At most 100 characters.")] = None,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Add an entry."""
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    return _edited(settings, address, wallet_files.add_address(settings, address, name, note))


@command("address-book-rename")
def rename(address: AddressArgument, name: NameArgument, *, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Give an entry another name; an own account gets it too."""
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    return _edited(settings, address, wallet_files.rename_address(settings, address, name))


@command("address-book-note")
def note(
    address: AddressArgument,
    text: Annotated[str, typer.Argument(help='The note; "" takes it away.', show_default=False)],
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Give an entry another note."""
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    return _edited(settings, address, wallet_files.note_address(settings, address, text))


@command("address-book-remove")
def remove(address: AddressArgument, *, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Take an entry out; that of an own account stays."""
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    wallet_files.remove_address(settings, address)
    return _edited(settings, address, True)


@command("address-book-export")
def export(
    file: FileArgument,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Write all entries to a file, not encrypted."""
    from ledger_recovery.recover.service import wallet_files

    count = wallet_files.export_book(wallet_settings(place, output), file, replace=replace)
    return Outcome(f"saved and verified: {file}, {count} entries, not encrypted", {"file": str(file), "entries": count})


@command("address-book-import")
def import_(
    file: FileArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every decision and write nothing.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Add the entries of such a file; names and notes that are there stay."""
    from ledger_recovery.cli import file_views
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    result = wallet_files.import_book(settings, file, dry_run=dry_run)
    text = file_views.import_text(result, dry_run=dry_run)
    told = file_views.import_json(str(settings.wallet), str(file), result, dry_run=dry_run)
    return Outcome(text, told, changed=None if dry_run else settings)


def _edited(settings: Settings, address: str, changed: bool) -> Outcome:
    text = "done" if changed else "nothing changed: it was so already"
    return Outcome(text, {"address": address, "changed": changed}, changed=settings)
