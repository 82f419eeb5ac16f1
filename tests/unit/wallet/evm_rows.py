"""EVM rows for the wallet tests: each kind with every field set once and unknown once."""

from __future__ import annotations

from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    AddEvmSmartAccount,
    RefreshEvmHolding,
    RefreshEvmSighting,
)
from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmKind,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
    EvmSnapshot,
)

LEDGER = "cc" * 32
OTHER_LEDGER = "dd" * 32


def text(number: int) -> str:
    return f"0x{number:040x}"


def place(number: int, scheme: str = "ledger_live", index: int | None = None, ledger: str = LEDGER) -> EvmPlaceRow:
    at = number if index is None else index
    return EvmPlaceRow(ledger, scheme, at, f"m/44'/60'/{at}'/0/0", text(number))


USED = EvmAccountRow(text(0), "Ünïcödé savings")
PLACEHOLDER = EvmAccountRow(text(1), "ledger_live #1", placeholder=True)
SMART = EvmSmartRow(text(900), "Safe 1.4.1", text(0), str(2**256 - 1), f"{text(0)} {text(77)}")
SEEN = EvmSightingRow(
    address=text(0),
    chain_id=2**63 - 1,
    block_height=2**64 - 1,
    block_hash="ab" * 32,
    kind=EvmKind.DELEGATED,
    nonce=2**64 - 1,
    balance=str(2**256 - 1),
    code_size=23,
    delegate=text(5),
)
SEEN_ABSENT = EvmSightingRow(text(1), 1, 100, "01" * 32, EvmKind.ABSENT, 0)
SEEN_SAFE = EvmSightingRow(
    text(900), 1, 100, "01" * 32, EvmKind.CONTRACT, None, "5", 171, None, f"{text(0)} {text(78)}", 2
)
HELD = EvmHoldingRow(text(0), 1, text(600), "USDC", 6, str(2**256 - 1), 100)

SNAPSHOT = EvmSnapshot(
    accounts=(USED, PLACEHOLDER),
    places=(place(0, "bip44"), place(0), place(1)),
    smart_accounts=(SMART,),
    sightings=(SEEN, SEEN_ABSENT, SEEN_SAFE),
    holdings=(HELD,),
)
"""Every row of EVERYTHING, in the order in which a wallet gives them."""

EVERYTHING: tuple[Change, ...] = (
    *(AddEvmAccount(row) for row in SNAPSHOT.accounts),
    *(AddEvmPlace(row) for row in SNAPSHOT.places),
    *(AddEvmSmartAccount(row) for row in SNAPSHOT.smart_accounts),
    *(RefreshEvmSighting(row) for row in SNAPSHOT.sightings),
    *(RefreshEvmHolding(row) for row in SNAPSHOT.holdings),
)
