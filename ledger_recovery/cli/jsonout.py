"""Machine output: the one JSON object of `--json` (output.schema.json) and events as JSON lines (`--events`).

Keys are in a fixed order, text is UTF-8, one object a line. A consumer checks "version" first and ignores new fields.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Generic, TextIO, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ledger_recovery.recover.events import Json

E = TypeVar("E")

VERSION = 1
"""Version of output.schema.json; it grows only when a field changes its meaning or goes away."""


def envelope(command: str, exit_status: int, result: Json, error: Mapping[str, Json] | None) -> str:
    """The object of `--json` as one line of text, without the newline."""
    return json.dumps(
        {
            "command": command,
            "version": VERSION,
            "exit": exit_status,
            "result": result,
            "error": None if error is None else dict(error),
        },
        ensure_ascii=False,
    )


class EventLines(Generic[E]):
    """A renderer that writes each event as one JSON object a line."""

    def __init__(self, stream: TextIO, encode: Callable[[E], Mapping[str, Json]]) -> None:
        self._stream = stream
        self._encode = encode

    def on(self, event: E) -> None:
        self._stream.write(json.dumps(self._encode(event), ensure_ascii=False) + "\n")
        self._stream.flush()

    def screen(self, lines: tuple[str, ...], pressed: str) -> None:
        self._stream.write(json.dumps({"event": "emulated-screen", "lines": list(lines), "pressed": pressed}) + "\n")
        self._stream.flush()

    def pause(self) -> None:
        return None

    def resume(self) -> None:
        return None

    def close(self) -> None:
        return None


class JsonLines(EventLines[Any]):
    """The lines of a Concordium run; its event types would make every command slow to start."""

    def __init__(self, stream: TextIO) -> None:
        from ledger_recovery.recover.events import to_json

        super().__init__(stream, to_json)
