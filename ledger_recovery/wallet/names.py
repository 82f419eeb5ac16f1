"""[pure] Names and notes that programs make, so that they can be told from those that a person gave.

The Desktop Wallet takes any part of an address for a machine-made name and so overwrites an account called "3"; here
only the first eight characters count.
"""

from __future__ import annotations

from ledger_recovery.wallet.model import PLACEHOLDER_NAME, IdentityKey

RECOVERED_NOTE = "Recovered account"
"""The Desktop Wallet's note of an account that was found by recovery."""

_SHORT = 8


def short_name(address: str) -> str:
    """The name that an account gets while nobody has named it."""
    return address[:_SHORT]


def is_short_name(name: str, address: str) -> bool:
    return name == short_name(address)


def placeholder_name(key: IdentityKey) -> str:
    """The name that the placeholder of an identity gets; the provider is told where the path has one."""
    if key.provider is None:
        return PLACEHOLDER_NAME.format(index=key.index)
    return f"Recovered: Provider {key.provider} Index {key.index}"


def is_placeholder_name(name: str, key: IdentityKey) -> bool:
    return name in (placeholder_name(key), PLACEHOLDER_NAME.format(index=key.index))


def is_blank(text: str | None) -> bool:
    """Nothing that a person would miss: absent, empty or white space."""
    return text is None or not text.strip()
