"""Write what an import adds to known rows: read the row, join it by the rules of `joining`, store what differs.

The rules are the planner's own, applied to the row as the transaction finds it: whatever a plan says, nothing that a
person has can be replaced here.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import assert_never

from sqlalchemy import Connection

from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.changes import (
    MergeAccount,
    MergeAddressBookEntry,
    MergeChange,
    MergeCredential,
    MergeExternalCredential,
    MergeIdentity,
)
from ledger_recovery.wallet.failures import contradiction
from ledger_recovery.wallet.joining import (
    join_account,
    join_book,
    join_credential,
    join_external,
    join_identity,
    same_credential,
)
from ledger_recovery.wallet.lookups import Lookups
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
)
from ledger_recovery.wallet.reader import account_facts, account_row, credential_row, identity_row
from ledger_recovery.wallet.schema import (
    AccountFactsTable,
    AccountTable,
    AddressBookTable,
    CredentialTable,
    ExternalCredentialTable,
    IdentityTable,
)
from ledger_recovery.wallet.statements import find, insert_new, update_changed

_ACCOUNT_COLUMNS = (
    "name",
    "status",
    "is_initial",
    "signature_threshold",
    "self_amounts",
    "incoming_amounts",
    "total_decrypted",
    "all_decrypted",
    "deployment_transaction_id",
    "transaction_filter",
)
_IDENTITY_COLUMNS = (
    "name",
    "status",
    "keygen_version",
    "detail",
    "code_uri",
    "identity_provider",
    "identity_object",
    "randomness",
)


class MergeWriter:
    """Writes merges one by one; `write` says whether the wallet is different afterwards."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._connection = lookups.connection

    def write(self, change: MergeChange) -> bool:
        """Apply one merge in the open transaction.

        :raises StorageError: it names a row that is not there, or is of something else than the row.
        """
        match change:
            case MergeIdentity():
                return self._identity(change.row)
            case MergeAccount():
                return self._account(change.row)
            case MergeCredential():
                return self._credential(change.row)
            case MergeExternalCredential():
                return self._external(change.row)
            case MergeAddressBookEntry():
                return self._book(change.row)
            case _:
                assert_never(change)

    def _identity(self, offered: IdentityRow) -> bool:
        stored = self._lookups.identity(offered.key)
        joined = join_identity(identity_row(stored, offered.key.fingerprint), offered)
        values = {column: getattr(joined, column) for column in _IDENTITY_COLUMNS}
        return update_changed(self._connection, IdentityTable, {"id": stored.id}, values)

    def _account(self, offered: AccountRow) -> bool:
        stored = self._lookups.account(offered.address)
        facts = find(self._connection, AccountFactsTable, {"account_id": stored.id})
        # The identity that the account hangs on is not part of a merge.
        known = account_row(stored, offered.identity, None if facts is None else account_facts(facts))
        joined = join_account(known, offered)
        values = {column: getattr(joined, column) for column in _ACCOUNT_COLUMNS}
        changed = update_changed(self._connection, AccountTable, {"id": stored.id}, values)
        if joined.facts is None or joined.facts == known.facts:
            return changed
        return set_facts(self._connection, stored.id, joined.facts) or changed

    def _credential(self, offered: CredentialRow) -> bool:
        key = {"cred_id": offered.cred_id}
        stored = self._lookups.found(CredentialTable, key, f"credential {offered.cred_id[:8]}…")
        # Its identity is compared by id: the row's key is not read back from the tables.
        known = credential_row(stored, offered.identity)
        same_identity = stored.identity_id == self._lookups.identity_id(offered.identity)
        same_account = canonical_key(known.account_address) == canonical_key(offered.account_address)
        if not (same_identity and same_account and same_credential(known, offered)):
            raise contradiction(
                f"credential {offered.cred_id[:8]}… is stored with another identity, counter or account"
            )
        joined = join_credential(known, offered)
        values = {"policy": joined.policy, "randomness": joined.randomness, "key_status": joined.key_status}
        return update_changed(self._connection, CredentialTable, key, values)

    def _external(self, offered: ExternalCredentialRow) -> bool:
        key = {"cred_id": offered.cred_id}
        stored = self._lookups.found(ExternalCredentialTable, key, f"co-holder credential {offered.cred_id[:8]}…")
        if stored.account_id != self._lookups.account_id(offered.account_address):
            raise contradiction(f"co-holder credential {offered.cred_id[:8]}… is stored with another account")
        joined = join_external(ExternalCredentialRow(offered.cred_id, offered.account_address, stored.note), offered)
        return update_changed(self._connection, ExternalCredentialTable, key, {"note": joined.note})

    def _book(self, offered: AddressBookRow) -> bool:
        key = {"address": offered.address}
        stored = self._lookups.found(AddressBookTable, key, f"the address book entry of {offered.address}")
        joined = join_book(AddressBookRow(stored.address, stored.name, stored.note, stored.read_only), offered)
        values = {"name": joined.name, "note": joined.note, "read_only": joined.read_only}
        return update_changed(self._connection, AddressBookTable, key, values)


def set_facts(connection: Connection, account_id: int, facts: AccountFacts) -> bool:
    """Store what a block says of an account, in place of what an earlier one said."""
    key, values = {"account_id": account_id}, asdict(facts)
    if insert_new(connection, AccountFactsTable, tuple(key), {**key, **values}):
        return True
    return update_changed(connection, AccountFactsTable, key, values)
