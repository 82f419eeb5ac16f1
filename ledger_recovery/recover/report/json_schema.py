"""[pure] A checker for the part of JSON Schema (draft 2020-12) that our own schema files use.

Deliberately small: a schema keyword that is not listed here is a defect of the schema and is refused, never ignored.
Patterns must fit the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Schema = Mapping[str, object]
_Check = Callable[[object, object, "_Place"], Iterator[str]]

_ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description"})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are: the root schema (for $ref), the schema at hand, and the path for messages."""

    root: Schema
    schema: Schema
    path: str

    def into(self, schema: object, step: str) -> _Place:
        return _Place(self.root, _mapping(schema), f"{self.path}{step}")


def first_problem(value: object, schema: Schema) -> str | None:
    """Where and how a JSON value breaks the schema first, or None when it fits.

    :raises ValueError: the schema itself uses something unknown.
    """
    return next(_problems(value, _Place(schema, schema, "report")), None)


def _problems(value: object, place: _Place) -> Iterator[str]:
    for keyword, argument in place.schema.items():
        if keyword in _ANNOTATIONS:
            continue
        check = _CHECKS.get(keyword)
        if check is None:
            raise ValueError(f"the schema keyword {keyword!r} is not supported")
        yield from check(value, argument, place)


def _type(value: object, argument: object, place: _Place) -> Iterator[str]:
    names = [argument] if isinstance(argument, str) else _sequence(argument)
    if not any(_is_a(value, str(name)) for name in names):
        yield f"{place.path} is not {' or '.join(map(str, names))}"


def _is_a(value: object, name: str) -> bool:
    match name:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
    raise ValueError(f"the schema type {name!r} is not supported")


def _const(value: object, argument: object, place: _Place) -> Iterator[str]:
    if type(value) is not type(argument) or value != argument:
        yield f"{place.path} is not {argument!r}"


def _enum(value: object, argument: object, place: _Place) -> Iterator[str]:
    if not any(type(value) is type(choice) and value == choice for choice in _sequence(argument)):
        yield f"{place.path} has a value that is not among the known ones"


def _pattern(value: object, argument: object, place: _Place) -> Iterator[str]:
    if isinstance(value, str) and not _compiled(str(argument)).fullmatch(value):
        yield f"{place.path} has a form that is not allowed"


def _bound(kind: type, size: Callable[..., int], sign: int) -> _Check:
    """A check of one limit: `sign` 1 for a highest, -1 for a lowest value. It concerns values of its own type only."""

    def check(value: object, argument: object, place: _Place) -> Iterator[str]:
        if not isinstance(argument, int):
            raise ValueError("the schema is malformed: a limit is not an integer")
        if isinstance(value, kind) and not isinstance(value, bool) and sign * size(value) > sign * argument:
            yield f"{place.path} is out of bounds"

    return check


def _properties(value: object, argument: object, place: _Place) -> Iterator[str]:
    if isinstance(value, dict):
        for name, schema in _mapping(argument).items():
            if name in value:
                yield from _problems(value[name], place.into(schema, f".{name}"))


def _required(value: object, argument: object, place: _Place) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{place.path} lacks {name!r}" for name in _sequence(argument) if name not in value)


def _additional(value: object, argument: object, place: _Place) -> Iterator[str]:
    if argument is not False:
        raise ValueError("additionalProperties is supported as false only")
    if isinstance(value, dict) and not value.keys() <= _mapping(place.schema.get("properties", {})).keys():
        yield f"{place.path} has a field that is not known"


def _items(value: object, argument: object, place: _Place) -> Iterator[str]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _problems(item, place.into(argument, f"[{number}]"))


def _ref(value: object, argument: object, place: _Place) -> Iterator[str]:
    prefix, _, name = str(argument).rpartition("/")
    target = _mapping(place.root.get("$defs", {})).get(name)
    if prefix != "#/$defs" or target is None:
        raise ValueError(f"the schema reference {argument!r} leads nowhere")
    yield from _problems(value, place.into(target, ""))


def _any_of(value: object, argument: object, place: _Place) -> Iterator[str]:
    choices = [place.into(schema, "") for schema in _sequence(argument)]
    if all(next(_problems(value, choice), None) for choice in choices):
        yield f"{place.path} fits none of the allowed forms"


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError("the schema is malformed: an object was expected")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise ValueError("the schema is malformed: a list was expected")
    return value


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_CHECKS: dict[str, _Check] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _bound(str, len, -1),
    "maxLength": _bound(str, len, 1),
    "minItems": _bound(list, len, -1),
    "maxItems": _bound(list, len, 1),
    "minimum": _bound(int, int, -1),
    "maximum": _bound(int, int, 1),
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "$ref": _ref,
    "anyOf": _any_of,
}
