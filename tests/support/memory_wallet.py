"""A wallet in memory that takes changes strictly: what cannot be applied as planned is an error, nothing is ignored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

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
    RefreshAccount,
    RefreshCredential,
)
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


@dataclass
class MemoryWallet:
    genesis_hash: str | None = None
    wallets: dict[str, WalletRow] = field(default_factory=dict)
    identities: dict[IdentityKey, IdentityRow] = field(default_factory=dict)
    accounts: dict[str, AccountRow] = field(default_factory=dict)
    credentials: dict[str, CredentialRow] = field(default_factory=dict)
    external: dict[str, ExternalCredentialRow] = field(default_factory=dict)
    book: dict[str, AddressBookRow] = field(default_factory=dict)

    @staticmethod
    def of(snapshot: WalletSnapshot) -> MemoryWallet:
        return MemoryWallet(
            snapshot.genesis_hash,
            {w.fingerprint: w for w in snapshot.wallets},
            {i.key: i for i in snapshot.identities},
            {a.address: a for a in snapshot.accounts},
            {c.cred_id: c for c in snapshot.credentials},
            {e.cred_id: e for e in snapshot.external_credentials},
            {b.address: b for b in snapshot.address_book},
        )

    def snapshot(self) -> WalletSnapshot:
        return WalletSnapshot(
            self.genesis_hash,
            tuple(self.wallets.values()),
            tuple(self.identities.values()),
            tuple(self.accounts.values()),
            tuple(self.credentials.values()),
            tuple(e for e in self.external.values() if e.cred_id not in self.credentials),
            tuple(self.book.values()),
        )

    def apply(self, change: Change) -> None:
        match change:
            case BindNetwork(genesis_hash):
                assert self.genesis_hash is None
                self.genesis_hash = genesis_hash
            case AddWallet(row):
                assert row.fingerprint not in self.wallets
                self.wallets[row.fingerprint] = row
            case AddIdentity(identity):
                assert identity.key not in self.identities and identity.key.fingerprint in self.wallets
                self.identities[identity.key] = identity
            case AddExternalCredential(external):
                assert external.cred_id not in self.external and external.account_address in self.accounts
                self.external[external.cred_id] = external
            case AddAddressBookEntry(entry):
                assert entry.address not in self.book
                self.book[entry.address] = entry
            case MarkOwnAddress(address):
                assert not self.book[address].read_only
                self.book[address] = replace(self.book[address], read_only=True)
            case AddAccount() | ConfirmAccount() | RefreshAccount():
                self._apply_to_accounts(change)
            case AddCredential() | RefreshCredential():
                self._apply_to_credentials(change)

    def _apply_to_accounts(self, change: AddAccount | ConfirmAccount | RefreshAccount) -> None:
        match change:
            case AddAccount(row):
                assert row.address not in self.accounts and row.identity in self.identities
                self.accounts[row.address] = row
            case ConfirmAccount(address):
                assert self.accounts[address].status is AccountStatus.PENDING
                self.accounts[address] = replace(self.accounts[address], status=AccountStatus.CONFIRMED)
            case RefreshAccount(address, threshold, facts):
                row = replace(self.accounts[address], signature_threshold=threshold, facts=facts)
                self.accounts[address] = row

    def _apply_to_credentials(self, change: AddCredential | RefreshCredential) -> None:
        match change:
            case AddCredential(row):
                slots = {(c.identity, c.scheme, c.counter) for c in self.credentials.values()}
                assert row.cred_id not in self.credentials and row.identity in self.identities
                assert (row.identity, row.scheme, row.counter) not in slots
                self.credentials[row.cred_id] = row
            case RefreshCredential(cred_id, index, removed, key_status, policy):
                before = self.credentials[cred_id]
                assert before.policy in (None, policy)
                after = replace(before, credential_index=index, removed=removed, key_status=key_status, policy=policy)
                assert after != before
                self.credentials[cred_id] = after


def applied(snapshot: WalletSnapshot, changes: Iterable[Change]) -> WalletSnapshot:
    wallet = MemoryWallet.of(snapshot)
    for change in changes:
        wallet.apply(change)
    return wallet.snapshot()
