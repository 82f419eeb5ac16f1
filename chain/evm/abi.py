"""[pure] The few contract calls that we make, encoded and decoded by the contract ABI: words, addresses, bytes, lists.

Decoding is strict: offsets and lengths from outside are checked before they are followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chain.evm.keccak import keccak256

WORD: Final = 32
ADDRESS: Final = 20
MAX_LIST: Final = 1_000


class AbiError(ValueError):
    """Bytes that are not what the called function returns."""


def selector(signature: str) -> bytes:
    """The four bytes that name a function, of its signature "name(type,type)"."""
    return keccak256(signature.encode("ascii"))[:4]


def uint(value: int) -> bytes:
    """A word.

    :raises ValueError: not within 0..2^256-1.
    """
    if not 0 <= value < 2**256:
        raise ValueError("not a uint256")
    return value.to_bytes(WORD, "big")


def address(value: bytes) -> bytes:
    """An address (20 bytes) as a word.

    :raises ValueError: another length.
    """
    if len(value) != ADDRESS:
        raise ValueError(f"an address has {ADDRESS} bytes")
    return bytes(WORD - ADDRESS) + value


def dynamic_bytes(value: bytes) -> bytes:
    """The tail of a `bytes` value: its length, the bytes, zeros to a whole word."""
    return uint(len(value)) + value + bytes(-len(value) % WORD)


def address_list(values: Sequence[bytes]) -> bytes:
    """The tail of an `address[]` value."""
    return uint(len(values)) + b"".join(address(v) for v in values)


def read_uint(data: bytes) -> int:
    """The answer of a function that returns one number.

    :raises AbiError: not one word.
    """
    if len(data) != WORD:
        raise AbiError(f"{len(data)} bytes where one word was due")
    return int.from_bytes(data, "big")


def read_address(data: bytes) -> bytes:
    """The answer of a function that returns one address (20 bytes).

    :raises AbiError: not one word, or a word that is no address.
    """
    value = read_uint(data)
    if value >> (8 * ADDRESS):
        raise AbiError("a word that is no address")
    return data[-ADDRESS:]


def read_address_list(data: bytes) -> tuple[bytes, ...]:
    """The answer of a function that returns one `address[]`.

    :raises AbiError: anything else, or more than MAX_LIST elements.
    """
    if len(data) < 2 * WORD or len(data) % WORD or read_uint(data[:WORD]) != WORD:
        raise AbiError("the answer is no list of addresses")
    count = read_uint(data[WORD : 2 * WORD])
    if count > MAX_LIST or len(data) != (2 + count) * WORD:
        raise AbiError("the answer's list has another length than it says")
    return tuple(read_address(data[at : at + WORD]) for at in range(2 * WORD, len(data), WORD))
