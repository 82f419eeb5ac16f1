"""[pure] The two lenses: accounts (exists, code size, balance) and one ERC-20 token (balances), as assembly.

Sent as the code of a contract that `eth_call` would create, with packed 20-byte addresses behind it; what the program
returns, as if it were the new contract's code, is one 32-byte word an address. Limits of chains: 24,576 returned bytes
(EIP-170), 49,152 bytes sent (EIP-3860), and the first byte returned must not be ef (EIP-3541).

EXTCODEHASH is zero exactly where nonce, balance and code are all zero (EIP-1052 with EIP-161): that is what "exists"
means. No program can read the nonce of another account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chain.evm.lens.assembly import assemble

WORD: Final = 32
ADDRESS: Final = 20
MAX_ADDRESSES: Final = 700
"""Of 768 that EIP-170 lets through."""

ACCOUNTS: Final = """
    push 0x20               ; out: where the next word goes; memory 0..31 holds the address at work
    push @end               ; in: where the next address stands in this code
loop:                       ; stack: out in
    codesize
    dup2
    lt                      ; in < codesize
    iszero
    push @done
    jumpi
    push 20
    dup2
    push 12
    codecopy                ; the address, right-aligned in word 0
    push0
    mload                   ; out in address
    dup1
    balance                 ; out in address balance
    dup2
    extcodesize
    push 128
    shl
    or                      ; out in address size<<128|balance
    swap1
    extcodehash
    iszero
    iszero                  ; 1 if the account exists
    push 248
    shl
    or                      ; out in word
    dup3
    mstore                  ; memory[out] = word
    push 20
    add                     ; in += 20
    swap1
    push 32
    add                     ; out += 32
    swap1
    push @loop
    jump
done:
    pop
    push 0x20
    swap1
    sub                     ; length = out - 32
    push 0x20
    return
"""

ERC20: Final = """
    push 0x70a08231         ; balanceOf(address)
    push0
    mstore                  ; at bytes 28..31; its argument follows at 32..63
    push 20
    push @end
    push 0x6c
    codecopy                ; the token, right-aligned in word 3
    push 0x60
    mload                   ; token
    push 0x80               ; token out
    push 20
    push @end
    add                     ; token out in
loop:
    codesize
    dup2
    lt
    iszero
    push @done
    jumpi
    push 20
    dup2
    push 0x2c
    codecopy                ; the owner, right-aligned in word 1
    push 32
    push 0x40
    push 36
    push 28
    dup7
    gas
    staticcall              ; token out in ok     the answer lies in word 2
    returndatasize
    push 31
    lt                      ; 1 if a whole word came back
    and
    iszero
    push0
    sub                     ; all ones if the token did not answer: that is no balance
    push 0x40
    mload
    or                      ; token out in word
    dup3
    mstore
    push 20
    add
    swap1
    push 32
    add
    swap1
    push @loop
    jump
done:
    pop
    push 0x80
    swap1
    sub
    push 0x80
    return
"""
NO_ANSWER: Final = 2**256 - 1
"""The word of a token that reverted or answered with less than a word."""


@dataclass(frozen=True, slots=True)
class AccountWord:
    """What the account lens says of one address. `balance`: wei, below 2^128."""

    exists: bool
    code_size: int
    balance: int


def account_call(addresses: Sequence[bytes]) -> bytes:
    """The data of the call that asks for accounts.

    :param addresses: 20 bytes each, at most MAX_ADDRESSES.
    """
    return _program(ACCOUNTS) + _packed(addresses)


def token_call(token: bytes, addresses: Sequence[bytes]) -> bytes:
    """The data of the call that asks one token contract (20 bytes) for balances."""
    return _program(ERC20) + _packed((token,)) + _packed(addresses)


def read_accounts(answer: bytes, count: int) -> tuple[AccountWord, ...]:
    """The account lens' answer.

    :raises ValueError: not one word for each of `count` addresses, or a word that the program cannot have written.
    """
    return tuple(_account(word) for word in _words(answer, count))


def read_balances(answer: bytes, count: int) -> tuple[int | None, ...]:
    """The token lens' answer, in the token's smallest unit; None where the token did not answer.

    :raises ValueError: not one word for each of `count` addresses.
    """
    words = (int.from_bytes(word, "big") for word in _words(answer, count))
    return tuple(None if value == NO_ANSWER else value for value in words)


def _account(word: bytes) -> AccountWord:
    said = AccountWord(word[0] == 1, int.from_bytes(word[1:16], "big"), int.from_bytes(word[16:], "big"))
    if word[0] > 1 or (not said.exists and (said.code_size or said.balance)):
        raise ValueError("the node's answer holds a word that the lens cannot have written")
    return said


def _words(answer: bytes, count: int) -> list[bytes]:
    if len(answer) != WORD * count:
        raise ValueError(f"the node answered with {len(answer)} bytes where {WORD * count} were due")
    return [answer[at : at + WORD] for at in range(0, len(answer), WORD)]


def _packed(addresses: Sequence[bytes]) -> bytes:
    if len(addresses) > MAX_ADDRESSES or any(len(address) != ADDRESS for address in addresses):
        raise ValueError(f"a lens takes up to {MAX_ADDRESSES} addresses of {ADDRESS} bytes")
    return b"".join(addresses)


@lru_cache(maxsize=2)
def _program(source: str) -> bytes:
    return assemble(source)
