"""[pure] Warnings of backups that lag behind: who restores only this file would use a counter or index a second time.

A reused counter collides with its credential on chain; a reused identity index with its identity.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge.draft import Draft
from ledger_recovery.files.merge.identities import identity_subject
from ledger_recovery.files.merge.plan import Kind
from ledger_recovery.wallet.model import CredentialRow, IdentityKey, IdentityRow

_ADVICE = "after this import make a new export, and do not create anything from the old one"

_Family = tuple[str, int | None]
"""A Ledger and a provider: what identity indices are counted under."""


def tell_stale_counters(draft: Draft, imported: ImportedWallet) -> None:
    """Compare what the file would use next with all that the wallet knows once it is imported."""
    _tell_credential_counters(draft, imported)
    _tell_identity_indices(draft, imported)


def _tell_credential_counters(draft: Draft, imported: ImportedWallet) -> None:
    stated, known = _highest_counters(imported.credentials), _highest_counters(draft.credentials.values())
    for key in dict.fromkeys(row.key for row in imported.identities):
        if stated.get(key, -1) < known.get(key, -1):
            draft.tell(
                "stale-counter",
                Kind.IDENTITY,
                identity_subject(key, draft.identities[key].name),
                f"the file would use credential counter {stated.get(key, -1) + 1} next, and counters up to "
                f"{known[key]} are used; {_ADVICE}",
            )


def _tell_identity_indices(draft: Draft, imported: ImportedWallet) -> None:
    stated, known = _highest_indices(imported.identities), _highest_indices(draft.identities.values())
    for ledger in dict.fromkeys(row.fingerprint for row in imported.wallets):
        for family, highest in known.items():
            if family[0] == ledger and stated.get(family, -1) < highest:
                provider = "" if family[1] is None else f", provider {family[1]}"
                draft.tell(
                    "stale-identity-index",
                    Kind.LEDGER,
                    f"{ledger[:8]}…{provider}",
                    f"the file would use identity index {stated.get(family, -1) + 1} next, and indices up to "
                    f"{highest} are used; {_ADVICE}",
                )


def _highest_counters(rows: Iterable[CredentialRow]) -> dict[IdentityKey, int]:
    highest: dict[IdentityKey, int] = {}
    for row in rows:
        highest[row.identity] = max(row.counter, highest.get(row.identity, -1))
    return highest


def _highest_indices(rows: Iterable[IdentityRow]) -> dict[_Family, int]:
    highest: dict[_Family, int] = {}
    for row in rows:
        family = (row.key.fingerprint, row.key.provider)
        highest[family] = max(row.key.index, highest.get(family, -1))
    return highest
