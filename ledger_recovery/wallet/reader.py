"""Read the whole wallet out of its tables, as the frozen rows of `model`.

The order does not depend on how the wallet came about: every table is sorted by what identifies its rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from ledger_recovery.wallet.evm_rows import read_evm
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    WalletRow,
    WalletSnapshot,
)
from ledger_recovery.wallet.schema import (
    LEGACY_PROVIDER,
    AccountFactsTable,
    AccountTable,
    AddressBookTable,
    Base,
    CredentialTable,
    ExternalCredentialTable,
    IdentityTable,
    NetworkTable,
    WalletTable,
)


def read_snapshot(connection: Connection) -> WalletSnapshot:
    """Everything, at the moment of the connection's transaction."""
    wallets = {row.id: WalletRow(row.fingerprint, row.kind) for row in _rows(connection, WalletTable)}
    identities = {
        row.id: identity_row(row, wallets[row.wallet_id].fingerprint) for row in _rows(connection, IdentityTable)
    }
    facts = {row.account_id: account_facts(row) for row in _rows(connection, AccountFactsTable)}
    accounts = {
        row.id: account_row(row, identities[row.identity_id].key, facts.get(row.id))
        for row in _rows(connection, AccountTable)
    }
    credentials = [credential_row(row, identities[row.identity_id].key) for row in _rows(connection, CredentialTable)]
    # A credential that was first seen on an account as a co-holder's, and later turned out to be ours (its identity
    # index was searched afterwards), is ours. Its old row stays stored, with its note, and is not shown twice.
    ours = {row.cred_id for row in credentials}
    external = [
        ExternalCredentialRow(row.cred_id, accounts[row.account_id].address, row.note)
        for row in _rows(connection, ExternalCredentialTable)
        if row.cred_id not in ours
    ]
    book = [
        AddressBookRow(row.address, row.name, row.note, row.read_only) for row in _rows(connection, AddressBookTable)
    ]
    return WalletSnapshot(
        genesis_hash=connection.execute(select(NetworkTable.genesis_hash)).scalar_one_or_none(),
        wallets=tuple(sorted(wallets.values(), key=lambda row: row.fingerprint)),
        identities=tuple(sorted(identities.values(), key=lambda row: _order(row.key))),
        accounts=tuple(sorted(accounts.values(), key=lambda row: row.address)),
        credentials=tuple(sorted(credentials, key=lambda row: (_order(row.identity), row.scheme, row.counter))),
        external_credentials=tuple(sorted(external, key=lambda row: (row.account_address, row.cred_id))),
        address_book=tuple(sorted(book, key=lambda row: row.address)),
        evm=read_evm(connection),
    )


def _rows(connection: Connection, table: type[Base]) -> list[Row[Any]]:
    return list(connection.execute(select(table.__table__)))


def _order(key: IdentityKey) -> tuple[str, int, int]:
    return (key.fingerprint, LEGACY_PROVIDER if key.provider is None else key.provider, key.index)


def identity_row(row: Row[Any], fingerprint: str) -> IdentityRow:
    provider = None if row.provider == LEGACY_PROVIDER else row.provider
    return IdentityRow(
        key=IdentityKey(fingerprint, provider, row.identity_index),
        name=row.name,
        status=row.status,
        keygen_version=row.keygen_version,
        detail=row.detail,
        code_uri=row.code_uri,
        identity_provider=row.identity_provider,
        identity_object=row.identity_object,
        randomness=row.randomness,
    )


def account_facts(row: Row[Any]) -> AccountFacts:
    return AccountFacts(
        block_height=row.block_height,
        account_index=row.account_index,
        balance=row.balance,
        at_disposal=row.at_disposal,
        staked=row.staked,
        locked=row.locked,
        in_cooldown=row.in_cooldown,
        stake_kind=row.stake_kind,
        stake_target=row.stake_target,
    )


def account_row(row: Row[Any], identity: IdentityKey, facts: AccountFacts | None) -> AccountRow:
    return AccountRow(
        address=row.address,
        name=row.name,
        identity=identity,
        status=row.status,
        is_initial=row.is_initial,
        signature_threshold=row.signature_threshold,
        self_amounts=row.self_amounts,
        incoming_amounts=row.incoming_amounts,
        total_decrypted=row.total_decrypted,
        all_decrypted=row.all_decrypted,
        deployment_transaction_id=row.deployment_transaction_id,
        transaction_filter=row.transaction_filter,
        facts=facts,
    )


def credential_row(row: Row[Any], identity: IdentityKey) -> CredentialRow:
    return CredentialRow(
        cred_id=row.cred_id,
        account_address=row.account_address,
        identity=identity,
        counter=row.counter,
        credential_index=row.credential_index,
        policy=row.policy,
        randomness=row.randomness,
        scheme=row.scheme,
        removed=row.removed,
        key_status=row.key_status,
    )
