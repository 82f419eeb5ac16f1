"""[pure] JSON-RPC answers: matched to their questions by id, sorted into values and kinds of refusal.

Nothing is shifted: an answer that carries no id of ours is dropped, and a question without an answer says so. Kinds
follow what geth, Erigon, Nethermind, anvil and the large providers send; the text only helps where codes are shared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

MAX_TEXT: Final = 200


@unique
class Kind(Enum):
    """What a refusal means for us.

    RATE: ask again later. TOO_LARGE: ask for less. UNSUPPORTED: this node never answers it. REVERTED: the called
    contract itself said no, which is an answer. MISSING: no element came back for it. OTHER: everything else, the loss
    of a block included (which is found out by asking for the block).
    """

    RATE = "rate-limited"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"
    REVERTED = "reverted"
    MISSING = "missing"
    OTHER = "refused"


@dataclass(frozen=True, slots=True)
class Refused:
    """An error in place of a value. `text`: the node's words, one line, cut."""

    kind: Kind
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """The `result` of an answer, as JSON gave it: nothing about its form is known yet."""

    result: object


Reply = Value | Refused

_BY_CODE: Final = {-32005: Kind.RATE, -32601: Kind.UNSUPPORTED, 429: Kind.RATE, 3: Kind.REVERTED}
_BY_TEXT: Final = (
    ("execution reverted", Kind.REVERTED),
    ("rate limit", Kind.RATE),
    ("too many requests", Kind.RATE),
    ("exceeded its", Kind.RATE),
    ("try again", Kind.RATE),
    ("batch too large", Kind.TOO_LARGE),
    ("batch limit", Kind.TOO_LARGE),
    ("batch size", Kind.TOO_LARGE),
    ("too large", Kind.TOO_LARGE),
    ("response size", Kind.TOO_LARGE),
    ("out of gas", Kind.TOO_LARGE),
    ("gas limit", Kind.TOO_LARGE),
    ("gas allowance", Kind.TOO_LARGE),
    ("timeout", Kind.TOO_LARGE),
    ("not supported", Kind.UNSUPPORTED),
    ("not available", Kind.OTHER),
)


def replies_to(ids: Sequence[int], decoded: object) -> tuple[Reply, ...]:
    """One reply for each id, in the order of `ids`, whatever the node sent.

    An error that is alone, or names no question, refuses all that have no answer of their own (geth refuses a batch by
    one element with the id of the first question); of two answers with one id, neither can be trusted.
    """
    if isinstance(decoded, Mapping) and len(ids) > 1 and decoded.get("error") is None:
        return (_missing("one answer to many questions"),) * len(ids)
    elements = [e for e in (decoded if isinstance(decoded, list) else [decoded]) if isinstance(e, Mapping)]
    found: dict[int, Reply] = {}
    for element in elements:
        number = element.get("id")
        # JSON's true is an int to Python, and no id of ours.
        if isinstance(number, int) and not isinstance(number, bool):
            doubled = number in found
            found[number] = _missing("two answers to this question came back") if doubled else _reply(element)
    rest = _refusal_of_all(elements) or _missing("no answer to this question came back")
    return tuple(found.get(number, rest) for number in ids)


def _refusal_of_all(elements: Sequence[Mapping[str, object]]) -> Reply | None:
    refusals = (e for e in elements if e.get("error") is not None and (e.get("id") is None or len(elements) == 1))
    return next((_reply(element) for element in refusals), None)


def clean(text: object) -> str:
    """A node's words on one line, without control characters, cut."""
    shown = str(text)[: MAX_TEXT + 1]
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in shown)
    return " ".join(plain.split())[:MAX_TEXT]


def _reply(element: Mapping[str, object]) -> Reply:
    error = element.get("error")
    if error is None:
        return Value(element["result"]) if "result" in element else _missing("an answer without a result came back")
    code = error.get("code") if isinstance(error, Mapping) else None
    text = clean(error.get("message", "") if isinstance(error, Mapping) else error)
    number = code if isinstance(code, int) else None
    return Refused(_kind(number, text.lower()), number, text)


def _kind(code: int | None, text: str) -> Kind:
    if code in _BY_CODE:
        return _BY_CODE[code]
    return next((kind for fragment, kind in _BY_TEXT if fragment in text), Kind.OTHER)


def _missing(text: str) -> Refused:
    return Refused(Kind.MISSING, None, text)
