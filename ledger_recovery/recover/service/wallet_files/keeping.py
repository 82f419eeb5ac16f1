"""What of a Mobile Wallet file the vault keeps, and how it comes out again: one item an identity, one an account.

The key of an item's purpose opens no item of the other. Each item is the wallet's own JSON, so that nothing of it is
lost on re-export. What the vault holds already is never replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger_recovery.errors import InputError
from ledger_recovery.files.mobile import MobileAccount, MobileExport, MobileIdentity
from ledger_recovery.files.mobile_read import read_mobile
from ledger_recovery.files.mobile_write import pack_mobile
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.changes import VaultChange
from ledger_recovery.wallet.vault import UnlockedVault
from ledger_recovery.wallet.vault_model import VaultStatus

IDENTITY = "mobile identity"
ACCOUNT = "mobile account"


@dataclass(frozen=True, slots=True)
class Kept:
    """`identities`: idCredPub of each; `accounts`: addresses. Nothing of it is secret, and no password is needed."""

    identities: frozenset[str]
    accounts: frozenset[str]

    def lacks(self, export: MobileExport) -> bool:
        """Whether the export holds something that the vault does not."""
        known = all(identity.id_cred_pub in self.identities for identity in export.identities)
        return not (known and all(account.address in self.accounts for account in export.accounts))


def kept(status: VaultStatus) -> Kept:
    return Kept(
        frozenset(entry.name for entry in status.entries if entry.purpose == IDENTITY),
        frozenset(entry.name for entry in status.entries if entry.purpose == ACCOUNT),
    )


def store_changes(vault: UnlockedVault, export: MobileExport) -> tuple[list[VaultChange], list[str]]:
    """The changes that put an export into the vault, and a note on each item of which the vault keeps its own."""
    changes: list[VaultChange] = []
    notes: list[str] = []
    for identity in export.identities:
        alone = replace(identity, accounts=())
        _put(vault, IDENTITY, identity.id_cred_pub, _one(export, alone), changes, notes)
        for account in identity.accounts:
            _put(vault, ACCOUNT, account.address, _one(export, replace(identity, accounts=(account,))), changes, notes)
    return changes, notes


def take_out(vault: UnlockedVault, status: VaultStatus) -> MobileExport:
    """Everything of the vault as one export without recipients; the caller wipes it.

    :raises InputError: the vault holds no mobile identity.
    """
    exports = [_read(vault, entry.purpose, entry.name) for entry in status.entries]
    identities: dict[str, MobileIdentity] = {}
    accounts: dict[str, list[MobileAccount]] = {}
    for identity in (identity for export in exports for identity in export.identities):
        identities.setdefault(identity.id_cred_pub, identity)
        accounts.setdefault(identity.id_cred_pub, []).extend(identity.accounts)
    if not identities:
        raise InputError("the vault holds nothing of a Mobile Wallet", "import a Mobile Wallet file first")
    environment = next((export.environment for export in exports if export.environment is not None), None)
    whole = tuple(replace(identity, accounts=tuple(accounts[key])) for key, identity in identities.items())
    return MobileExport(whole, environment=environment)


def _one(export: MobileExport, identity: MobileIdentity) -> SecretBytes:
    return pack_mobile(MobileExport((identity,), environment=export.environment))


def _put(
    vault: UnlockedVault, purpose: str, name: str, secret: SecretBytes, changes: list[VaultChange], notes: list[str]
) -> None:
    with secret:
        try:
            changes.extend(vault.put(purpose, name, secret))
        except InputError as error:
            notes.append(error.sentence)


def _read(vault: UnlockedVault, purpose: str, name: str) -> MobileExport:
    with vault.get(purpose, name) as secret:
        return read_mobile(secret.reveal())
