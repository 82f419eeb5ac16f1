"""[pure] Placeholder identities: one for each used index that the wallet holds no identity for.

A placeholder reserves its index; no account can be created from it, because the attributes and the provider's
signature are not on chain. A removed credential uses its index like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.recover.reconcile.findings import Conflict, Hit, identity_order
from ledger_recovery.recover.reconcile.known import Known
from ledger_recovery.wallet.changes import AddIdentity
from ledger_recovery.wallet.model import IdentityKey, IdentityRow, IdentityStatus
from ledger_recovery.wallet.names import placeholder_name


def identity_changes(known: Known, hits: Sequence[Hit]) -> tuple[list[AddIdentity], list[Conflict]]:
    """A placeholder per used index without an identity; what is odd about those that have one is told."""
    changes: list[AddIdentity] = []
    conflicts: list[Conflict] = []
    ordered = sorted(hits, key=lambda h: identity_order(h.identity))
    for key, group in groupby(ordered, key=lambda h: h.identity):
        schemes = {h.key.scheme for h in group}
        row = known.identities.get(key)
        if row is None:
            row = _placeholder(key, schemes)
            changes.append(AddIdentity(row))
        conflicts += _oddities(row, schemes)
    return changes, conflicts


def _placeholder(key: IdentityKey, schemes: set[KeyScheme]) -> IdentityRow:
    """Attributes, provider and object stay None: unknown, not empty and not today's date."""
    version = max(s.keygen_version for s in schemes)
    return IdentityRow(key, placeholder_name(key), IdentityStatus.RECOVERED, version)


def _oddities(row: IdentityRow, schemes: set[KeyScheme]) -> list[Conflict]:
    versions = {s.keygen_version for s in schemes}
    told = []
    if len(versions) > 1:
        sentence = (
            "credentials of key generation versions 1 and 0 were both found under this index; "
            "the identity keeps one version, each credential records its own"
        )
        told.append(Conflict("mixed-keygen", sentence, row.key))
    elif row.keygen_version not in versions:
        sentence = (
            f"the wallet has this identity with key generation version {row.keygen_version}, "
            f"but its credentials on chain were made with version {versions.pop()}; the identity was left as it is"
        )
        told.append(Conflict("keygen-version", sentence, row.key))
    if row.status in (IdentityStatus.REJECTED, IdentityStatus.REJECTED_AND_WARNED):
        sentence = "the wallet has this identity as rejected, yet credentials of it are on chain; it was left as it is"
        told.append(Conflict("identity-rejected", sentence, row.key))
    return told
