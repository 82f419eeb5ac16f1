"""[pure] Texts that recovered rows carry: names of placeholders and accounts, the policy JSON of a credential.

Names that a person gave always win; these are only for rows that recovery makes.
"""

from __future__ import annotations

import json

from chain.concordium.account import Policy
from ledger_recovery.wallet.model import PLACEHOLDER_NAME, AddressBookRow, IdentityKey

RECOVERED_NOTE = "Recovered account"
"""The Desktop Wallet's own note text, which its importer knows."""

_SHORT = 8


def placeholder_name(key: IdentityKey) -> str:
    """`Recovered: Index N` on the legacy path, as the Desktop Wallet names it; the provider is told where there is one.

    Two families may use the same index, so the bare index would name two identities alike.
    """
    if key.provider is None:
        return PLACEHOLDER_NAME.format(index=key.index)
    return f"Recovered: Provider {key.provider} Index {key.index}"


def account_name(address: str, entry: AddressBookRow | None) -> str:
    """The address book's name for the account, else the first eight characters of its address."""
    return entry.name if entry is not None and entry.name.strip() else address[:_SHORT]


def policy_json(policy: Policy | None) -> str | None:
    """The policy as the Desktop Wallet stores it: {validTo, createdAt, revealedAttributes}; None when unknown.

    Revealed values are plain text, as that wallet writes them for credentials that it made itself. For recovered ones
    it stores hex of the same bytes, and an import cannot tell the two apart; we do not copy that. Bytes that are not
    UTF-8 have no text and stay hex.
    """
    if policy is None:
        return None
    document = {
        "validTo": policy.valid_to,
        "createdAt": policy.created_at,
        "revealedAttributes": {tag: _text(value) for tag, value in sorted(policy.revealed)},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
