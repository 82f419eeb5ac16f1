"""[pure] What the wallet keeps of its backups, and the rows of its own DIDs and of peers.

Nothing here is secret: `key_ref` names a record in the keyring, and the words are never stored. Times are ISO 8601
texts in UTC, as their maker wrote them; digests are SHA-256 hex of a whole bundle file.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.vault_model import SealedItem, VaultHeader

# --- DIDs and peers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DidRow:
    """An own decentralized identifier. `name`: the person's label. `document`: canonical JSON text."""

    name: str
    did: str
    document: str
    created: str


@dataclass(frozen=True, slots=True)
class PeerRow:
    """Somebody else's DID under the person's label."""

    name: str
    did: str
    added: str


# --- backups ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BackupCounts:
    """What a backup holds, in numbers."""

    identities: int = 0
    accounts: int = 0
    addresses: int = 0
    dids: int = 0
    peers: int = 0
    vault_items: int = 0
    evm_accounts: int = 0


@dataclass(frozen=True, slots=True)
class BoxPairing:
    """The Box that this wallet is paired with.

    :param pin: 64 hex: SHA-256 of the SubjectPublicKeyInfo of the Box's key.
    :param certificate: DER bytes.
    :param key_ref: where the machine's device key is kept.
    """

    url: str
    name: str
    pin: str
    certificate: bytes
    device_id: str
    key_ref: str
    paired_at: str


@dataclass(frozen=True, slots=True)
class BackupLink:
    """Backups are on, under this ID. `key_ref`: where the machine's upload key and certificate are kept."""

    backup_id: str
    key_ref: str
    enabled_at: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The newest generation that this machine made and the Box confirmed."""

    generation: int
    digest: str
    at: str
    holds: BackupCounts = BackupCounts()


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest generation that this machine ever saw of a backup ID; an older one is a rollback."""

    generation: int
    digest: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Something is not in a backup yet.

    :param since: when the first change of it was committed, or earlier.
    :param why: what changed, in short words, such as "accounts, address book".
    :param changes: changed rows (and requests) since the backup that was taken last.
    :param ticket: number of the newest change; it only ever grows.
    """

    since: str
    why: str
    changes: int
    ticket: int


@dataclass(frozen=True, slots=True)
class Failing:
    """Why the newest attempts failed. `attempts`: how many in a row. `next_try_at`: when the next one is due."""

    since: str
    code: str
    sentence: str
    attempts: int
    next_try_at: str


@dataclass(frozen=True, slots=True)
class BackupState:
    """All that the wallet knows of its backups, at one moment. `link` None: backups are off."""

    box: BoxPairing | None = None
    link: BackupLink | None = None
    saved: Saved | None = None
    seen: Seen | None = None
    pending: Pending | None = None
    failing: Failing | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What goes into one backup, all of it of one moment.

    :param vault: header and items as they are stored, under the vault's own password; None when there is none.
    :param ticket: number of the newest change in it; to be given back with `saved`.
    """

    snapshot: WalletSnapshot
    vault: tuple[VaultHeader, tuple[SealedItem, ...]] | None
    dids: tuple[DidRow, ...]
    peers: tuple[PeerRow, ...]
    pending: Pending | None
    state: BackupState
    ticket: int = 0
