"""Write changes into the tables of one open transaction: each adds, fills or refreshes; nothing is deleted.

Adding a row whose key is there already changes nothing: what a person named, noted or was issued stays. What cannot be
true together with the wallet raises, and the caller's transaction rolls everything back.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection

from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddAddressBookEntry,
    AddCredential,
    AddDid,
    AddExternalCredential,
    AddIdentity,
    AddPeer,
    AddWallet,
    BindNetwork,
    Change,
    ConfirmAccount,
    CreateVault,
    MarkOwnAddress,
    RefreshAccount,
    RefreshCredential,
    StoreSecret,
)
from ledger_recovery.wallet.contacts import write_contact
from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    AddEvmSmartAccount,
    NameEvmAccount,
    RefreshEvmHolding,
    RefreshEvmSighting,
    UseEvmAccount,
)
from ledger_recovery.wallet.evm_rows import write_evm
from ledger_recovery.wallet.failures import contradiction
from ledger_recovery.wallet.lookups import Lookups
from ledger_recovery.wallet.merge_writer import MergeWriter, set_facts
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
    WalletRow,
)
from ledger_recovery.wallet.schema import (
    AccountFactsTable,
    AccountTable,
    AddressBookTable,
    CredentialTable,
    ExternalCredentialTable,
    IdentityTable,
    NetworkTable,
    WalletTable,
)
from ledger_recovery.wallet.statements import find, insert_new, update_changed
from ledger_recovery.wallet.vault_writer import write_vault

_ONLY_ROW = 1


class ChangeWriter:
    """Writes changes one by one; `write` says whether the wallet is different afterwards."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lookups = Lookups(connection)
        self._merges = MergeWriter(self._lookups)

    def write(self, change: Change) -> bool:
        """Apply one change in the open transaction.

        :raises StorageError: the change contradicts the wallet, or names a row that is not there.
        """
        match change:
            case BindNetwork():
                return self._bind_network(change)
            case AddWallet():
                return self._add_wallet(change.row)
            case AddIdentity():
                return self._add_identity(change.row)
            case AddAccount():
                return self._add_account(change.row)
            case ConfirmAccount():
                return self._confirm_account(change)
            case RefreshAccount():
                return self._refresh_account(change)
            case AddCredential():
                return self._add_credential(change.row)
            case RefreshCredential():
                return self._refresh_credential(change)
            case AddExternalCredential():
                return self._add_external_credential(change.row)
            case AddAddressBookEntry():
                return self._add_address_book_entry(change.row)
            case MarkOwnAddress():
                return self._mark_own_address(change)
            case CreateVault() | StoreSecret():
                return write_vault(self._connection, change)
            case AddDid() | AddPeer():
                return write_contact(self._connection, change)
            case AddEvmAccount() | UseEvmAccount() | NameEvmAccount() | AddEvmPlace() | AddEvmSmartAccount():
                return write_evm(self._connection, change)
            case RefreshEvmSighting() | RefreshEvmHolding():
                return write_evm(self._connection, change)
            case _:
                return self._merges.write(change)

    # --- network, Ledgers, identities ---------------------------------------------------------------------------

    def _bind_network(self, change: BindNetwork) -> bool:
        values = {"id": _ONLY_ROW, "genesis_hash": change.genesis_hash}
        if insert_new(self._connection, NetworkTable, ("id",), values):
            return True
        bound = self._lookups.found(NetworkTable, {"id": _ONLY_ROW}, "the network").genesis_hash
        if bound != change.genesis_hash:
            raise contradiction(
                f"the wallet belongs to the network with genesis block {bound[:8]}…, "
                f"the change to that with {change.genesis_hash[:8]}…"
            )
        return False

    def _add_wallet(self, row: WalletRow) -> bool:
        return insert_new(self._connection, WalletTable, ("fingerprint",), asdict(row))

    def _add_identity(self, row: IdentityRow) -> bool:
        place = self._lookups.identity_place(row.key)
        values = {
            **place,
            "name": row.name,
            "status": row.status,
            "keygen_version": row.keygen_version,
            "detail": row.detail,
            "code_uri": row.code_uri,
            "identity_provider": row.identity_provider,
            "identity_object": row.identity_object,
            "randomness": row.randomness,
        }
        return insert_new(self._connection, IdentityTable, tuple(place), values)

    # --- accounts -----------------------------------------------------------------------------------------------

    def _add_account(self, row: AccountRow) -> bool:
        values = {
            "canonical": canonical_key(row.address),
            "address": row.address,
            "name": row.name,
            "identity_id": self._lookups.identity_id(row.identity),
            "status": row.status,
            "is_initial": row.is_initial,
            "signature_threshold": row.signature_threshold,
            "self_amounts": row.self_amounts,
            "incoming_amounts": row.incoming_amounts,
            "total_decrypted": row.total_decrypted,
            "all_decrypted": row.all_decrypted,
            "deployment_transaction_id": row.deployment_transaction_id,
            "transaction_filter": row.transaction_filter,
        }
        added = insert_new(self._connection, AccountTable, ("canonical",), values)
        if added and row.facts:
            set_facts(self._connection, self._lookups.account_id(row.address), row.facts)
        return added

    def _confirm_account(self, change: ConfirmAccount) -> bool:
        key = {"id": self._lookups.account_id(change.address)}
        return update_changed(self._connection, AccountTable, key, {"status": AccountStatus.CONFIRMED})

    def _refresh_account(self, change: RefreshAccount) -> bool:
        account_id = self._lookups.account_id(change.address)
        stored = find(self._connection, AccountFactsTable, {"account_id": account_id})
        # A resumed run may bring facts of a block before the one that the wallet knows already.
        if stored and stored.block_height > change.facts.block_height:
            return False
        threshold = {"signature_threshold": change.signature_threshold}
        changed = update_changed(self._connection, AccountTable, {"id": account_id}, threshold)
        return set_facts(self._connection, account_id, change.facts) or changed

    # --- credentials --------------------------------------------------------------------------------------------

    def _add_credential(self, row: CredentialRow) -> bool:
        identity_id = self._lookups.identity_id(row.identity)
        values = {
            "cred_id": row.cred_id,
            "account_address": row.account_address,
            "identity_id": identity_id,
            "counter": row.counter,
            "credential_index": row.credential_index,
            "policy": row.policy,
            "randomness": row.randomness,
            "scheme": row.scheme,
            "removed": row.removed,
            "key_status": row.key_status,
        }
        if insert_new(self._connection, CredentialTable, ("cred_id",), values):
            return True
        stored = self._lookups.found(CredentialTable, {"cred_id": row.cred_id}, "a credential")
        place = (canonical_key(stored.account_address), stored.identity_id, stored.scheme, stored.counter)
        # A credential ID follows from the key and the counter, and belongs to one account for ever.
        if place != (canonical_key(row.account_address), identity_id, row.scheme, row.counter):
            raise contradiction(f"credential {row.cred_id[:8]}… is stored with another identity, counter or account")
        return False

    def _refresh_credential(self, change: RefreshCredential) -> bool:
        key = {"cred_id": change.cred_id}
        self._lookups.found(CredentialTable, key, f"credential {change.cred_id[:8]}…")
        values = {
            "credential_index": change.credential_index,
            "removed": change.removed,
            "key_status": change.key_status,
        }
        return update_changed(self._connection, CredentialTable, key, values, fill={"policy": change.policy})

    def _add_external_credential(self, row: ExternalCredentialRow) -> bool:
        account_id = self._lookups.account_id(row.account_address)
        values = {"cred_id": row.cred_id, "account_id": account_id, "note": row.note}
        if insert_new(self._connection, ExternalCredentialTable, ("cred_id",), values):
            return True
        stored = self._lookups.found(ExternalCredentialTable, {"cred_id": row.cred_id}, "a co-holder credential")
        if stored.account_id != account_id:
            raise contradiction(f"co-holder credential {row.cred_id[:8]}… is stored with another account")
        return False

    # --- address book -------------------------------------------------------------------------------------------

    def _add_address_book_entry(self, row: AddressBookRow) -> bool:
        return insert_new(self._connection, AddressBookTable, ("address",), asdict(row))

    def _mark_own_address(self, change: MarkOwnAddress) -> bool:
        key = {"address": change.address}
        self._lookups.found(AddressBookTable, key, f"the address book entry of {change.address}")
        return update_changed(self._connection, AddressBookTable, key, {"read_only": True})
