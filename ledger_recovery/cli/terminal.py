"""[pure] Make text from outside safe to print: a node's or a device's words must not steer the terminal."""

from __future__ import annotations

import unicodedata

MAX_TEXT = 600
"""Longest text from outside that is printed in one piece."""


def printable(text: str, limit: int = MAX_TEXT) -> str:
    """`text` on one line, without control, format or surrogate characters, cut at `limit`."""
    clean = "".join(_shown(c) for c in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _shown(character: str) -> str:
    if character in "\t\n\r":
        return " "
    return "�" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else character
