"""What a person takes out: the printable kit, and the age key that opens bundles without this program."""

from __future__ import annotations

from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.kit import kit_page
from ledger_recovery.recover.service.backups.machine import reading_state
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes


def kit(settings: Settings, words: tuple[str, ...] | None = None, *, deps: BackupDeps | None = None) -> str:
    """An HTML page to print: the words or room to write them, the Box, its fingerprint, the steps of a restore.

    :param words: all of them, which makes the page secret; None leaves numbered lines.
    :raises StorageError: the wallet cannot be read.
    """
    with reading_state(settings) as (_, state):
        return kit_page(state, (deps or real_backup_deps()).timestamp()[:10], words)


def age_key(secret: SecretBytes) -> SecretBytes:
    """AGE-SECRET-KEY-1…, with which the stock age tool opens the bundles of these words. The caller wipes it."""
    with owner_keys(secret) as keys:
        return keys.age_identity_text()
