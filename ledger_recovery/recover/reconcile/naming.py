"""[pure] Texts that recovered rows carry: names of accounts, the policy JSON of a credential.

Names that a person gave always win; these are only for rows that recovery makes.
"""

from __future__ import annotations

import json

from chain.concordium.account import Policy
from ledger_recovery.wallet.model import AddressBookRow
from ledger_recovery.wallet.names import is_blank, short_name


def account_name(address: str, entry: AddressBookRow | None) -> str:
    """The address book's name for the account, else the first eight characters of its address."""
    return short_name(address) if entry is None or is_blank(entry.name) else entry.name


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
