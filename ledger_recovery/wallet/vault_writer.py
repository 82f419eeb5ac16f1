"""Store the vault's header and items, which are encrypted already, in one open transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from ledger_recovery.wallet.changes import CreateVault, StoreSecret, VaultChange
from ledger_recovery.wallet.failures import contradiction
from ledger_recovery.wallet.schema import VaultItemTable, VaultTable
from ledger_recovery.wallet.statements import Values, find, insert_new, update_changed
from ledger_recovery.wallet.vault_model import SealedItem, VaultCost, VaultHeader

_ONLY = {"id": 1}


def write_vault(connection: Connection, change: VaultChange) -> bool:
    """Apply one change; whether the wallet is different afterwards.

    :raises StorageError: there is another vault than the one that the change belongs to.
    """
    if isinstance(change, CreateVault):
        return _create(connection, change.header)
    return _store(connection, change)


def read_header(connection: Connection) -> VaultHeader | None:
    row = find(connection, VaultTable, _ONLY)
    return None if row is None else _header(row)


def replace_header(connection: Connection, known: VaultHeader, new: VaultHeader) -> bool:
    """Put `new` in the place of `known`; False when the vault has another header by now."""
    return read_header(connection) == known and update_changed(connection, VaultTable, _ONLY, _columns(new))


def read_item(connection: Connection, vault_id: bytes, purpose: str, name: str) -> SealedItem | None:
    row = find(connection, VaultItemTable, {"purpose": purpose, "name": name})
    return None if row is None else SealedItem(vault_id, purpose, name, row.nonce, row.sealed)


def read_vault(connection: Connection) -> tuple[VaultHeader, tuple[SealedItem, ...]] | None:
    """Everything as it is stored, in the order of purpose and name; None when there is no vault."""
    header = read_header(connection)
    if header is None:
        return None
    rows = connection.execute(select(VaultItemTable.__table__).order_by(VaultItemTable.purpose, VaultItemTable.name))
    return header, tuple(SealedItem(header.vault_id, row.purpose, row.name, row.nonce, row.sealed) for row in rows)


def _create(connection: Connection, header: VaultHeader) -> bool:
    if insert_new(connection, VaultTable, tuple(_ONLY), {**_ONLY, **_columns(header)}):
        return True
    if read_header(connection) != header:
        raise contradiction("the wallet has a vault by now, made under another password")
    return False


def _store(connection: Connection, change: StoreSecret) -> bool:
    item = change.item
    header = read_header(connection)
    if header is None or header.vault_id != item.vault_id:
        # Sealed with a key that is gone: nobody could ever open it.
        raise contradiction("the vault for which this secret was encrypted is not there any more")
    key = {"purpose": item.purpose, "name": item.name}
    values = {"nonce": item.nonce, "sealed": item.sealed}
    if insert_new(connection, VaultItemTable, tuple(key), {**key, **values}):
        return True
    if change.replace:
        return update_changed(connection, VaultItemTable, key, values)
    if read_item(connection, item.vault_id, item.purpose, item.name) != item:
        raise contradiction(f"the vault holds another {item.purpose} {item.name} by now")
    return False


def _columns(header: VaultHeader) -> Values:
    return {
        "version": header.version,
        "vault_id": header.vault_id,
        "memory_kib": header.cost.memory_kib,
        "iterations": header.cost.iterations,
        "lanes": header.cost.lanes,
        "salt": header.salt,
        "nonce": header.nonce,
        "wrapped_key": header.wrapped_key,
        "checksum": header.checksum,
    }


def _header(row: Row[Any]) -> VaultHeader:
    return VaultHeader(
        vault_id=row.vault_id,
        cost=VaultCost(row.memory_kib, row.iterations, row.lanes),
        salt=row.salt,
        nonce=row.nonce,
        wrapped_key=row.wrapped_key,
        checksum=row.checksum,
        version=row.version,
    )
