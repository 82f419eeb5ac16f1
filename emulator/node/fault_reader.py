"""Fault plans from JSON: `{"faults": [{"kind": "delay", "seconds": 0.5, "methods": [...], "calls": {...}}]}`.

The kinds and their values are described in FAULTS.md beside this file. [pure but for `read_plan` of a file]
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.node import effects
from emulator.node.answers import METHOD_NAMES
from emulator.node.faults import ALWAYS, Fault, FaultPlan, Range
from emulator.node.refusal import STATUS_NAMES
from emulator.node.view import Generation
from emulator.world.derivation import address_bytes
from emulator.world.table import Table, TableError, parse_hex

MAX_FILE_BYTES = 1024 * 1024
MAX_OVERSIZE = 256 * 1024 * 1024
_HOUR = 3600.0
_NUMBER_LIMIT = 2**53
_STATUSES = {name: name for name in STATUS_NAMES}
_GENERATIONS = {"older": Generation.OLDER, "newer": Generation.NEWER}


class FaultError(ValueError):
    """A fault plan cannot be used; the sentence says where and why."""


def read_plan(text_or_file: str) -> FaultPlan:
    """A plan from JSON text (it begins with a brace or bracket) or from a file."""
    text = text_or_file
    if not text.lstrip().startswith(("{", "[")):
        try:
            with Path(text_or_file).open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
            text = content.decode()
        except (OSError, UnicodeDecodeError) as error:
            raise FaultError(f"cannot read the fault file {text_or_file}: {error}") from error
    if len(text) > MAX_FILE_BYTES:
        raise FaultError(f"a fault plan has at most {MAX_FILE_BYTES} bytes")
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise FaultError(f"the fault plan is not valid JSON: {error}") from error
    return parse_plan(value)


def parse_plan(value: object) -> FaultPlan:
    """A plan from decoded JSON: an object with "faults", or the bare list."""
    root = {"faults": value} if isinstance(value, list) else value
    if not isinstance(root, dict):
        raise FaultError("a fault plan is an object with a list of faults")
    try:
        table = Table(root, "")
        faults = tuple(_fault(item) for item in table.tables("faults"))
        table.done()
    except TableError as error:
        raise FaultError(str(error)) from error
    return FaultPlan(faults)


def _fault(table: Table) -> Fault:
    kind = table.choice("kind", KINDS)
    methods = frozenset(table.texts("methods", ()))
    unknown = methods - METHOD_NAMES
    if unknown:
        raise table.fail("methods", f"unknown method {min(unknown)!r}; known: {', '.join(sorted(METHOD_NAMES))}")
    fault = Fault(
        effect=kind(table),
        methods=methods,
        keys=_keys(table, "cred_ids") | _keys(table, "addresses"),
        calls=_range(table.table("calls")) if table.has("calls") else ALWAYS,
        connections=_range(table.table("connections")) if table.has("connections") else ALWAYS,
    )
    table.done()
    return fault


def _range(table: Table) -> Range:
    chosen = Range(
        first=table.integer("from", 1, low=1, high=_NUMBER_LIMIT),
        last=table.optional_integer("to", low=1, high=_NUMBER_LIMIT),
        every=table.integer("every", 1, low=1, high=_NUMBER_LIMIT),
    )
    table.done()
    return chosen


def _keys(table: Table, name: str) -> frozenset[bytes]:
    return frozenset(_key(table, name, text) for text in table.texts(name, ()))


def _key(table: Table, name: str, text: str) -> bytes:
    """A credential ID in hex or an address in base58: their lengths tell them apart."""
    if len(text) > 60:
        return parse_hex(text, 48, lambda complaint: table.fail(name, complaint))
    try:
        return address_bytes(text)
    except ValueError:
        raise table.fail(name, f"{text!r} is neither a credential ID nor an account address") from None


def _delay(table: Table) -> effects.Delay:
    seconds = table.number("seconds", 1.0, low=0, high=_HOUR)
    return effects.Delay(seconds, table.optional_integer("workers", low=1, high=10_000))


def _fail(table: Table) -> effects.Fail:
    return effects.Fail(table.choice("status", _STATUSES), table.optional_text("text"))


def _limits(table: Table) -> effects.Limits:
    default = effects.Limits()
    return effects.Limits(
        per_connection=table.integer("per_connection", default.per_connection, low=1, high=100_000),
        total=table.integer("total", default.total, low=1, high=100_000),
        seconds=table.number("seconds", default.seconds, low=0, high=_HOUR),
    )


def _lag(table: Table) -> effects.Lag:
    return effects.Lag(table.integer("blocks", 1000, high=_NUMBER_LIMIT))


def _network(table: Table) -> effects.WrongNetwork:
    genesis = hashlib.sha256(b"another network").digest()
    if table.has("genesis_hash"):
        genesis = table.hex_bytes("genesis_hash", 32)
    return effects.WrongNetwork(genesis, table.text("genesis_string", "Another network"))


def _hide(table: Table) -> effects.Hide:
    return effects.Hide(
        targets=_keys(table, "targets"),
        lookups=table.flag("lookups", True),
        list=table.flag("list", True),
        genesis_cred_ids=table.flag("genesis_cred_ids", False),
    )


def _list_more(table: Table) -> effects.ListMore:
    targets = sorted(_keys(table, "targets"))
    return effects.ListMore(
        addresses=tuple(item for item in targets if len(item) == 32),
        cred_ids=tuple(item for item in targets if len(item) == 48),
    )


def _substitute(table: Table) -> effects.Substitute:
    pairs = table.mapping("pairs")
    return effects.Substitute(
        {_key(table, "pairs", asked): _key(table, "pairs", given) for asked, given in pairs.items()}
    )


def _cut(table: Table) -> effects.Cut:
    after = table.integer("after", 1, high=_NUMBER_LIMIT)
    status = table.choice("status", {**_STATUSES, "OK": None}, "UNAVAILABLE")
    return effects.Cut(after, status)


def _age(table: Table) -> effects.BlockAge:
    return effects.BlockAge(table.number("seconds", 600.0, low=-1e9, high=1e9))


def _clock(table: Table) -> effects.ClockOff:
    return effects.ClockOff(table.number("seconds", 600.0, low=-1e9, high=1e9))


def _oversize(table: Table) -> effects.Oversize:
    return effects.Oversize(table.integer("bytes", effects.Oversize().size, high=MAX_OVERSIZE))


KINDS: dict[str, Callable[[Table], Any]] = {
    "refuse": lambda table: effects.Refuse(),
    "mute": lambda table: effects.Mute(),
    "reset": lambda table: effects.Reset(),
    "delay": _delay,
    "hang": lambda table: effects.Hang(),
    "fail": _fail,
    "limits": _limits,
    "lag": _lag,
    "forget": lambda table: effects.Forget(),
    "block_age": _age,
    "clock": _clock,
    "network": _network,
    "hide": _hide,
    "list_more": _list_more,
    "substitute": _substitute,
    "software": lambda table: effects.Software(table.choice("generation", _GENERATIONS)),
    "garbage": lambda table: effects.Garbage(),
    "truncate": lambda table: effects.Truncate(table.number("keep", 0.5, low=0, high=1)),
    "oversize": _oversize,
    "blockhash": lambda table: effects.BlockHashHeader(table.optional_text("content")),
    "cut": _cut,
    "shuffle": lambda table: effects.Shuffle(table.integer("seed", 1)),
    "duplicate": lambda table: effects.Duplicate(table.integer("times", 2, low=1, high=100)),
}
"""Every kind of fault and how its values are read."""
