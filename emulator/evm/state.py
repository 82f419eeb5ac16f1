"""What an EVM chain of a world holds, and the blocks that the double shows.

A world is a TOML file: `[[chain]]` with `name`, `chain_id`, and under it `[[chain.account]]` (`address`, and of
`nonce`, `balance`, `code` those that are not zero) and `[[chain.token]]` (`address`, `symbol`, `decimals`, `balances`).
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

WORLDS = Path(__file__).parent / "worlds"
HEAD = 1_000_000
FINALIZED_BEHIND = 64
SECONDS_A_BLOCK = 12


class WorldError(ValueError):
    """A world file that cannot be used; the text says where."""


@dataclass(frozen=True)
class Account:
    nonce: int = 0
    balance: int = 0
    code: bytes = b""

    @property
    def exists(self) -> bool:
        """As EIP-161 has it."""
        return bool(self.nonce or self.balance or self.code)


@dataclass(frozen=True)
class Chain:
    """`tokens`: contract -> owner -> amount. Addresses have 20 bytes."""

    name: str
    chain_id: int
    accounts: dict[bytes, Account] = field(default_factory=dict)
    tokens: dict[bytes, dict[bytes, int]] = field(default_factory=dict)
    symbols: dict[bytes, tuple[str, int]] = field(default_factory=dict)

    def account(self, address: bytes) -> Account:
        return self.accounts.get(address, Account())

    def block_hash(self, number: int) -> bytes:
        """Made of chain and number: the same in every run."""
        return hashlib.sha256(f"{self.chain_id}/{number}".encode()).digest()

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of a block that the double has shown or could show."""
        newest = (n for n in (0, *range(HEAD, HEAD - 4 * FINALIZED_BEHIND, -1)))
        return next((n for n in newest if self.block_hash(n) == block_hash), None)


def load(world: str) -> tuple[Chain, ...]:
    """The chains of a world that comes with the emulator, by name, or of a file.

    :raises WorldError: no such world, or one that cannot be used.
    """
    path = WORLDS / f"{world}.toml" if (WORLDS / f"{world}.toml").is_file() else Path(world)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorldError(f"the world {world} cannot be read: {error}") from error
    chains = tuple(_chain(table) for table in document.get("chain", []))
    if not chains or len({chain.chain_id for chain in chains}) != len(chains):
        raise WorldError(f"the world {world} has no chain, or two with one chain_id")
    return chains


def _chain(table: dict[str, object]) -> Chain:
    try:
        chain = Chain(str(table["name"]), int(str(table["chain_id"])))
        for entry in _tables(table, "account"):
            code = bytes.fromhex(str(entry.get("code", "")))
            account = Account(int(str(entry.get("nonce", 0))), int(str(entry.get("balance", 0))), code)
            chain.accounts[_address(entry["address"])] = account
        for entry in _tables(table, "token"):
            contract, balances = _address(entry["address"]), entry.get("balances", {})
            if not isinstance(balances, dict):
                raise TypeError("balances")
            chain.accounts[contract] = Account(nonce=1, code=b"\xfe")
            chain.tokens[contract] = {_address(owner): int(amount) for owner, amount in balances.items()}
            chain.symbols[contract] = (str(entry["symbol"]), int(str(entry["decimals"])))
    except (KeyError, TypeError, ValueError) as error:
        raise WorldError(f"a chain of the world cannot be used: {error}") from error
    return chain


def _tables(table: dict[str, object], name: str) -> list[dict[str, object]]:
    found = table.get(name, [])
    if not isinstance(found, list):
        raise TypeError(name)
    return found


def _address(text: object) -> bytes:
    address = bytes.fromhex(str(text).removeprefix("0x"))
    if len(address) != 20:
        raise ValueError(f"{text} is no address")
    return address
