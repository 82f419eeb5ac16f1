"""[pure] How the two Mobile Wallets escape JSON text: Gson's HTML-safe characters, Foundation's slashes.

Both are plain JSON escapes, so that any parser reads them; these functions only write. They work on finished JSON text:
none of the characters occurs outside a string.
"""

from __future__ import annotations

from typing import Final

_GSON: Final = str.maketrans({c: f"\\u{ord(c):04x}" for c in "=<>&'\u2028\u2029"})


def gson_escaped(text: str) -> str:
    """JSON text as Gson writes it by default (com.google.gson JsonWriter, HTML-safe)."""
    return text.translate(_GSON)


def slash_escaped(text: str) -> str:
    """JSON text as Apple's Foundation writes it."""
    return text.replace("/", "\\/")
