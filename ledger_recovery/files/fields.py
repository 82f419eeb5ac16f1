"""[pure] Typed reading of JSON objects from outside, with the place of every field in the error sentence.

A Record hands out its fields by name and type, and knows in the end which of them nobody asked for. It decides nothing
about what the fields mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.bounds import MAX_NAME, MAX_ROWS, MAX_TEXT
from ledger_recovery.files.json_text import dump, parse_text

_ADVICE: Final = "Export the wallet again, or use another copy of the file."
_SHOWN: Final = 40


class Record:
    """One JSON object and its place in the document, e.g. `accounts[3]`."""

    def __init__(self, value: object, place: str) -> None:
        """:raises DamagedFile: not an object."""
        if not isinstance(value, dict):
            raise DamagedFile(f"{place} is not an object", _ADVICE)
        self._fields: dict[str, object] = value
        self._place = place
        self._asked: set[str] = set()

    @property
    def place(self) -> str:
        return self._place

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._fields.get(name) is not None

    def holds(self, name: str) -> bool:
        """Whether the field is there, be it null."""
        return name in self._fields

    def raw(self, name: str) -> object:
        """The field as parsed; None when absent."""
        self._asked.add(name)
        return self._fields.get(name)

    def text(self, name: str, default: str | None = None, *, limit: int = MAX_TEXT) -> str:
        """A text; `default` (when given) stands for an absent or null one.

        :raises DamagedFile: absent without default, not text, or longer than `limit` characters.
        """
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "text")
        if len(value) > limit:
            raise DamagedFile(f"{self._at(name)} is longer than {limit} characters", _ADVICE)
        return value

    def optional_text(self, name: str, *, limit: int = MAX_TEXT) -> str | None:
        """A text, or None for absent and null."""
        self._asked.add(name)
        return self.text(name, limit=limit) if self.has(name) else None

    def name(self, name: str = "name") -> str:
        """A text that a person gave."""
        return self.text(name, limit=MAX_NAME)

    def integer(self, name: str, default: int | None = None, *, low: int = 0, high: int = 2**53 - 1) -> int:
        """An integer within bounds; JavaScript holds them exactly up to 2^53 - 1.

        :raises DamagedFile: absent without default, not an integer, or out of bounds.
        """
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "a whole number")
        if not low <= value <= high:
            raise DamagedFile(f"{self._at(name)} is outside {low}..{high}", _ADVICE)
        return value

    def optional_integer(self, name: str, *, low: int = 0, high: int = 2**53 - 1) -> int | None:
        self._asked.add(name)
        return self.integer(name, low=low, high=high) if self.has(name) else None

    def boolean(self, name: str, default: bool | None = None) -> bool:
        """True or false; 1 and 0 too, which is how SQLite hands out booleans."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        raise self.wrong(name, "true or false")

    def object_text(self, name: str, default: str) -> str:
        """An object as compact JSON text, whether the file holds it as an object or as JSON in a string."""
        value = self.raw(name)
        if value is None or value == "":
            return default
        if isinstance(value, str):
            value = parse_text(value, self._at(name))
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return dump(value)

    def json_text(self, name: str) -> str | None:
        """JSON text: a string as it stands (it is kept, not parsed), an object as compact text; None when absent."""
        value = self.raw(name)
        return dump(value) if isinstance(value, dict) else self.optional_text(name)

    def record(self, name: str) -> Record:
        """A nested object."""
        return Record(self.raw(name), self._at(name))

    def records(self, name: str, *, required: bool = True) -> Iterator[Record]:
        """A list of objects; an absent one is empty unless required."""
        value = self.raw(name)
        if value is None and not required:
            return
        if not isinstance(value, list):
            raise self.wrong(name, "a list")
        if len(value) > MAX_ROWS:
            raise DamagedFile(f"{self._at(name)} holds more than {MAX_ROWS} entries", _ADVICE)
        for number, item in enumerate(value):
            yield Record(item, f"{self._at(name)}[{number}]")

    def items(self, name: str) -> Iterator[Record]:
        """The objects of an object with free keys, such as `{"0": {…}, "1": {…}}`.

        :raises DamagedFile: not an object, empty, too large, or with another value inside.
        """
        value = self.raw(name)
        if not isinstance(value, dict) or not value:
            raise self.wrong(name, "an object with entries")
        if len(value) > MAX_ROWS:
            raise DamagedFile(f"{self._at(name)} holds more than {MAX_ROWS} entries", _ADVICE)
        for key, item in value.items():
            yield Record(item, f"{self._at(name)}.{printable(key)}")

    def without(self, *names: str) -> dict[str, object]:
        """The other fields, as parsed."""
        return {key: value for key, value in self._fields.items() if key not in names}

    def not_asked(self) -> tuple[str, ...]:
        """The fields that nobody read, each cut to a printable length."""
        return tuple(printable(name) for name in self._fields if name not in self._asked)

    def wrong(self, name: str, expected: str) -> DamagedFile:
        """The error for a field of another type, or for a missing one."""
        if name not in self._fields:
            return DamagedFile(f"{self._at(name)} is missing", _ADVICE)
        return DamagedFile(f"{self._at(name)} is not {expected}", _ADVICE)

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name


def printable(text: str, limit: int = _SHOWN) -> str:
    """A text of a file as it may appear in a sentence: no control characters, not endless."""
    clean = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return clean if len(clean) <= limit else clean[:limit] + "…"
