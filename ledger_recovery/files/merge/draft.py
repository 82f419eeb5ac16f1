"""[pure] The wallet as it grows while a plan is made: each item of the file meets what the items before it left.

So an item that stands in the file twice meets itself, and the plan's last change fits the wallet that the first ones
make.
"""

from __future__ import annotations

from ledger_recovery.files.fields import printable
from ledger_recovery.files.merge.plan import Conflict, Decision, Kind, Outcome
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    WalletSnapshot,
)

Slot = tuple[IdentityKey, str, int]
"""Where a credential sits: identity, key scheme value, counter. One credential ID belongs in each."""

_MAX_LINE = 400


class Draft:
    """The growing wallet, by the keys that tell its rows apart, and the plan so far."""

    def __init__(self, snapshot: WalletSnapshot) -> None:
        self.genesis_hash = snapshot.genesis_hash
        self.ledgers = {row.fingerprint for row in snapshot.wallets}
        self.identities: dict[IdentityKey, IdentityRow] = {row.key: row for row in snapshot.identities}
        self.accounts: dict[str, AccountRow] = {canonical_key(row.address): row for row in snapshot.accounts}
        self.credentials: dict[str, CredentialRow] = {row.cred_id: row for row in snapshot.credentials}
        self.slots: dict[Slot, str] = {slot_of(row): row.cred_id for row in snapshot.credentials}
        self.external: dict[str, ExternalCredentialRow] = {row.cred_id: row for row in snapshot.external_credentials}
        self.book: dict[str, AddressBookRow] = {row.address: row for row in snapshot.address_book}
        self.own_entries: dict[str, str] = {
            canonical_key(row.address): row.address for row in snapshot.address_book if row.read_only
        }
        self.changes: list[Change] = []
        self.decisions: list[Decision] = []
        self.conflicts: dict[Conflict, None] = {}  # each told once, in order

    def account(self, address: str) -> AccountRow | None:
        """The account that an address, or an alias of it, names."""
        return self.accounts.get(canonical_key(address))

    def decide(self, kind: Kind, subject: str, outcome: Outcome, reason: str, change: Change | None = None) -> None:
        self.decisions.append(Decision(kind, _line(subject), outcome, _line(reason)))
        if change is not None:
            self.changes.append(change)

    def leave_out(self, kind: Kind, subject: str, reason: str) -> None:
        self.decide(kind, subject, Outcome.LEFT_OUT, reason)

    def tell(self, code: str, kind: Kind, subject: str, sentence: str) -> None:
        self.conflicts[Conflict(code, kind, _line(subject), sentence)] = None


def slot_of(row: CredentialRow) -> Slot:
    return (row.identity, row.scheme, row.counter)


def quoted(name: str) -> str:
    """A name of a file or wallet as part of a sentence."""
    return f'"{printable(name)}"'


def _line(text: str) -> str:
    # A file's texts end up on a terminal. Nearly all of them are fine as they are, and a large import has many.
    return text if len(text) <= _MAX_LINE and text.isprintable() else printable(text, _MAX_LINE)
