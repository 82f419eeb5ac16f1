"""EVM networks by name: chain ID and the tokens that are asked for. A person's own file adds to the table."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from chain.evm.account import ADDRESS_SIZE, Token

MAX_FILE: Final = 1024 * 1024
MAX_TOKENS: Final = 200
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_SYMBOL: Final = re.compile(r"[!-~]{1,20}", re.ASCII)
_EXAMPLE: Final = '[mychain] chain_id = 1234, tokens = [{ symbol = "USDC", address = "0x…", decimals = 6 }]'


@dataclass(frozen=True, slots=True)
class EvmNetwork:
    """`tokens`: the ERC-20 contracts whose balances are read for found accounts."""

    name: str
    chain_id: int
    tokens: tuple[Token, ...] = ()


@lru_cache(maxsize=1)
def known_networks() -> Mapping[int, EvmNetwork]:
    """The networks of the table that comes with the program, by chain ID."""
    text = files(__package__).joinpath("networks.toml").read_text(encoding="utf-8")
    return {network.chain_id: network for network in read_networks(text)}


def networks_with(path: Path | None) -> Mapping[int, EvmNetwork]:
    """The table, and what a person's file adds to it or puts in the place of an entry.

    :raises ValueError: the file cannot be read or used; the text says why and what to do.
    """
    if path is None:
        return known_networks()
    try:
        if path.stat().st_size > MAX_FILE:
            raise ValueError(f"the networks file {path} is larger than {MAX_FILE} bytes")
        own = read_networks(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"the networks file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the networks file {path} is no TOML: {error}; hint: write {_EXAMPLE}") from error
    return {**known_networks(), **{network.chain_id: network for network in own}}


def network_of(chain_id: int, networks: Mapping[int, EvmNetwork]) -> EvmNetwork:
    """The network with this chain ID; one that nobody named has its number as its name, and no tokens."""
    return networks.get(chain_id) or EvmNetwork(f"chain-{chain_id}", chain_id)


def read_networks(text: str) -> tuple[EvmNetwork, ...]:
    """The tables of a networks file.

    :raises ValueError: an entry cannot be used; the text names it.
    """
    return tuple(_network(name, table) for name, table in tomllib.loads(text).items())


def _network(name: str, table: object) -> EvmNetwork:
    match table:
        case {"chain_id": int(chain_id), **more} if (
            _NAME.fullmatch(name) and 0 < chain_id < 2**63 and chain_id is not True
        ):
            tokens = more.pop("tokens", [])
            if not more and isinstance(tokens, list) and len(tokens) <= MAX_TOKENS:
                return EvmNetwork(name, chain_id, tuple(_token(name, token) for token in tokens))
    raise ValueError(f"the entry [{name[:40]}] is no network; hint: write {_EXAMPLE}")


def _token(network: str, table: object) -> Token:
    match table:
        case {"symbol": str(symbol), "address": str(text), "decimals": int(decimals), **more} if (
            not more and _SYMBOL.fullmatch(symbol) and 0 <= decimals <= 77
        ):
            if re.fullmatch(rf"0x[0-9a-fA-F]{{{2 * ADDRESS_SIZE}}}", text, re.ASCII):
                return Token(bytes.fromhex(text[2:]), symbol, decimals)
    raise ValueError(f"a token of [{network}] cannot be used; hint: write {_EXAMPLE}")
