"""[pure] Address book entries of a file, by the text of the address; an own account's also by its aliases."""

from __future__ import annotations

from dataclasses import replace

from ledger_recovery.files.checks import book_problem
from ledger_recovery.files.merge.draft import Draft, quoted
from ledger_recovery.files.merge.plan import Kind, Outcome
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.changes import AddAddressBookEntry, MergeAddressBookEntry
from ledger_recovery.wallet.joining import join_book
from ledger_recovery.wallet.model import AddressBookRow
from ledger_recovery.wallet.names import is_short_name, short_name


def merge_entry(draft: Draft, row: AddressBookRow) -> None:
    problem = book_problem(row)
    if problem is not None:
        draft.leave_out(Kind.ADDRESS_BOOK, f"{quoted(row.name)}", problem)
        return
    known = draft.book.get(row.address) or draft.book.get(draft.own_entries.get(canonical_key(row.address), ""))
    if known is None:
        _keep(draft, row)
        draft.decide(Kind.ADDRESS_BOOK, row.address, Outcome.ADDED, f"as {quoted(row.name)}", AddAddressBookEntry(row))
        return
    offered = replace(row, address=known.address, name=_name_for(known, row))
    joined = join_book(known, offered)
    reason = _reason(known, row, joined)
    if joined == known:
        draft.decide(Kind.ADDRESS_BOOK, row.address, Outcome.KNOWN, reason)
        return
    _keep(draft, joined)
    draft.decide(Kind.ADDRESS_BOOK, row.address, Outcome.MERGED, reason, MergeAddressBookEntry(offered))


def _keep(draft: Draft, row: AddressBookRow) -> None:
    draft.book[row.address] = row
    if row.read_only:
        draft.own_entries[canonical_key(row.address)] = row.address


def _name_for(known: AddressBookRow, row: AddressBookRow) -> str:
    """A name that was made of an alias is as machine-made as one of the address itself."""
    return short_name(known.address) if is_short_name(row.name, row.address) else row.name


def _reason(known: AddressBookRow, row: AddressBookRow, joined: AddressBookRow) -> str:
    parts = []
    if joined.name != known.name:
        made = is_short_name(known.name, known.address)
        why = "which was machine-made" if made else "because it is an own account; yours stands in the note"
        parts.append(f"name {quoted(joined.name)} replaces {quoted(known.name)}, {why}")
    elif row.name != known.name:
        parts.append(f"your name {quoted(known.name)} kept")
    if joined.note == row.note != known.note:
        parts.append("note taken, because yours had none")
    elif row.note and joined.note == known.note != row.note:
        parts.append("your note kept")
    if joined.read_only and not known.read_only:
        parts.append("marked as an own account")
    return "; ".join(parts) or "equal to yours"
