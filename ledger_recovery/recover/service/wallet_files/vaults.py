"""The vault's own commands: what it holds, another password, the end of it."""

from __future__ import annotations

from ledger_recovery.files.reading import check_new_password
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.vault_model import VaultStatus


def vault_status(settings: Settings) -> VaultStatus:
    """What the vault holds, without its password.

    :raises StorageError: there is no wallet, or it cannot be read.
    """
    with WalletStore.open(settings.wallet) as store:
        return store.vault().status()


def change_vault_password(settings: Settings, old: SecretBytes, new: SecretBytes) -> None:
    """Put the vault under another password, at once for all that it holds.

    :raises InputError: there is no vault, or the new password is too short.
    :raises WrongPassword: `old` is not its password.
    :raises StorageError: it could not be written; the old password holds.
    """
    check_new_password(new)
    with WalletStore.open(settings.wallet) as store, store.exclusive():
        store.vault().change_password(old, new)


def forget_vault(settings: Settings) -> int:
    """Delete the vault with all that it holds; how many items there were.

    :raises StorageError: it could not be written; the vault is as it was.
    """
    with WalletStore.open(settings.wallet) as store, store.exclusive():
        return store.vault().forget()
