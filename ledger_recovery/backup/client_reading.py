"""[pure] Answers of an Identity Box as values: what cannot be read is BoxError, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

from ledger_recovery.backup.protocol_json import BadMessage, parse_object
from ledger_recovery.errors import BoxError

_WHAT = "the answer of the Box"


class _HasBody(Protocol):
    @property
    def body(self) -> bytes: ...


class _Reply(Protocol):
    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self: ...


R = TypeVar("R", bound=_Reply)


def read(answer: _HasBody, kind: type[R]) -> R:
    """The answer as one of `protocol_replies`.

    :raises BoxError: it is none.
    """
    try:
        return kind.from_json(parse_object(answer.body, _WHAT))
    except BadMessage as error:
        raise BoxError(f"the Box answered nonsense: {error.sentence}", "Update the older of the two.") from None
