"""[pure] The content of a Desktop Wallet export as frozen rows: every release from 0.2 to 1.9.4.

Rows keep the file's own values (JSON-in-strings included) so that writing them again gives the same text; what they
mean is `snapshot`'s business. Source: concordium-desktop-wallet app/database/types, app/pages/exportImport.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

ZERO_SHIELDED: Final = ("c0" + "0" * 94) * 4
"""The encryption of zero: what the Desktop Wallet gives an account of which it knows no shielded amount."""


@unique
class DesktopRelease(Enum):
    """The oldest release that writes a file of this form; forms did not change between those named."""

    R0_2 = "0.2 or 0.3"
    R0_4 = "0.4"
    R0_5 = "0.5 to 1.0"
    R1_1 = "1.1"
    R1_2 = "1.2"
    R1_3 = "1.3 or later"


@dataclass(frozen=True, slots=True)
class DesktopAccount:
    """`incoming_amounts` and `transaction_filter`: JSON text; amounts: hexadecimal; `identity_id`: of this file."""

    identity_id: int
    name: str
    status: str
    address: str
    self_amounts: str = ""
    incoming_amounts: str = "[]"
    signature_threshold: int = 1
    total_decrypted: str = "0"
    all_decrypted: bool = True
    deployment_transaction_id: str | None = None
    is_initial: bool = False
    transaction_filter: str = "{}"


@dataclass(frozen=True, slots=True)
class DesktopIdentity:
    """`version`: of the key generation. Provider and object: JSON text. `id`, `wallet_id`: of this file only."""

    id: int
    identity_number: int
    name: str
    status: str
    wallet_id: int
    detail: str | None = None
    code_uri: str | None = None
    identity_provider: str = "{}"
    identity_object: str | None = field(default=None, repr=False)
    randomness: str = field(default="", repr=False)
    version: int = 0


@dataclass(frozen=True, slots=True)
class DesktopBookEntry:
    name: str
    address: str
    note: str | None
    read_only: bool


@dataclass(frozen=True, slots=True)
class DesktopCredential:
    """`credential_index`: None when not on the account now. `policy`, `randomness`: JSON text."""

    identity_id: int
    account_address: str
    cred_id: str
    credential_number: int
    credential_index: int | None
    policy: str
    randomness: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DesktopExternalCredential:
    account_address: str
    cred_id: str
    note: str | None


@dataclass(frozen=True, slots=True)
class DesktopWalletRow:
    """`identifier`: hex of the pairing key."""

    id: int
    identifier: str
    type: str = "ledgernanos"


@dataclass(frozen=True, slots=True)
class DesktopGenesis:
    id: int
    genesis_block: str


@dataclass(frozen=True, slots=True)
class DesktopExport:
    """`notes`: sentences about what the reader passed over."""

    accounts: tuple[DesktopAccount, ...] = ()
    identities: tuple[DesktopIdentity, ...] = ()
    address_book: tuple[DesktopBookEntry, ...] = ()
    credentials: tuple[DesktopCredential, ...] = ()
    external_credentials: tuple[DesktopExternalCredential, ...] = ()
    wallets: tuple[DesktopWalletRow, ...] = ()
    genesis: DesktopGenesis | None = None
    release: DesktopRelease = DesktopRelease.R1_3
    notes: tuple[str, ...] = ()
