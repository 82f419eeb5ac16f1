"""[pure] JSON that crosses between a computer and its Identity Box: bounded before it is parsed, every field checked.

What does not fit is a BadMessage: the Box answers it with a refusal, the client calls it nonsense. Sentences name the
field, never its value, which may be a token.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Final, NoReturn

from ledger_recovery.errors import InputError

MAX_JSON_BYTES: Final = 4 * 1024 * 1024
MAX_TEXT: Final = 300
"""Characters of a text that the other side words itself: a name, a sentence."""
MAX_ITEMS: Final = 10_000
MAX_NUMBER: Final = 2**53 - 1

HEX_32: Final = re.compile(r"[0-9a-f]{64}")
TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)")
"""UTC, as Python's isoformat or with a Z."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class BadMessage(InputError):
    """JSON of the other side that is too large, no JSON, or lacks something that it must hold."""


class _Unusable(ValueError):
    pass


def parse_object(data: bytes, what: str, *, limit: int = MAX_JSON_BYTES) -> dict[str, object]:
    """The JSON object in `data`.

    :param what: names the message in error sentences, e.g. "the answer of the Box".
    :raises BadMessage: larger than `limit` bytes, not UTF-8, no JSON, a repeated key, or no object.
    """
    if len(data) > limit:
        raise BadMessage(f"{what} is larger than {limit} bytes")
    # The parser's own exceptions carry the text, which may hold a token: none is kept as cause or context.
    value, trouble = _loaded(data)
    if trouble:
        raise BadMessage(f"{what} {trouble}")
    if not isinstance(value, dict):
        raise BadMessage(f"{what} is not a JSON object")
    return value


def dump(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def only(fields: Mapping[str, object], *names: str) -> None:
    """Refuse fields of other names: for requests, where a field that is not understood must not be passed over.

    :raises BadMessage: there is one.
    """
    if not fields.keys() <= set(names):
        raise BadMessage(f"only these fields may be given: {', '.join(names) or 'none'}")


def text(fields: Mapping[str, object], name: str, pattern: re.Pattern[str]) -> str:
    """A text that is `pattern` from end to end."""
    value = fields.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadMessage(f"the field {name} is missing or has not the right form")
    return value


def worded(fields: Mapping[str, object], name: str) -> str:
    """A text for people, made harmless: control and direction characters become spaces, cut at 300 characters."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise BadMessage(f"the field {name} is not a text")
    return printable(value)


def printable(value: str) -> str:
    """At most 300 characters that a terminal shows and does not obey."""
    return _UNPRINTABLE.sub(" ", value[:MAX_TEXT]).strip()


def number(fields: Mapping[str, object], name: str, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    """A whole number in `least`..`most`; a truth value is none."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadMessage(f"the field {name} is missing or no whole number from {least} to {most}")
    return value


def mapping(fields: Mapping[str, object], name: str) -> dict[str, object]:
    """A JSON object."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise BadMessage(f"the field {name} is missing or no object")
    return value


def mappings(fields: Mapping[str, object], name: str, *, most: int = MAX_ITEMS) -> tuple[dict[str, object], ...]:
    """A list of at most `most` JSON objects."""
    found = []
    for item in _items(fields, name, most):
        if not isinstance(item, dict):
            raise BadMessage(f"the field {name} holds something that is no object")
        found.append(item)
    return tuple(found)


def texts(
    fields: Mapping[str, object], name: str, pattern: re.Pattern[str], *, most: int = MAX_ITEMS
) -> tuple[str, ...]:
    """A list of at most `most` texts, each of them `pattern` from end to end."""
    found = []
    for item in _items(fields, name, most):
        if not isinstance(item, str) or not pattern.fullmatch(item):
            raise BadMessage(f"the field {name} holds something that has not the right form")
        found.append(item)
    return tuple(found)


def _items(fields: Mapping[str, object], name: str, most: int) -> list[object]:
    value = fields.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise BadMessage(f"the field {name} is missing or no list of at most {most}")
    return value


def _loaded(data: bytes) -> tuple[object, str]:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
        dump(value)
    except UnicodeError:
        return None, "is not UTF-8 text"
    except RecursionError:
        return None, "is nested too deeply"
    except ValueError:
        return None, "is not JSON, or repeats a key"
    return value, ""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unusable
    return found


def _refuse(_name: str) -> NoReturn:
    raise _Unusable


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Unusable
    return value
