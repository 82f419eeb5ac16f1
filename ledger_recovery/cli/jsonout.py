"""Machine output: the one JSON object of `--json` (output.schema.json) and events as JSON lines (`--events`).

Keys are in a fixed order, text is UTF-8, one object a line. A consumer checks "version" first and ignores new fields.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger_recovery.recover.events import Event, Json

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


class JsonLines:
    """A renderer that writes each event as one JSON object a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def on(self, event: Event) -> None:
        from ledger_recovery.recover.events import to_json

        self._stream.write(json.dumps(to_json(event), ensure_ascii=False) + "\n")
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
