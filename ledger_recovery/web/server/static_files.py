"""The files that every page needs, read once from the package. Names are looked up in a fixed table."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

TYPES: Final = {
    "guide.css": "text/css; charset=utf-8",
    "guide.js": "text/javascript; charset=utf-8",
    "demo.js": "text/javascript; charset=utf-8",
    "enter.js": "text/javascript; charset=utf-8",
    "words.txt": "text/plain; charset=utf-8",
    "icons.svg": "image/svg+xml",
    "mark.svg": "image/svg+xml",
}


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """Content and media type, None for a name that is not in the table."""
    kind = TYPES.get(name)
    file = resources.files("ledger_recovery.web").joinpath("static", name) if kind is not None else None
    if kind is None or file is None or not file.is_file():
        return None
    return file.read_bytes(), kind
