"""[pure] The edits that a wallet takes: each adds, fills or refreshes; there is no change that deletes.

Recovery adds and refreshes; an import adds and merges, which fills by the rules of `joining`. What a person does to
the address book, removing included, is in `address_book` and can never come out of a file. `describe` gives the line
that a dry run prints.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.evm_changes import EvmChange
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
    KeyStatus,
    WalletRow,
)
from ledger_recovery.wallet.vault_model import SealedItem, VaultHeader


@dataclass(frozen=True, slots=True)
class BindNetwork:
    """Bind an unbound wallet to a network (64 hex genesis hash)."""

    genesis_hash: str

    def describe(self) -> str:
        return f"bind the wallet to the network with genesis block {self.genesis_hash[:8]}…"


@dataclass(frozen=True, slots=True)
class AddWallet:
    row: WalletRow

    def describe(self) -> str:
        return f"add the Ledger with fingerprint {self.row.fingerprint[:8]}…"


@dataclass(frozen=True, slots=True)
class AddIdentity:
    row: IdentityRow

    def describe(self) -> str:
        kind = "placeholder" if self.row.is_placeholder else "identity"
        return f'add {kind} "{self.row.name}"'


@dataclass(frozen=True, slots=True)
class AddAccount:
    row: AccountRow

    def describe(self) -> str:
        return f'add account {self.row.address} as "{self.row.name}"'


@dataclass(frozen=True, slots=True)
class ConfirmAccount:
    """A pending account is on chain: set it confirmed, with the chain's facts of what it is."""

    address: str

    def describe(self) -> str:
        return f"mark account {self.address} as confirmed: it is on chain"


@dataclass(frozen=True, slots=True)
class RefreshAccount:
    """Replace the chain facts (and the threshold) of a known account; name, identity and notes stay."""

    address: str
    signature_threshold: int
    facts: AccountFacts

    def describe(self) -> str:
        return f"refresh the chain facts of account {self.address}"


@dataclass(frozen=True, slots=True)
class AddCredential:
    row: CredentialRow

    def describe(self) -> str:
        state = "removed credential" if self.row.removed else "credential"
        return f"add {state} {self.row.cred_id[:8]}… (counter {self.row.counter}) of account {self.row.account_address}"


@dataclass(frozen=True, slots=True)
class RefreshCredential:
    """Set what the chain and the device now say of a known credential; fills `policy` only when it was unknown."""

    cred_id: str
    credential_index: int | None
    removed: bool
    key_status: KeyStatus
    policy: str | None

    def describe(self) -> str:
        return f"refresh credential {self.cred_id[:8]}…"


@dataclass(frozen=True, slots=True)
class AddExternalCredential:
    row: ExternalCredentialRow

    def describe(self) -> str:
        return f"add co-holder credential {self.row.cred_id[:8]}… of account {self.row.account_address}"


@dataclass(frozen=True, slots=True)
class AddAddressBookEntry:
    row: AddressBookRow

    def describe(self) -> str:
        return f'add address book entry "{self.row.name}" for {self.row.address}'


@dataclass(frozen=True, slots=True)
class MarkOwnAddress:
    """An existing address book entry turns out to be an own account: set read_only, keep name and note."""

    address: str

    def describe(self) -> str:
        return f"mark the address book entry of {self.address} as an own account"


@dataclass(frozen=True, slots=True)
class MergeIdentity:
    """A known identity takes from `row` what it lacks; a placeholder turns into the real one (`join_identity`)."""

    row: IdentityRow

    def describe(self) -> str:
        return f'complete identity index {self.row.key.index} from "{self.row.name}" of the file'


@dataclass(frozen=True, slots=True)
class MergeAccount:
    """A known account takes from `row` what it lacks (`join_account`); it stays under the identity it hangs on."""

    row: AccountRow

    def describe(self) -> str:
        return f"complete account {self.row.address} from the file"


@dataclass(frozen=True, slots=True)
class MergeCredential:
    """A known credential takes from `row` what it lacks (`join_credential`)."""

    row: CredentialRow

    def describe(self) -> str:
        return f"complete credential {self.row.cred_id[:8]}… from the file"


@dataclass(frozen=True, slots=True)
class MergeExternalCredential:
    """A known co-holder credential takes the note of `row` if it has none (`join_external`)."""

    row: ExternalCredentialRow

    def describe(self) -> str:
        return f"complete co-holder credential {self.row.cred_id[:8]}… from the file"


@dataclass(frozen=True, slots=True)
class MergeAddressBookEntry:
    """A known address book entry takes from `row` what it lacks (`join_book`)."""

    row: AddressBookRow

    def describe(self) -> str:
        return f"complete the address book entry of {self.row.address} from the file"


@dataclass(frozen=True, slots=True)
class CreateVault:
    """Keep secrets from now on: the wallet's one vault, still empty."""

    header: VaultHeader

    def describe(self) -> str:
        return "create the vault, which keeps secrets under a password"


@dataclass(frozen=True, slots=True)
class StoreSecret:
    """Put a sealed secret into the vault; one that is there under its name gives way only if `replace`."""

    item: SealedItem
    replace: bool = False

    def describe(self) -> str:
        return f"put {self.item.purpose} {self.item.name} into the vault, encrypted"


@dataclass(frozen=True, slots=True)
class AddDid:
    """An own DID of a backup. One that is known keeps its name here; a name that another DID has contradicts."""

    row: DidRow

    def describe(self) -> str:
        return f'add the DID "{self.row.name}"'


@dataclass(frozen=True, slots=True)
class AddPeer:
    """A peer of a backup; a name that another peer has contradicts."""

    row: PeerRow

    def describe(self) -> str:
        return f'add the peer "{self.row.name}"'


MergeChange = MergeIdentity | MergeAccount | MergeCredential | MergeExternalCredential | MergeAddressBookEntry
VaultChange = CreateVault | StoreSecret
ContactChange = AddDid | AddPeer

Change = (
    BindNetwork
    | AddWallet
    | AddIdentity
    | AddAccount
    | ConfirmAccount
    | RefreshAccount
    | AddCredential
    | RefreshCredential
    | AddExternalCredential
    | AddAddressBookEntry
    | MarkOwnAddress
    | MergeChange
    | VaultChange
    | ContactChange
    | EvmChange
)
