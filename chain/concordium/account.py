"""[pure] A Concordium account as one finalized block shows it: the `detail` of a Concordium sighting.

Pure and frozen. Amounts are microCCD. Field meanings: concordium-grpc-api v2/concordium/types.proto, AccountInfo.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class CredentialKind(Enum):
    """INITIAL: made by the provider with the identity; NORMAL: deployed by the holder; UNKNOWN: a newer kind."""

    INITIAL = "initial"
    NORMAL = "normal"
    UNKNOWN = "unknown"


@unique
class CredentialStatus(Enum):
    """ACTIVE: among the account's credentials now. REMOVED: it has belonged to the account and no longer does."""

    ACTIVE = "active"
    REMOVED = "removed"


@unique
class StakeKind(Enum):
    NONE = "none"
    VALIDATOR = "validator"
    DELEGATOR = "delegator"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Policy:
    """Validity as YYYYMM text, and the revealed attributes: tag name -> raw value bytes (<= 31)."""

    created_at: str
    valid_to: str
    revealed: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class ChainCredential:
    """One active credential. `keys`: (key index, 32-byte ed25519 key); `threshold`: signatures needed of them.

    `cred_id`: 48 bytes; empty only if `kind` is UNKNOWN and the ID could not be read out of the newer variant.
    """

    credential_index: int
    kind: CredentialKind
    cred_id: bytes
    identity_provider_index: int
    keys: tuple[tuple[int, bytes], ...]
    threshold: int
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Stake:
    """`target`: validator id a delegator delegates to; None: passive delegation or not a delegator."""

    kind: StakeKind
    amount: int = 0
    target: int | None = None
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class ChainAccount:
    """`address`: 32 canonical bytes. `index`: chain-wide running number. `threshold`: credentials that must sign.

    `at_disposal` is None when the node is too old to say (before node 7.0). `encryption_key`: 96 bytes, generator g
    then the account's first credential ID; empty when the node left it out.
    """

    address: bytes
    index: int
    sequence_number: int
    threshold: int
    credentials: tuple[ChainCredential, ...]
    amount: int
    at_disposal: int | None
    locked: int
    in_cooldown: int
    stake: Stake
    encryption_key: bytes = b""

    def credential(self, cred_id: bytes) -> ChainCredential | None:
        """The active credential with this ID, or None (it was removed, or never was here)."""
        return next((c for c in self.credentials if c.cred_id == cred_id), None)


@dataclass(frozen=True, slots=True)
class CredentialSighting:
    """The detail of a DEPLOYED sighting. `credential` is set exactly when `status` is ACTIVE.

    For look-ups by address `credential` is that at index 0.
    """

    status: CredentialStatus
    account: ChainAccount
    credential: ChainCredential | None
