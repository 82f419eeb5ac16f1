"""[pure] Hexadecimal numbers and bytes as JSON-RPC writes them, read strictly: all of it is from outside."""

from __future__ import annotations

import re
from typing import Final

_QUANTITY: Final = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})", re.ASCII)
_DATA: Final = re.compile(r"0x((?:[0-9a-fA-F]{2})*)", re.ASCII)
MAX_DATA: Final = 1024 * 1024


class Garbled(ValueError):
    """A value that is not what the method returns."""


def quantity(value: object, limit: int = 2**256) -> int:
    """A number below `limit`.

    :raises Garbled: anything else.
    """
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    number = int(found[1], 16) if found else limit
    if number >= limit:
        raise Garbled("a value that is no number in range")
    return number


def data(value: object, size: int | None = None) -> bytes:
    """Bytes; of `size` if it is given.

    :raises Garbled: anything else, or more than MAX_DATA bytes.
    """
    if not isinstance(value, str) or len(value) > 2 + 2 * MAX_DATA:
        raise Garbled("a value that is no data")
    found = _DATA.fullmatch(value)
    if found is None or (size is not None and len(found[1]) != 2 * size):
        raise Garbled("a value that is no data of the right size")
    return bytes.fromhex(found[1])


def hex_data(value: bytes) -> str:
    return "0x" + value.hex()


def hex_quantity(value: int) -> str:
    return hex(value)
