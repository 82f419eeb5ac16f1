"""The statements that the wallet is written with: find a row, insert what is new, put one, update what differs.

Built once for each table and set of columns and then only given values, so that a row costs one cheap statement and
applying n changes costs n times a constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from ledger_recovery.wallet.schema import Base

Values = Mapping[str, Any]

_KEY = "key_"
"""Before the parameters of the key, which would otherwise have the names of the values."""


def find(connection: Connection, table: type[Base], key: Values) -> Row[Any] | None:
    """The one row with these values in its (unique) key columns."""
    return connection.execute(_select(_table(table), tuple(key)), dict(key)).one_or_none()


def insert_new(connection: Connection, table: type[Base], key: tuple[str, ...], values: Values) -> bool:
    """Insert a row unless one with the same key columns is there; any other broken rule is an error."""
    return connection.execute(_insert(_table(table), key), dict(values)).rowcount == 1


def put(connection: Connection, table: type[Base], key: tuple[str, ...], values: Values) -> None:
    """Insert a row, or set all the columns of the one with the same key columns."""
    connection.execute(_put(_table(table), key), dict(values))


def update_changed(
    connection: Connection, table: type[Base], key: Values, values: Values, fill: Values | None = None
) -> bool:
    """Set `values` in the row with this key, and `fill` where it holds NULL; whether anything was different."""
    fill = fill or {}
    statement = _update(_table(table), tuple(key), tuple(values), tuple(fill))
    parameters = {**values, **fill, **{_KEY + name: value for name, value in key.items()}}
    return connection.execute(statement, parameters).rowcount == 1


def _table(table: type[Base]) -> Table:
    return table.metadata.tables[table.__tablename__]


@cache
def _select(table: Table, key: tuple[str, ...]) -> Executable:
    return select(table).where(*(table.columns[name] == bindparam(name) for name in key))


@cache
def _insert(table: Table, key: tuple[str, ...]) -> Executable:
    return insert(table).on_conflict_do_nothing(index_elements=key)


@cache
def _put(table: Table, key: tuple[str, ...]) -> Executable:
    statement = insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)


@cache
def _update(table: Table, key: tuple[str, ...], values: tuple[str, ...], fill: tuple[str, ...]) -> Executable:
    columns = table.columns
    new = {name: bindparam(name, type_=columns[name].type) for name in values}
    filled = {name: func.coalesce(columns[name], bindparam(name, type_=columns[name].type)) for name in fill}
    settings = {**new, **filled}
    return (
        update(table)
        .where(*(columns[name] == bindparam(_KEY + name) for name in key))
        .where(or_(*(columns[name].is_distinct_from(setting) for name, setting in settings.items())))
        .values(settings)
    )
