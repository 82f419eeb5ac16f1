"""[pure] JSON text from outside: strict UTF-8, bounded before it is parsed, every failure a DamagedFile with a place.

Stricter than Python's parser (no NaN, no lone surrogates, no deep nesting); one byte order mark is let pass, because
an editor may have added it. Does not know any format.
"""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.bounds import MAX_DEPTH, MAX_VALUES

_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_ADVICE = "Use an intact copy of the file."
_TOO_DEEP = "is nested deeper than any wallet's"


def parse(data: bytes, what: str) -> object:
    """The JSON document in `data`.

    :param what: names the document in error sentences, e.g. "the content of the file".
    :raises DamagedFile: not UTF-8, not JSON, or beyond the bounds; `position` is a byte of `data` where one is known.
    """
    start = len(_BOM) if data.startswith(_BOM) else 0
    text, position = _decoded(data[start:])
    if text is None:
        position += start
        raise DamagedFile(f"{what} is not UTF-8 text at byte {position}", _ADVICE, position=position)
    return parse_text(text, what, encoded=data)


def parse_text(text: str, what: str, *, encoded: bytes | None = None) -> object:
    """The JSON document in a text, for instance in a string of another document; as `parse`.

    :param encoded: the same text as UTF-8, when the caller has it already.
    """
    raw = text.encode("utf-8", "surrogatepass") if encoded is None else encoded
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MAX_VALUES:
        raise DamagedFile(f"{what} holds more values than any wallet", "Use an export file of a wallet.")
    value, trouble, position = _loaded(text)
    if trouble:
        place = "" if position is None else f" at byte {position}"
        raise DamagedFile(f"{what} {trouble}{place}", _ADVICE, position=position)
    _check_depth(value, what)
    if _SURROGATE_ESCAPE.search(raw) and not _encodable(value):
        raise DamagedFile(f"{what} holds half of a character (a lone surrogate)", _ADVICE)
    return value


def dump(value: object, *, sort_keys: bool = False) -> str:
    """Compact JSON with non-ASCII text as it is, as JavaScript's JSON.stringify writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys, allow_nan=False)


# The parsers' own exceptions carry the whole text, which may be secret: none of them is kept as a cause or context of
# ours. These two turn them into plain values before anything is raised.


def _decoded(data: bytes) -> tuple[str | None, int]:
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError as error:
        return None, error.start


def _loaded(text: str) -> tuple[object, str, int | None]:
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite), "", None
    except json.JSONDecodeError as error:
        return None, "is not JSON", len(text[: error.pos].encode("utf-8", "surrogatepass"))
    except RecursionError:
        return None, _TOO_DEEP, None
    except ValueError:
        return None, "holds a number that no wallet writes", None


def _check_depth(value: object, what: str) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for container in level:
            if isinstance(container, dict):
                below += [v for v in container.values() if isinstance(v, dict | list)]
            elif isinstance(container, list):
                below += [v for v in container if isinstance(v, dict | list)]
        if not below:
            return
        level = below
    raise DamagedFile(f"{what} {_TOO_DEEP}", _ADVICE)


def _encodable(value: object) -> bool:
    try:
        dump(value).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("an infinite number")
    return number
