"""Text widths and line breaks, which decide what the screen events of long values look like.

Knows advance widths only; drawing for screenshots uses another font.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

_FIRST_CODE = 0x20


@cache
def _widths(font: str) -> tuple[int, ...]:
    document = json.loads(files("emulator.device").joinpath("fonts.json").read_text("utf-8"))
    return tuple(document["fonts"][font])


def text_width(text: str, font: str) -> int:
    """Width in pixels; a character outside printable ASCII counts as the widest one."""
    widths = _widths(font)
    return sum(
        widths[ord(char) - _FIRST_CODE] if 0 <= ord(char) - _FIRST_CODE < len(widths) else max(widths) for char in text
    )


def _fitting(text: str, font: str, line_width: int) -> int:
    """How many characters of `text` fit in a line; at least one, so that every text ends."""
    count = 1
    while count < len(text) and text_width(text[: count + 1], font) <= line_width:
        count += 1
    return count


def break_anywhere(text: str, font: str, line_width: int) -> list[str]:
    """Fill each line to the pixel, as touch screens do with values; a blank at a break is dropped."""
    lines = []
    while text:
        count = _fitting(text, font, line_width)
        lines.append(text[:count].rstrip() or text[:count])
        text = text[count:].lstrip() if count < len(text) else ""
    return lines


def break_at_blanks(text: str, font: str, line_width: int) -> list[str]:
    """Break before the last blank that fits, else anywhere, as button models do; the blank starts the next line."""
    lines = []
    while text:
        count = _fitting(text, font, line_width)
        if count < len(text) and text[count] != " ":
            blank = text.rfind(" ", 1, count)
            count = blank if blank > 0 else count
        lines.append(text[:count])
        text = text[count:]
    return lines
