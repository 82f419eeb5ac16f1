"""[pure] The edits that a wallet takes on its EVM rows: each adds or refreshes; there is none that deletes."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
)


@dataclass(frozen=True, slots=True)
class AddEvmAccount:
    row: EvmAccountRow

    def describe(self) -> str:
        kind = "placeholder" if self.row.placeholder else "account"
        return f'add EVM {kind} {self.row.address} as "{self.row.name}"'


@dataclass(frozen=True, slots=True)
class UseEvmAccount:
    """A placeholder turns out to be used: it is an account from now on."""

    address: str

    def describe(self) -> str:
        return f"mark EVM account {self.address} as used: it was a placeholder"


@dataclass(frozen=True, slots=True)
class NameEvmAccount:
    """A machine-made name gives way to one that a person gave; any other name than `made` stays."""

    address: str
    made: str
    name: str

    def describe(self) -> str:
        return f'name EVM account {self.address} "{self.name}"'


@dataclass(frozen=True, slots=True)
class AddEvmPlace:
    """A way to a known account. A place leads to one address for ever: another one contradicts."""

    row: EvmPlaceRow

    def describe(self) -> str:
        return f"add place {self.row.scheme} #{self.row.index} ({self.row.path}) of EVM account {self.row.address}"


@dataclass(frozen=True, slots=True)
class AddEvmSmartAccount:
    row: EvmSmartRow

    def describe(self) -> str:
        return f"add smart account {self.row.address} ({self.row.recipe}) of {self.row.owner}"


@dataclass(frozen=True, slots=True)
class RefreshEvmSighting:
    """What a block says of an account on a chain, in place of what an earlier block said; a later one's stays."""

    row: EvmSightingRow

    def describe(self) -> str:
        return f"refresh the facts of {self.row.address} on chain {self.row.chain_id}"


@dataclass(frozen=True, slots=True)
class RefreshEvmHolding:
    """As RefreshEvmSighting, for what an account holds of a token."""

    row: EvmHoldingRow

    def describe(self) -> str:
        return f"refresh what {self.row.address} holds of {self.row.symbol} on chain {self.row.chain_id}"


EvmChange = (
    AddEvmAccount
    | UseEvmAccount
    | NameEvmAccount
    | AddEvmPlace
    | AddEvmSmartAccount
    | RefreshEvmSighting
    | RefreshEvmHolding
)
