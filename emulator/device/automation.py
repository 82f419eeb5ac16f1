"""Automation rules: what the device does by itself when a text appears on its screen.

Speculos' format, version 1 (doc/user/automation.md): the first rule that matches a text gives the actions.
Parses and matches only: the machine carries the actions out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

MAX_DOCUMENT = 256 * 1024
MAX_PATTERN = 1000
BUILT_IN = ("approve", "decline")


class BadAutomation(ValueError):
    """The document is not a set of automation rules."""


@dataclass(frozen=True)
class PressButton:
    """Button 1 (left) or 2 (right) goes down or up."""

    button: int
    down: bool


@dataclass(frozen=True)
class MoveFinger:
    """A finger goes down or up at a point."""

    x: int
    y: int
    down: bool


@dataclass(frozen=True)
class SetBool:
    """A variable for the conditions of later rules."""

    name: str
    value: bool


@dataclass(frozen=True)
class ExitEmulator:
    """The emulator ends."""


Action = PressButton | MoveFinger | SetBool | ExitEmulator


@dataclass(frozen=True)
class Rule:
    """All given fields must match; without any, every text matches."""

    text: str | None = None
    regexp: re.Pattern[str] | None = None
    x: int | None = None
    y: int | None = None
    conditions: tuple[tuple[str, bool], ...] = ()
    actions: tuple[Action, ...] | None = None

    def matches(self, text: str, x: int, y: int, variables: Mapping[str, bool]) -> bool:
        """Whether this rule applies to a text at a place."""
        return (
            (self.text is None or self.text == text)
            and (self.regexp is None or self.regexp.match(text) is not None)
            and (self.x is None or self.x == x)
            and (self.y is None or self.y == y)
            and all(variables.get(name, False) == value for name, value in self.conditions)
        )


@dataclass
class Automation:
    """Rules and the variables they have set."""

    rules: tuple[Rule, ...] = ()
    variables: dict[str, bool] = field(default_factory=dict)

    def actions(self, text: str, x: int, y: int) -> Sequence[Action]:
        """Actions of the first rule that matches and has any."""
        for rule in self.rules:
            if rule.actions is not None and rule.matches(text, x, y, self.variables):
                return rule.actions
        return ()


def parse(document: str) -> Automation:
    """Read a JSON document of rules.

    :raises BadAutomation: not JSON, wrong version, an unknown field, or a field of the wrong kind
    """
    if len(document) > MAX_DOCUMENT:
        raise BadAutomation(f"automation rules are longer than {MAX_DOCUMENT} characters; shorten them")
    try:
        data = json.loads(document)
    except (ValueError, RecursionError):
        raise BadAutomation("automation rules are not JSON; give an object with version and rules") from None
    if not isinstance(data, dict) or set(data) != {"version", "rules"} or data["version"] != 1:
        raise BadAutomation('automation rules must be an object {"version": 1, "rules": [...]}')
    if not isinstance(data["rules"], list):
        raise BadAutomation('the "rules" of an automation document must be a list')
    return Automation(tuple(_rule(entry, number) for number, entry in enumerate(data["rules"])))


def load(source: str) -> Automation:
    """Rules from what `--automation` was given: a built-in name, JSON text, a path, or `file:` and a path.

    :raises BadAutomation: unreadable or not a set of rules
    """
    if source in BUILT_IN:
        resource = files("emulator.device").joinpath("automation", f"{source}.json")
        return parse(resource.read_text("utf-8"))
    if source.lstrip().startswith("{"):
        return parse(source)
    path = Path(source.removeprefix("file:"))
    try:
        return parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(BUILT_IN)
        raise BadAutomation(f"cannot read automation rules {path}: {error}; give a file or one of {names}") from None


def _rule(entry: object, number: int) -> Rule:
    where = f"automation rule {number}"
    if not isinstance(entry, dict) or not set(entry) <= set(Rule.__dataclass_fields__):
        raise BadAutomation(f"{where} must be an object of {', '.join(Rule.__dataclass_fields__)} only")
    for key, kind in (("text", str), ("regexp", str), ("x", int), ("y", int)):
        if key in entry and not _is(entry[key], kind):
            raise BadAutomation(f"{where}: {key} must be of type {kind.__name__}")
    return Rule(
        text=entry.get("text"),
        regexp=_pattern(entry["regexp"], where) if "regexp" in entry else None,
        x=entry.get("x"),
        y=entry.get("y"),
        conditions=_conditions(entry.get("conditions", []), where),
        actions=_actions(entry["actions"], where) if "actions" in entry else None,
    )


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _pattern(text: str, where: str) -> re.Pattern[str]:
    if len(text) > MAX_PATTERN:
        raise BadAutomation(f"{where}: the regexp is longer than {MAX_PATTERN} characters")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise BadAutomation(f"{where}: the regexp is not a Python regular expression") from None


def _conditions(entries: object, where: str) -> tuple[tuple[str, bool], ...]:
    if not isinstance(entries, list):
        raise BadAutomation(f"{where}: conditions must be a list")
    conditions = []
    for entry in entries:
        if not (isinstance(entry, list) and len(entry) == 2 and _is(entry[0], str) and _is(entry[1], bool)):
            raise BadAutomation(f"{where}: a condition must be [name, true or false]")
        conditions.append((entry[0], entry[1]))
    return tuple(conditions)


_ACTIONS: Mapping[str, tuple[tuple[type, ...], type]] = {
    "button": ((int, bool), PressButton),
    "finger": ((int, int, bool), MoveFinger),
    "setbool": ((str, bool), SetBool),
    "exit": ((), ExitEmulator),
}


def _actions(entries: object, where: str) -> tuple[Action, ...]:
    if not isinstance(entries, list):
        raise BadAutomation(f"{where}: actions must be a list")
    actions: list[Action] = []
    for entry in entries:
        name = entry[0] if isinstance(entry, list) and entry else None
        kinds, make = _ACTIONS.get(name, ((), None)) if isinstance(name, str) else ((), None)
        if make is None or len(entry) != len(kinds) + 1 or not all(map(_is, entry[1:], kinds)):
            raise BadAutomation(
                f"{where}: an action must be [button, 1 or 2, down], [finger, x, y, down], "
                "[setbool, name, value] or [exit]"
            )
        actions.append(make(*entry[1:]))
    return tuple(actions)
