"""[pure] What a wallet file brings, in the wallet's own rows: the one shape that every format is read into.

Nothing is decided here; `merge.plan_import` compares it with a wallet. It holds no private key: the secret content of
a Mobile Wallet file goes to the vault and never takes this shape.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger_recovery.wallet.evm_model import EvmSnapshot
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
    WalletRow,
)


@dataclass(frozen=True, slots=True)
class ImportedWallet:
    """`genesis_hash`: 64 lower-case hex, None when the file names no network.

    Rows may repeat and may name identities or accounts that the file does not hold: the merge tells each of them.
    `notes`: sentences on what of the file has no place in the rows.
    """

    genesis_hash: str | None = None
    wallets: tuple[WalletRow, ...] = ()
    identities: tuple[IdentityRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    credentials: tuple[CredentialRow, ...] = ()
    external_credentials: tuple[ExternalCredentialRow, ...] = ()
    address_book: tuple[AddressBookRow, ...] = ()
    notes: tuple[str, ...] = ()
    evm: EvmSnapshot = field(default_factory=EvmSnapshot)
