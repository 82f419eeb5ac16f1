"""[pure] A wallet snapshot, indexed for the questions that the reconciler asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger_recovery.derive.address import CANONICAL_BYTES, AddressError, decode_address
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    WalletSnapshot,
)

Slot = tuple[IdentityKey, str, int]
"""Where a credential sits: identity, key scheme value, counter. One credential ID belongs in each."""


@dataclass(frozen=True, slots=True)
class Known:
    """`accounts` and `book` are keyed by `account_key` of the address; everything else by the wallet's own keys."""

    genesis_hash: str | None
    fingerprints: frozenset[str]
    identities: Mapping[IdentityKey, IdentityRow]
    accounts: Mapping[bytes, AccountRow]
    credentials: Mapping[str, CredentialRow]
    slots: Mapping[Slot, CredentialRow]
    external: frozenset[str]
    book: Mapping[bytes, AddressBookRow]

    @staticmethod
    def of(snapshot: WalletSnapshot) -> Known:
        return Known(
            genesis_hash=snapshot.genesis_hash,
            fingerprints=frozenset(w.fingerprint for w in snapshot.wallets),
            identities={i.key: i for i in snapshot.identities},
            accounts={account_key(a.address): a for a in snapshot.accounts},
            credentials={c.cred_id: c for c in snapshot.credentials},
            slots={slot_of(c): c for c in snapshot.credentials},
            external=frozenset(e.cred_id for e in snapshot.external_credentials),
            # Of an address and its aliases the entry that is marked as own already wins, in whatever order they come.
            book={account_key(b.address): b for b in sorted(snapshot.address_book, key=_book_rank, reverse=True)},
        )

    def account(self, address: str) -> AccountRow | None:
        """The wallet's row of an account, also when it holds an alias of the address."""
        return self.accounts.get(account_key(address))

    def own_entry(self, address: str) -> AddressBookRow | None:
        """The address book entry of an account, also when the person wrote down an alias of its address."""
        return self.book.get(account_key(address))


def slot_of(row: CredentialRow) -> Slot:
    return (row.identity, row.scheme, row.counter)


def account_key(address: str) -> bytes:
    """What two texts of one account share: the first 29 bytes; the last three are free (concordium-base Types.hs)."""
    try:
        return decode_address(address)[:CANONICAL_BYTES]
    except AddressError:
        return address.encode("utf-8", "surrogatepass")


def _book_rank(row: AddressBookRow) -> tuple[bool, str]:
    return (not row.read_only, row.address)
