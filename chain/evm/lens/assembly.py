"""[pure] A small assembler for EVM programs, so that the lenses can be read and checked instead of believed.

One instruction a line: an opcode's name; `push VALUE` (hexadecimal or decimal, shortest form); `push @label` (one
byte); `label:` (a jump destination). `;` begins a comment. `@end` is the program's length: where appended data begin.
"""

from __future__ import annotations

from typing import Final

OPCODES: Final = {
    "add": 0x01,
    "sub": 0x03,
    "lt": 0x10,
    "iszero": 0x15,
    "and": 0x16,
    "or": 0x17,
    "not": 0x19,
    "shl": 0x1B,
    "balance": 0x31,
    "codesize": 0x38,
    "codecopy": 0x39,
    "extcodesize": 0x3B,
    "returndatasize": 0x3D,
    "extcodehash": 0x3F,
    "pop": 0x50,
    "mload": 0x51,
    "mstore": 0x52,
    "jump": 0x56,
    "jumpi": 0x57,
    "gas": 0x5A,
    "push0": 0x5F,
    "dup1": 0x80,
    "dup2": 0x81,
    "dup3": 0x82,
    "dup4": 0x83,
    "dup5": 0x84,
    "dup6": 0x85,
    "dup7": 0x86,
    "swap1": 0x90,
    "return": 0xF3,
    "staticcall": 0xFA,
}
"""The instructions that the lenses use (Ethereum yellow paper; PUSH0 is EIP-3855, Shanghai)."""

_PUSH1: Final = 0x60
_JUMPDEST: Final = 0x5B
_LAST_BYTE: Final = 255
END: Final = "end"


class AssemblyError(ValueError):
    """A line that is no instruction, a label that is not there or stands twice, or one out of a byte's reach."""


def assemble(source: str) -> bytes:
    """The program's bytes.

    :raises AssemblyError: as above; the text names the line.
    """
    code = bytearray()
    labels: dict[str, int] = {}
    wanted: list[tuple[int, str]] = []
    for number, line in enumerate(source.splitlines(), start=1):
        words = line.partition(";")[0].split()
        if not words:
            continue
        if len(words) == 1 and words[0].endswith(":"):
            name = words[0][:-1]
            if name in labels or name == END:
                raise AssemblyError(f"line {number}: the label {name} stands twice")
            labels[name] = len(code)
            code.append(_JUMPDEST)
        elif len(words) == 2 and words[0] == "push" and words[1].startswith("@"):
            wanted.append((len(code) + 1, words[1][1:]))
            code += bytes((_PUSH1, 0))
        else:
            code += _instruction(words, number)
    for position, name in wanted:
        target = len(code) if name == END else labels.get(name)
        if target is None or target > _LAST_BYTE:
            raise AssemblyError(f"the label {name} is missing, or beyond byte {_LAST_BYTE}")
        code[position] = target
    return bytes(code)


def _instruction(words: list[str], number: int) -> bytes:
    if len(words) == 2 and words[0] == "push":
        try:
            value = int(words[1], 0)
            data = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
        except (ValueError, OverflowError):
            data = b""
        if 1 <= len(data) <= 32:
            return bytes((_PUSH1 + len(data) - 1,)) + data
    elif len(words) == 1 and words[0] in OPCODES:
        return bytes((OPCODES[words[0]],))
    raise AssemblyError(f"line {number}: not an instruction: {' '.join(words)[:60]}")
