"""[pure] What an EVM chain says of an address at one block."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

ADDRESS_SIZE: Final = 20
_DELEGATION_PREFIX: Final = bytes.fromhex("ef0100")
DELEGATION_SIZE: Final = len(_DELEGATION_PREFIX) + ADDRESS_SIZE


@unique
class Kind(Enum):
    """EOA: an ordinary account of a key. DELEGATED: one that lets a contract act for it (EIP-7702).

    CONTRACT: code of its own. CODE_UNREAD: there is code of a delegation's size, and it could not be read.
    """

    EOA = "eoa"
    DELEGATED = "delegated"
    CONTRACT = "contract"
    CODE_UNREAD = "code-unread"


@dataclass(frozen=True, slots=True)
class EvmAccount:
    """An account that exists: nonce, balance or code is not zero.

    `nonce`: transactions sent (for contracts: contracts made), None when it could not be read. `balance`: wei.
    `delegate`: whom a DELEGATED account names, 20 bytes.
    """

    kind: Kind
    nonce: int | None
    balance: int
    code_size: int
    delegate: bytes | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An ERC-20 contract (20 bytes) of one chain. An amount is in units of 10^-decimals."""

    address: bytes
    symbol: str
    decimals: int


def delegate_of(code: bytes) -> bytes | None:
    """The address (20 bytes) that code of EIP-7702 names; None for any other code."""
    if len(code) != DELEGATION_SIZE or not code.startswith(_DELEGATION_PREFIX):
        return None
    return code[len(_DELEGATION_PREFIX) :]
