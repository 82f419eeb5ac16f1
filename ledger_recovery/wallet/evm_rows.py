"""Read and write the EVM tables in one open transaction: snapshots out, changes in; nothing is deleted.

A fact of a block never gives way to that of an earlier or the same block, so changes may come in any order.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    AddEvmSmartAccount,
    EvmChange,
    NameEvmAccount,
    RefreshEvmHolding,
    RefreshEvmSighting,
    UseEvmAccount,
)
from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
    EvmSnapshot,
)
from ledger_recovery.wallet.failures import contradiction
from ledger_recovery.wallet.schema import Base
from ledger_recovery.wallet.schema_evm import (
    EvmAccountTable,
    EvmHoldingTable,
    EvmPlaceTable,
    EvmSightingTable,
    EvmSmartAccountTable,
)
from ledger_recovery.wallet.statements import Values, find, insert_new, update_changed


def read_evm(connection: Connection) -> EvmSnapshot:
    """All EVM rows; every table is sorted by what identifies its rows."""
    accounts = (EvmAccountRow(row.address, row.name, row.placeholder) for row in _rows(connection, EvmAccountTable))
    places = (_place(row) for row in _rows(connection, EvmPlaceTable))
    smart = (EvmSmartRow(**row._mapping) for row in _rows(connection, EvmSmartAccountTable))
    sightings = (EvmSightingRow(**row._mapping) for row in _rows(connection, EvmSightingTable))
    holdings = (EvmHoldingRow(**row._mapping) for row in _rows(connection, EvmHoldingTable))
    return EvmSnapshot(
        accounts=tuple(sorted(accounts, key=lambda row: row.address)),
        places=tuple(sorted(places, key=lambda row: row.key)),
        smart_accounts=tuple(sorted(smart, key=lambda row: row.address)),
        sightings=tuple(sorted(sightings, key=lambda row: row.key)),
        holdings=tuple(sorted(holdings, key=lambda row: row.key)),
    )


def write_evm(connection: Connection, change: EvmChange) -> bool:
    """Apply one change; whether the wallet is different afterwards.

    :raises StorageError: the change contradicts the wallet, or names an account that is not there.
    """
    match change:
        case AddEvmAccount(row):
            return insert_new(connection, EvmAccountTable, ("address",), asdict(row))
        case UseEvmAccount(address):
            _known_account(connection, address)
            return update_changed(connection, EvmAccountTable, {"address": address}, {"placeholder": False})
        case NameEvmAccount():
            return _name(connection, change)
        case AddEvmPlace(row):
            return _add_place(connection, row)
        case AddEvmSmartAccount(row):
            return insert_new(connection, EvmSmartAccountTable, ("address",), asdict(row))
        case RefreshEvmSighting(row):
            key = {"address": row.address, "chain_id": row.chain_id}
            return _refresh(connection, EvmSightingTable, key, asdict(row))
        case RefreshEvmHolding(row):
            key = {"address": row.address, "chain_id": row.chain_id, "token": row.token}
            return _refresh(connection, EvmHoldingTable, key, asdict(row))


def _name(connection: Connection, change: NameEvmAccount) -> bool:
    stored = _known_account(connection, change.address)
    if stored.name != change.made:
        return False
    return update_changed(connection, EvmAccountTable, {"address": change.address}, {"name": change.name})


def _add_place(connection: Connection, row: EvmPlaceRow) -> bool:
    _known_account(connection, row.address)
    key = {"fingerprint": row.fingerprint, "scheme": row.scheme, "place_index": row.index}
    if insert_new(connection, EvmPlaceTable, tuple(key), {**key, "path": row.path, "address": row.address}):
        return True
    stored = find(connection, EvmPlaceTable, key)
    # An address follows from the Ledger's keys and the path, for ever.
    if stored is None or stored.address != row.address:
        raise contradiction(f"{row.scheme} #{row.index} of this Ledger is stored with another address")
    return False


def _refresh(connection: Connection, table: type[Base], key: Values, values: Values) -> bool:
    if insert_new(connection, table, tuple(key), values):
        return True
    stored = find(connection, table, key)
    if stored is None or stored.block_height >= values["block_height"]:
        return False
    return update_changed(connection, table, key, {name: v for name, v in values.items() if name not in key})


def _known_account(connection: Connection, address: str) -> Row[Any]:
    row = find(connection, EvmAccountTable, {"address": address})
    if row is None:
        raise contradiction(f"a change names EVM account {address}, which the wallet does not hold")
    return row


def _place(row: Row[Any]) -> EvmPlaceRow:
    return EvmPlaceRow(row.fingerprint, row.scheme, row.place_index, row.path, row.address)


def _rows(connection: Connection, table: type[Base]) -> list[Row[Any]]:
    return list(connection.execute(select(table.__table__)))
