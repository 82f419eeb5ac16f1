"""[pure] Frozen rows as JSON objects and back, by their fields' types: every field, none besides.

It serves our own export, which must never lose a column that a row type gains. Knows text, numbers, booleans, closed
sets of words, nested rows, and None where the type allows it.
"""

from __future__ import annotations

import types
from collections.abc import Hashable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.fields import Record

_ADVICE: Final = "Use another copy of the file."
_LOW: Final = -(2**63)
_HIGH: Final = 2**64 - 1

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class _Column:
    """`kind`: the type without None. `optional`: None is allowed. `required`: there is no default."""

    name: str
    kind: type[object]
    optional: bool
    required: bool


def row_to_json(row: Any) -> dict[str, object]:
    """A dataclass instance as an object; nested rows too."""
    return {column.name: _encoded(getattr(row, column.name)) for column in _columns(type(row))}


def row_from_json(kind: type[_Row], record: Record) -> _Row:
    """A row of type `kind`.

    A field with a default may be absent: older files do not have it.

    :raises DamagedFile: a field missing, of another type, or not a field of the row.
    """
    values: dict[str, object] = {}
    for column in _columns(kind):
        name = column.name
        if record.has(name):
            values[name] = _decoded(column.kind, record, name)
        elif record.holds(name) and column.optional:
            values[name] = record.raw(name)
        elif column.required or record.holds(name):
            raise record.wrong(name, "a value")
    unknown = record.not_asked()
    if unknown:
        raise DamagedFile(f"{record.place} has a field that it cannot have: {unknown[0]}", _ADVICE)
    return kind(**values)


def _encoded(value: object) -> object:
    if is_dataclass(value):
        return row_to_json(value)
    return value.value if isinstance(value, StrEnum) else value


def _decoded(kind: type[object], record: Record, name: str) -> object:
    if kind is bool:
        return record.boolean(name)
    if kind is int:
        return record.integer(name, low=_LOW, high=_HIGH)
    if is_dataclass(kind):
        return row_from_json(kind, record.record(name))
    text = record.text(name)
    if not issubclass(kind, StrEnum):
        return text
    try:
        return kind(text)
    except ValueError:
        raise record.wrong(name, f"one of {', '.join(kind)}") from None


def _columns(kind: type[Any]) -> tuple[_Column, ...]:
    return _cached_columns(cast(Hashable, kind))


@cache
def _cached_columns(kind: Hashable) -> tuple[_Column, ...]:
    if not is_dataclass(kind) or not isinstance(kind, type):
        raise TypeError(f"{kind!r} is no row type")
    hints = get_type_hints(kind)
    columns = []
    for field in fields(kind):
        hint = hints[field.name]
        options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        inner = [option for option in options if option is not type(None)]
        if len(inner) != 1 or not isinstance(inner[0], type):
            raise TypeError(f"{kind.__name__}.{field.name} is of a type that has no JSON form")
        required = field.default is MISSING and field.default_factory is MISSING
        columns.append(_Column(field.name, inner[0], optional=len(inner) < len(options), required=required))
    return tuple(columns)
