"""[pure] What a wallet holds, as frozen rows, and the snapshot that the reconciler compares with.

Fields follow the Desktop Wallet's tables so that its export files can be exchanged; what is ours is marked "own".
Unknown is None, never an empty string or an invented date.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from ledger_recovery.wallet.evm_model import EvmSnapshot

PLACEHOLDER_NAME = "Recovered: Index {index}"


@unique
class IdentityStatus(StrEnum):
    CONFIRMED = "confirmed"
    PENDING = "pending"
    REJECTED = "rejected"
    REJECTED_AND_WARNED = "rejectedAndWarned"
    RECOVERED = "recovered"
    GENESIS = "genesis"


@unique
class AccountStatus(StrEnum):
    CONFIRMED = "confirmed"
    PENDING = "pending"
    REJECTED = "rejected"
    GENESIS = "genesis"


@unique
class KeyStatus(StrEnum):
    """Own. What the device's public key says of a credential's keys on chain.

    CAN_SIGN: the Ledger alone can sign with the credential. PARTLY: it holds one of the keys, and more must sign.
    KEYS_CHANGED: it holds none of them.
    """

    CAN_SIGN = "can-sign"
    PARTLY = "partly"
    KEYS_CHANGED = "keys-changed"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """Who an identity is: the Ledger (pairing key, 64 hex), the provider of its path (None: legacy), its index."""

    fingerprint: str
    provider: int | None
    index: int


@dataclass(frozen=True, slots=True)
class WalletRow:
    """One Ledger. `fingerprint`: lower-case hex of the pairing key at m/1105'/0'."""

    fingerprint: str
    kind: str = "ledgernanos"


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An identity, or with status RECOVERED the placeholder of a used index (its attributes are unknown: None)."""

    key: IdentityKey
    name: str
    status: IdentityStatus
    keygen_version: int
    detail: str | None = None
    code_uri: str | None = None
    identity_provider: str | None = None
    identity_object: str | None = None
    randomness: str | None = None

    @property
    def is_placeholder(self) -> bool:
        return self.status is IdentityStatus.RECOVERED


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Own. What one finalized block says of an account; amounts in microCCD; replaced as a whole by newer facts."""

    block_height: int
    account_index: int
    balance: int
    at_disposal: int | None
    staked: int
    locked: int
    in_cooldown: int
    stake_kind: str
    stake_target: int | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account that one of our credentials controls. `address`: Base58Check text. `identity`: the one it hangs on."""

    address: str
    name: str
    identity: IdentityKey
    status: AccountStatus = AccountStatus.CONFIRMED
    is_initial: bool = False
    signature_threshold: int = 1
    self_amounts: str = ""
    incoming_amounts: str = "[]"
    total_decrypted: str = "0"
    all_decrypted: bool = True
    deployment_transaction_id: str | None = None
    transaction_filter: str = "{}"
    facts: AccountFacts | None = None


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """`counter`: the credential counter under the identity. `credential_index`: None when removed from the account.

    `policy`: JSON text {validTo, createdAt, revealedAttributes}, or None when unknown.
    Own: `scheme` (a KeyScheme value), `removed`, `key_status`.
    """

    cred_id: str
    account_address: str
    identity: IdentityKey
    counter: int
    credential_index: int | None
    policy: str | None = None
    randomness: str | None = None
    scheme: str = "legacy-v1"
    removed: bool = False
    key_status: KeyStatus = KeyStatus.NOT_CHECKED


@dataclass(frozen=True, slots=True)
class ExternalCredentialRow:
    """A co-holder's credential on one of our accounts."""

    cred_id: str
    account_address: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AddressBookRow:
    """`read_only`: the entry belongs to an own account."""

    address: str
    name: str
    note: str | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class WalletSnapshot:
    """The whole wallet at one moment. `genesis_hash`: 64 hex of the network it is bound to, None while it has none."""

    genesis_hash: str | None = None
    wallets: tuple[WalletRow, ...] = ()
    identities: tuple[IdentityRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    credentials: tuple[CredentialRow, ...] = ()
    external_credentials: tuple[ExternalCredentialRow, ...] = ()
    address_book: tuple[AddressBookRow, ...] = ()
    evm: EvmSnapshot = field(default_factory=EvmSnapshot)
