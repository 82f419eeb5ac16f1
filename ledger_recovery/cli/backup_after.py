"""What stands after each command that changed the wallet: its backup, brought up to date if the Box answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger_recovery.errors import Cancelled, LedgerRecoveryError

if TYPE_CHECKING:
    from ledger_recovery.recover.service.settings import Settings

FLUSH_SECONDS = 4.0
"""How long a command waits for the Box at most; what is not saved by then stays queued."""


def backup_line(settings: Settings, *, wait: bool) -> str:
    """One line for people; "" while backups are off.

    :param wait: try to save now; else only tell what is queued.
    """
    if not settings.wallet.exists():
        return ""
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    try:
        told = backups.status(settings)
        if told.kind is backups.BackupKind.OFF:
            return ""
        if wait:
            told = run_to_end(backups.flush(settings, deadline=FLUSH_SECONDS))
        return backups.status_line(told)
    except Cancelled:
        return "backup: not waited for; it is queued"
    except LedgerRecoveryError as error:
        return f"backup: queued; {error.sentence}"
