"""[pure] Smart accounts of which a factory tells the address: `getAddress(owner, salt)`, asked by a call.

Addresses of the factories: @account-abstraction/contracts (SimpleAccount, by EntryPoint), @account-kit/smart-contracts
(LightAccount). They are the same on every chain that has them; where there is no code, there is no such account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chain.evm.abi import AbiError, address, read_address, selector, uint

_GET_ADDRESS: Final = selector("getAddress(address,uint256)")


@dataclass(frozen=True, slots=True)
class Factory:
    """`address`: 20 bytes."""

    name: str
    address: bytes


def _factory(name: str, text: str) -> Factory:
    return Factory(name, bytes.fromhex(text))


FACTORIES: Final = (
    _factory("SimpleAccount 0.8", "13E9ed32155810FDbd067D4522C492D6f68E5944"),
    _factory("SimpleAccount 0.7", "91E60e0613810449d098b0b5Ec8b51A0FE8c8985"),
    _factory("SimpleAccount 0.6", "9406Cc6185a346906296840746125a0E44976454"),
    _factory("LightAccount 2.0", "0000000000400CdFef5E2714E63d8040b700BC24"),
    _factory("LightAccount 1.1.0", "00004EC70002a32400f8ae005A26081065620D20"),
    _factory("LightAccount 1.0.2", "00000055C0b4fA41dde26A74435ff03692292FBD"),
    _factory("LightAccount 1.0.1", "000000893A26168158fbeaDD9335Be5bC96592E2"),
)


def address_call(owner: bytes, salt: int) -> bytes:
    """The data of the call to a factory.

    :param owner: 20 bytes.
    :param salt: a uint256; wallets count it up from 0.
    """
    return _GET_ADDRESS + address(owner) + uint(salt)


def read_account_address(answer: bytes) -> bytes:
    """The account's address (20 bytes).

    :raises AbiError: not one address, or the zero address, which no account has.
    """
    found = read_address(answer)
    if not any(found):
        raise AbiError("the factory named the zero address")
    return found
