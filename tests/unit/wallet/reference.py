"""What applying changes means, in plain dictionaries: the reference that the store is compared with.

Written from the descriptions of the changes, not from the store; it looks accounts up by decoded address. How two rows
are joined is shared with the store, and has its own tests. The vault is no part of a snapshot, nor of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger_recovery.derive.address import decode_address
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddAddressBookEntry,
    AddCredential,
    AddExternalCredential,
    AddIdentity,
    AddWallet,
    BindNetwork,
    Change,
    ConfirmAccount,
    MarkOwnAddress,
    MergeAccount,
    MergeAddressBookEntry,
    MergeCredential,
    MergeExternalCredential,
    MergeIdentity,
    RefreshAccount,
    RefreshCredential,
)
from ledger_recovery.wallet.joining import join_account, join_book, join_credential, join_external, join_identity
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    WalletRow,
    WalletSnapshot,
)


class ContradictionError(Exception):
    """The change cannot be true together with the wallet."""


class ReferenceWallet:
    def __init__(self) -> None:
        self.genesis_hash: str | None = None
        self.wallets: dict[str, WalletRow] = {}
        self.identities: dict[IdentityKey, IdentityRow] = {}
        self.accounts: dict[bytes, AccountRow] = {}
        self.credentials: dict[str, CredentialRow] = {}
        self.external: dict[str, ExternalCredentialRow] = {}
        self.book: dict[str, AddressBookRow] = {}

    def copy(self) -> ReferenceWallet:
        other = ReferenceWallet()
        for name, value in vars(self).items():
            setattr(other, name, dict(value) if isinstance(value, dict) else value)
        return other

    def after(self, changes: Sequence[Change]) -> tuple[ReferenceWallet, int]:
        """The wallet with all changes, and how many made a difference; or ContradictionError."""
        other, count = self.copy(), 0
        for change in changes:
            before = other.copy()
            other._apply(change)
            count += vars(other) != vars(before)
        return other, count

    def snapshot(self) -> WalletSnapshot:
        def place(key: IdentityKey) -> tuple[str, bool, int, int]:
            return (key.fingerprint, key.provider is not None, key.provider or 0, key.index)

        return WalletSnapshot(
            genesis_hash=self.genesis_hash,
            wallets=tuple(sorted(self.wallets.values(), key=lambda row: row.fingerprint)),
            identities=tuple(sorted(self.identities.values(), key=lambda row: place(row.key))),
            accounts=tuple(sorted(self.accounts.values(), key=lambda row: row.address)),
            credentials=tuple(
                sorted(self.credentials.values(), key=lambda row: (place(row.identity), row.scheme, row.counter))
            ),
            external_credentials=tuple(
                sorted(
                    (row for row in self.external.values() if row.cred_id not in self.credentials),
                    key=lambda row: (row.account_address, row.cred_id),
                )
            ),
            address_book=tuple(sorted(self.book.values(), key=lambda row: row.address)),
        )

    def _apply(self, change: Change) -> None:
        match change:
            case BindNetwork(genesis_hash):
                require(self.genesis_hash in (None, genesis_hash))
                self.genesis_hash = genesis_hash
            case AddWallet(row):
                self.wallets.setdefault(row.fingerprint, row)
            case AddIdentity(row):
                require(row.key.fingerprint in self.wallets)
                self.identities.setdefault(row.key, row)
            case AddAddressBookEntry(row):
                self.book.setdefault(row.address, row)
            case MarkOwnAddress(address):
                require(address in self.book)
                self.book[address] = replace(self.book[address], read_only=True)
            case AddAccount() | ConfirmAccount() | RefreshAccount():
                self._apply_to_account(change)
            case AddCredential() | RefreshCredential() | AddExternalCredential():
                self._apply_to_credential(change)
            case MergeIdentity() | MergeAccount() | MergeAddressBookEntry():
                self._merge(change)
            case MergeCredential() | MergeExternalCredential():
                self._merge_credential(change)
            case _:
                raise NotImplementedError(type(change))

    def _apply_to_account(self, change: AddAccount | ConfirmAccount | RefreshAccount) -> None:
        if isinstance(change, AddAccount):
            require(change.row.identity in self.identities)
            self.accounts.setdefault(account(change.row.address), change.row)
            return
        key = account(change.address)
        require(key in self.accounts)
        row = self.accounts[key]
        if isinstance(change, ConfirmAccount):
            self.accounts[key] = replace(row, status=AccountStatus.CONFIRMED)
        elif row.facts is None or row.facts.block_height <= change.facts.block_height:
            self.accounts[key] = replace(row, signature_threshold=change.signature_threshold, facts=change.facts)

    def _apply_to_credential(self, change: AddCredential | RefreshCredential | AddExternalCredential) -> None:
        if isinstance(change, AddCredential):
            row = change.row
            require(row.identity in self.identities)
            for stored in self.credentials.values():
                same_place = where(stored) == where(row)
                same_id = stored.cred_id == row.cred_id
                require(same_place == same_id)
                require(not same_id or account(stored.account_address) == account(row.account_address))
            self.credentials.setdefault(row.cred_id, row)
        elif isinstance(change, RefreshCredential):
            require(change.cred_id in self.credentials)
            known = self.credentials[change.cred_id]
            self.credentials[change.cred_id] = replace(
                known,
                credential_index=change.credential_index,
                removed=change.removed,
                key_status=change.key_status,
                policy=change.policy if known.policy is None else known.policy,
            )
        else:
            key = account(change.row.account_address)
            require(key in self.accounts)
            named = replace(change.row, account_address=self.accounts[key].address)
            stored_external = self.external.setdefault(named.cred_id, named)
            require(stored_external.account_address == named.account_address)

    def _merge(self, change: MergeIdentity | MergeAccount | MergeAddressBookEntry) -> None:
        match change:
            case MergeIdentity(identity):
                require(identity.key in self.identities)
                self.identities[identity.key] = join_identity(self.identities[identity.key], identity)
            case MergeAccount(offered):
                key = account(offered.address)
                require(key in self.accounts)
                self.accounts[key] = join_account(self.accounts[key], offered)
            case MergeAddressBookEntry(entry):
                require(entry.address in self.book)
                self.book[entry.address] = join_book(self.book[entry.address], entry)

    def _merge_credential(self, change: MergeCredential | MergeExternalCredential) -> None:
        if isinstance(change, MergeCredential):
            row = change.row
            require(row.cred_id in self.credentials and row.identity in self.identities)
            known = self.credentials[row.cred_id]
            require((known.identity, known.counter) == (row.identity, row.counter))
            require(account(known.account_address) == account(row.account_address))
            self.credentials[row.cred_id] = join_credential(known, row)
        else:
            external = change.row
            key = account(external.account_address)
            require(external.cred_id in self.external and key in self.accounts)
            stored = self.external[external.cred_id]
            require(stored.account_address == self.accounts[key].address)
            self.external[external.cred_id] = join_external(stored, external)


def where(row: CredentialRow) -> tuple[IdentityKey, str, int]:
    return (row.identity, row.scheme, row.counter)


def account(address: str) -> bytes:
    return decode_address(address)[:29]


def require(holds: bool) -> None:
    if not holds:
        raise ContradictionError
