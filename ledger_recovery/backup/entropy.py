"""[io] Where new secrets come from: the operating system's random source, and nowhere else."""

from __future__ import annotations

import secrets

from ledger_recovery.backup.keys import SECRET_BYTES
from ledger_recovery.secret import SecretBytes


def new_secret() -> SecretBytes:
    """A new secret of 32 random bytes; `words_of` shows it as 24 words."""
    return SecretBytes(secrets.token_bytes(SECRET_BYTES))
