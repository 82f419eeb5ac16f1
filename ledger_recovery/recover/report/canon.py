"""[pure] Canonical JSON: one document has exactly one byte form, so that a signature covers every byte of a file.

Sorted keys, no spaces, UTF-8 as is, integers only. Reading refuses what writing would not have produced.
"""

from __future__ import annotations

import json
from typing import NoReturn


class NotCanonical(ValueError):
    """Bytes that canonical writing would not have produced, or a value that it cannot write; the text says why."""


def canonical_bytes(value: object) -> bytes:
    """The one byte form of a JSON value.

    :raises NotCanonical: a float, a key that is not text, a lone surrogate, a foreign type.
    """
    _require_plain(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("a text holds half a character") from error


def parse_canonical(data: bytes) -> object:
    """The value whose canonical form these bytes are.

    :raises NotCanonical: not JSON, duplicate keys, floats, too deep, or any other byte form of the same content.
    """
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        again = canonical_bytes(value)
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as error:
        raise NotCanonical("the bytes are not JSON text that this program writes") from error
    if again != data:
        raise NotCanonical("the content is not in canonical form")
    return value


def _require_plain(value: object) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case list():
            for item in value:
                _require_plain(item)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise NotCanonical("a key is not text")
                _require_plain(item)
        case _:
            raise NotCanonical(f"canonical JSON has no {type(value).__name__}")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("a key stands twice in one object")
    return found


def _refuse_number(text: str) -> NoReturn:
    raise NotCanonical(f"a report holds integers only, not {text[:20]}")
