"""A small EVM: enough to run a program that reads accounts and asks token contracts, step by step.

Written from the yellow paper, EIP-1052 and EIP-3855, as far as such programs go. No gas is counted; steps and memory
are bounded instead. It knows nothing of any particular program.
"""

from __future__ import annotations

from collections.abc import Callable

from Crypto.Hash import keccak

from emulator.evm.state import Chain

WORD = 2**256
MAX_STEPS = 500_000
MAX_MEMORY = 1024 * 1024
_EMPTY_CODE = keccak.new(data=b"", digest_bits=256).digest()
_BALANCE_OF = bytes.fromhex("70a08231")


class Halted(Exception):
    """The program failed: an exceptional halt, as nodes word it."""


class Machine:
    """One run of a program as the code of a contract being made, which is where deployless calls run."""

    def __init__(self, chain: Chain, code: bytes) -> None:
        self._chain = chain
        self._code = code
        self._stack: list[int] = []
        self._memory = bytearray()
        self._returned = b""
        self._at = 0
        self._destinations = _jump_destinations(code)

    def run(self) -> bytes:
        """What the program returns.

        :raises Halted: it reverted, ran out of steps or memory, or did what no valid program does.
        """
        for _ in range(MAX_STEPS):
            if self._at >= len(self._code):
                return b""
            opcode = self._code[self._at]
            self._at += 1
            if opcode == 0x00:
                return b""
            if opcode == 0xF3:
                return self._read(self._pop(), self._pop())
            if opcode == 0xFD:
                raise Halted("execution reverted")
            self._step(opcode)
        raise Halted("out of gas")

    def _step(self, opcode: int) -> None:
        if 0x5F <= opcode <= 0x7F:
            size = opcode - 0x5F
            self._push(int.from_bytes(self._code[self._at : self._at + size].ljust(size, b"\0"), "big"))
            self._at += size
        elif 0x80 <= opcode <= 0x8F:
            self._push(self._peek(opcode - 0x7F))
        elif 0x90 <= opcode <= 0x9F:
            self._swap(opcode - 0x8F)
        elif opcode in _BINARY:
            a, b = self._pop(), self._pop()
            self._push(_BINARY[opcode](a, b))
        else:
            self._special(opcode)

    def _special(self, opcode: int) -> None:
        match opcode:
            case 0x15:
                self._push(int(self._pop() == 0))
            case 0x19:
                self._push(WORD - 1 - self._pop())
            case 0x31:
                self._push(self._chain.account(self._address()).balance)
            case 0x38:
                self._push(len(self._code))
            case 0x39:
                self._copy_code(self._pop(), self._pop(), self._pop())
            case 0x3B:
                self._push(len(self._chain.account(self._address()).code))
            case 0x3D:
                self._push(len(self._returned))
            case 0x3F:
                self._push(self._code_hash(self._address()))
            case 0x50:
                self._pop()
            case 0x51:
                self._push(int.from_bytes(self._read(self._pop(), 32), "big"))
            case 0x52:
                offset, value = self._pop(), self._pop()
                self._write(offset, value.to_bytes(32, "big"))
            case 0x56:
                self._jump(self._pop())
            case 0x57:
                target, condition = self._pop(), self._pop()
                if condition:
                    self._jump(target)
            case 0x5A:
                self._push(30_000_000)
            case 0x5B:
                return
            case 0xFA:
                self._call()
            case _:
                raise Halted(f"invalid opcode: 0x{opcode:02x}")

    def _call(self) -> None:
        """STATICCALL: a token answers for an owner; any other contract fails; no code answers nothing."""
        _, target, offset, size, out, out_size = (self._pop() for _ in range(6))
        data = self._read(offset, size)
        address = target.to_bytes(32, "big")[12:]
        balances = self._chain.tokens.get(address)
        asked = balances is not None and data[:4] == _BALANCE_OF and len(data) == 36
        ok = asked or not self._chain.account(address).code
        self._returned = b""
        if asked and balances is not None:
            self._returned = balances.get(data[-20:], 0).to_bytes(32, "big")
        self._write(out, self._returned[:out_size])
        self._push(int(ok))

    def _code_hash(self, address: bytes) -> int:
        account = self._chain.account(address)
        if not account.exists:
            return 0
        digest = keccak.new(data=account.code, digest_bits=256).digest() if account.code else _EMPTY_CODE
        return int.from_bytes(digest, "big")

    def _copy_code(self, to: int, start: int, size: int) -> None:
        self._write(to, self._code[start : start + size].ljust(self._bounded(to, size), b"\0"))

    def _read(self, offset: int, size: int) -> bytes:
        self._grow(offset, size)
        return bytes(self._memory[offset : offset + size])

    def _write(self, offset: int, data: bytes) -> None:
        self._grow(offset, len(data))
        self._memory[offset : offset + len(data)] = data

    def _grow(self, offset: int, size: int) -> None:
        end = offset + self._bounded(offset, size) if size else 0
        if end > len(self._memory):
            self._memory.extend(bytes(-(-end // 32) * 32 - len(self._memory)))

    def _bounded(self, offset: int, size: int) -> int:
        if offset + size > MAX_MEMORY:
            raise Halted("out of gas")
        return size

    def _jump(self, target: int) -> None:
        if target not in self._destinations:
            raise Halted("invalid jump destination")
        self._at = target

    def _address(self) -> bytes:
        return self._pop().to_bytes(32, "big")[12:]

    def _push(self, value: int) -> None:
        if len(self._stack) >= 1024:
            raise Halted("stack limit reached")
        self._stack.append(value)

    def _pop(self) -> int:
        if not self._stack:
            raise Halted("stack underflow")
        return self._stack.pop()

    def _peek(self, depth: int) -> int:
        if len(self._stack) < depth:
            raise Halted("stack underflow")
        return self._stack[-depth]

    def _swap(self, depth: int) -> None:
        other = self._peek(depth + 1)
        self._stack[-depth - 1], self._stack[-1] = self._stack[-1], other


_BINARY: dict[int, Callable[[int, int], int]] = {
    0x01: lambda a, b: (a + b) % WORD,
    0x02: lambda a, b: (a * b) % WORD,
    0x03: lambda a, b: (a - b) % WORD,
    0x10: lambda a, b: int(a < b),
    0x11: lambda a, b: int(a > b),
    0x14: lambda a, b: int(a == b),
    0x16: lambda a, b: a & b,
    0x17: lambda a, b: a | b,
    0x18: lambda a, b: a ^ b,
    0x1B: lambda a, b: (b << a) % WORD if a < 256 else 0,
    0x1C: lambda a, b: b >> a if a < 256 else 0,
}


def _jump_destinations(code: bytes) -> frozenset[int]:
    """Where a JUMPDEST stands that is no data of a PUSH."""
    found, at = set(), 0
    while at < len(code):
        if code[at] == 0x5B:
            found.add(at)
        at += 1 + (code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)
    return frozenset(found)
