"""Strict reading of TOML or JSON tables: every value is typed and bounded, unknown keys are refused.

Knows nothing of worlds or faults. Each complaint names the place in the file, as `accounts[2].credentials[0].counter`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_MISSING = object()
U64_LIMIT = 2**64


class TableError(ValueError):
    """A value cannot be used; the sentence names its place in the file."""


class Table:
    """One table of the file. Call `done` after the last key to refuse what was not asked for."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self._values = dict(values)
        self._place = place
        self._asked: set[str] = set()

    def fail(self, key: str, complaint: str) -> TableError:
        """The error for a key of this table."""
        return TableError(f"{self._where(key)}: {complaint}")

    def _where(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def has(self, key: str) -> bool:
        """Whether the file gives this key."""
        return key in self._values

    def _take(self, key: str, default: object) -> Any:
        self._asked.add(key)
        if key in self._values:
            return self._values[key]
        if default is _MISSING:
            raise self.fail(key, "is missing")
        return default

    def integer(self, key: str, default: Any = _MISSING, *, low: int = 0, high: int = U64_LIMIT) -> int:
        """An integer with low <= value < high."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, f"must be a whole number, not {value!r}")
        if not low <= value < high:
            raise self.fail(key, f"{value} is outside {low}..{high - 1}")
        return value

    def optional_integer(self, key: str, *, low: int = 0, high: int = U64_LIMIT) -> int | None:
        """An integer, or None if the file does not give it."""
        return self.integer(key, low=low, high=high) if self.has(key) else self._take(key, None)

    def number(self, key: str, default: float, *, low: float = -1e6, high: float = 1e9) -> float:
        """A finite number with low <= value <= high."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(key, f"must be a number, not {value!r}")
        if not low <= value <= high:
            raise self.fail(key, f"{value} is outside {low:g}..{high:g}")
        return float(value)

    def text(self, key: str, default: Any = _MISSING) -> str:
        """A text."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.fail(key, f"must be a text, not {value!r}")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None if the file does not give it."""
        return self.text(key) if self.has(key) else self._take(key, None)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"must be true or false, not {value!r}")
        return value

    def choice(self, key: str, choices: Mapping[str, T], default: Any = _MISSING) -> T:
        """One of some words, mapped to what they stand for."""
        value = self._take(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.fail(key, f"must be one of {', '.join(choices)}, not {value!r}")
        return choices[value]

    def hex_bytes(self, key: str, size: int) -> bytes:
        """Bytes given in hex."""
        return parse_hex(self.text(key), size, lambda complaint: self.fail(key, complaint))

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, f"must be a list of texts, not {value!r}")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of texts, empty by default."""
        value = self._take(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self.fail(key, f"must be a table of texts, not {value!r}")
        return dict(value)

    def table(self, key: str) -> Table:
        """A sub-table, empty by default."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, f"must be a table, not {value!r}")
        return Table(value, self._where(key))

    def tables(self, key: str) -> list[Table]:
        """An array of tables, empty by default."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(key, "must be an array of tables")
        return [Table(item, f"{self._where(key)}[{number}]") for number, item in enumerate(value)]

    def done(self) -> None:
        """Refuse keys that nobody asked for: most often a typing mistake."""
        unknown = sorted(set(self._values) - self._asked)
        if unknown:
            known = ", ".join(sorted(self._asked))
            raise self.fail(unknown[0], f"is not a known key here; known are: {known}")


def parse_hex(text: str, size: int, fail: Callable[[str], TableError]) -> bytes:
    """Exactly `size` bytes from hex digits, or the error that `fail` makes of a complaint."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise fail(f"must be {2 * size} hex digits") from None
    if len(value) != size:
        raise fail(f"must be {2 * size} hex digits, not {len(text)}")
    return value
