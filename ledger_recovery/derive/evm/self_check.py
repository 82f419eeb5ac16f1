"""[pure] One known answer through all of the EVM arithmetic, before anything derived with it may count.

The key and chain code are those of m/44'/60'/0' of the public test phrase "test … junk"; the address of its child 0/0
is known to every development tool.
"""

from __future__ import annotations

from functools import lru_cache

from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.bip32 import ExtendedKey
from ledger_recovery.errors import ArithmeticFault

_KEY = bytes.fromhex("0206b81bac860f5a7442a85664d339809955b3ac9a5782200095127ac78aab71f5")
_CHAIN_CODE = bytes.fromhex("2258179af5cec58ce793fba06d3ef8ac640d481802e0ae39c9cc3fc5a8ce1812")
_EXPECTED = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@lru_cache(maxsize=1)
def check_arithmetic() -> None:
    """:raises ArithmeticFault: this computer's curve or hash arithmetic gives wrong results."""
    found = checksum(ExtendedKey(_KEY, _CHAIN_CODE).child(0).child(0).address)
    if found != _EXPECTED:
        raise ArithmeticFault(
            "the arithmetic of EVM addresses gives a wrong result on this computer",
            "nothing was searched; install the program again, or use another computer",
        )
