"""Checks the JSON bodies of Speculos' REST API: same fields, same two shapes of 400 answers.

A small checker of its own instead of a JSON-schema library; the messages only resemble Speculos'. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_BODY = 512 * 1024
MAX_COORDINATE = 0xFFFF
"""A finger event has two bytes for each coordinate."""
_HEX_PAIRS = re.compile(r"^([a-fA-F0-9]{2})+$")


class Unparsable(ValueError):
    """The body is not JSON."""


class Invalid(ValueError):
    """The body is JSON, but not what this path takes. The text never repeats the value that was sent."""


@dataclass(frozen=True)
class Field:
    """One field of a body."""

    rule: str
    accepts: Callable[[object], bool]
    required: bool = False


Schema = Mapping[str, Field]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return _is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _is_coordinate(value: object) -> bool:
    return _is_integer(value) and isinstance(value, int | float) and 0 <= value <= MAX_COORDINATE


def _one_of(*choices: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_hex(value: object) -> bool:
    # `$` lets a final newline pass, as in Speculos' own schema
    return isinstance(value, str) and _HEX_PAIRS.search(value) is not None


_ACTION = Field(
    "one of 'press', 'release', 'press-and-release'", _one_of("press", "release", "press-and-release"), True
)
_DELAY = Field("a number of seconds", _is_number)
_COORDINATE = Field("an integer of at least 0", _is_coordinate)

APDU: Schema = {
    "data": Field("a string of hex digit pairs", _is_hex, True),
    "tick_timeout": Field("a number of ticks", _is_number),
}
BUTTON: Schema = {"action": _ACTION, "delay": _DELAY}
FINGER: Schema = {
    "action": _ACTION,
    "x": Field(_COORDINATE.rule, _is_coordinate, True),
    "y": Field(_COORDINATE.rule, _is_coordinate, True),
    "x2": _COORDINATE,
    "y2": _COORDINATE,
    "delay": _DELAY,
}
TICKER: Schema = {
    "action": Field("one of 'pause', 'resume', 'single-step'", _one_of("pause", "resume", "single-step"), True)
}
LOCK: Schema = {"locked": Field("true or false", _is_bool, True)}
APP: Schema = {"app": Field("the name of an app", _is_text, True)}
DEVICE: Schema = {
    "app": Field("the name of an app", _is_text),
    "seed": Field("a recovery phrase, or hex: and the seed bytes", _is_text),
    "locked": Field("true or false", _is_bool),
}
QUIT: Schema = {}


def read(body: bytes, schema: Schema) -> dict[str, object]:
    """Parse and check a body. A UTF-8 byte order mark is tolerated, of a doubled key the last counts.

    :raises Unparsable: not JSON
    :raises Invalid: not an object, or a field is missing, unknown or of the wrong kind
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Unparsable from None
    if not isinstance(value, dict):
        raise Invalid(_message("the body is not of type 'object'", "type", "object"))
    for name, rule in schema.items():
        if rule.required and name not in value:
            raise Invalid(_message(f"{name!r} is a required property", "required", rule.rule))
    for name, content in value.items():
        if name not in schema:
            known = ", ".join(schema) or "none"
            text = "Additional properties are not allowed (one was unexpected)"
            raise Invalid(_message(text, "additionalProperties", f"known properties: {known}"))
        if not schema[name].accepts(content):
            raise Invalid(_message(f"the value of {name!r} is not valid", name, schema[name].rule))
    return value


def _message(problem: str, validator: str, rule: str) -> str:
    return f"{problem}\n\nFailed validating {validator!r} in schema:\n    {rule}"


def query_boolean(text: str) -> bool:
    """A boolean of a query string.

    :raises ValueError: with the message that Speculos' parser gives
    """
    lowered = text.lower()
    if lowered in ("true", "1"):
        return True
    if lowered in ("false", "0"):
        return False
    if not text:
        raise ValueError("boolean type must be non-null")
    raise ValueError(f"Invalid literal for boolean(): {lowered[:100]}")
