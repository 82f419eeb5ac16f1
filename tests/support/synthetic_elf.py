"""ELF files that look like a Ledger app's as far as its description goes: header and the SDK's sections, no program.

ELF-32, little-endian, ARM (System V ABI, "Object Files"); section names as in PyPI ledgered, binary.py.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
_SECTION = struct.Struct("<10I")
_IDENT = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
_EXECUTABLE, _ARM, _VERSION = 2, 40, 1
_PROGBITS, _STRTAB = 1, 3


def app_elf(**changes: str | None) -> bytes:
    """A Concordium app 5.1.3 for Nano S Plus; `changes` by section, None leaves one out."""
    facts = {"target": "nanos2", "app_name": "Concordium", "app_version": "5.1.3", "api_level": "22"} | changes
    return elf({f"ledger.{name}": value.encode() for name, value in facts.items() if value is not None})


def elf(sections: Mapping[str, bytes]) -> bytes:
    """A file with these sections, and the two that every file has."""
    names = b"\0"
    body = b""
    table = [_SECTION.pack(*[0] * 10)]
    for name, content in {**sections, ".shstrtab": b""}.items():
        at, names = len(names), names + name.encode() + b"\0"
        kind, data = (_STRTAB, names) if name == ".shstrtab" else (_PROGBITS, content)
        table.append(_SECTION.pack(at, kind, 0, 0, _HEADER.size + len(body), len(data), 0, 0, 1, 0))
        body += data
    header = _HEADER.pack(
        _IDENT, _EXECUTABLE, _ARM, _VERSION, 0, 0, _HEADER.size + len(body), 0,
        _HEADER.size, 0, 0, _SECTION.size, len(table), len(table) - 1,
    )  # fmt: skip
    return header + body + b"".join(table)
