"""The options of the EVM family, as groups like those of cli/options.py. No option takes a secret but --rpc.

A node's URL may hold a key: it can stand in the settings file or in LEDGER_RECOVERY_RPC instead, and is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ledger_recovery.cli.command import options_given
from ledger_recovery.errors import InputError

CONCORDIUM, ETHEREUM = "concordium", "ethereum"
FAMILIES = (CONCORDIUM, ETHEREUM)


RpcOption = Annotated[
    list[str] | None,
    typer.Option("--rpc", metavar="URL", help="EVM: a chain's node; give one for each chain to search."),
]
NetworksOption = Annotated[
    Path | None,
    typer.Option("--networks", metavar="FILE", help="EVM: names and tokens of networks, added to the built-in."),
]


@dataclass(frozen=True, slots=True)
class FamilyOptions:
    """Which family of chains."""

    family: Annotated[
        str | None,
        typer.Option("--family", metavar="NAME", help="concordium (the default) or ethereum: all EVM chains."),
    ] = None


@dataclass(frozen=True, slots=True)
class EvmNodeOptions:
    """The chains of an EVM run."""

    rpc: RpcOption = None
    networks: NetworksOption = None
    show_addresses: Annotated[
        bool, typer.Option("--show-addresses", help="EVM: at the end, compare one address a scheme on the Ledger.")
    ] = False


@dataclass(frozen=True, slots=True)
class EvmSearchOptions:
    """What a new EVM run searches."""

    gap: Annotated[
        int | None, typer.Option("--gap", metavar="N", help="EVM: end a scheme after N unused indices in a row (20).")
    ] = None
    max_index: Annotated[
        int | None, typer.Option("--max-index", metavar="N", help="EVM: ask for no index from N on (1000).")
    ] = None
    scheme: Annotated[
        list[str] | None,
        typer.Option("--scheme", metavar="NAME", help="EVM: only ledger_live, bip44, legacy or etc_legacy."),
    ] = None
    path: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="TEMPLATE", help="EVM: search this path too, as m/44'/60'/0'/4/x."),
    ] = None
    find: Annotated[
        str | None, typer.Option("--find", metavar="ADDRESS", help="EVM: only find where this address stands.")
    ] = None
    owner: Annotated[
        list[str] | None,
        typer.Option("--owner", metavar="ADDRESS", help="EVM: a co-owner of your Safes; up to three."),
    ] = None
    no_smart_accounts: Annotated[
        bool, typer.Option("--no-smart-accounts", help="EVM: look for no Safes and other smart accounts.")
    ] = False


def family_named(name: str | None) -> str:
    """:raises InputError: not a family."""
    if name is not None and name not in FAMILIES:
        raise InputError(f'--family cannot be "{name}"', f"choose {' or '.join(FAMILIES)}")
    return name or CONCORDIUM


def refuse(groups: Iterable[object], family: str) -> None:
    """:raises InputError: an option of these groups was given, and they are all of the family that was not chosen."""
    for group in groups:
        for name, value in options_given(group).items():
            if value:
                other = next(f for f in FAMILIES if f != family)
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"{option} goes with --family {other}", f"leave it out, or say --family {other}")
