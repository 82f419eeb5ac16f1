"""[pure] What cannot cross between Concordium's Desktop and Mobile Wallets, and what to do instead.

A Ledger account's keys never leave its Ledger; a mobile account's keys never enter one. Both wallets' documentation
draws this line, and no file can move it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger_recovery.errors import InputError
from ledger_recovery.files.merge.plan import Decision, Kind, Outcome

MOBILE_INTO_LEDGER = (
    "its keys come from a phone, so it cannot become a Ledger account; the keys are kept in the vault, encrypted"
)
MOBILE_AS_DESKTOP = (
    "these accounts came from a Mobile Wallet, and the Desktop Wallet's format has no place for private keys"
)
MOBILE_AS_DESKTOP_HINT = (
    "export them with --format mobile-android or mobile-ios, or leave --format out for our own format"
)
LEDGER_AS_MOBILE = (
    "these accounts are of a Ledger: their keys never leave it, and a Mobile Wallet file cannot do without"
)
LEDGER_AS_MOBILE_HINT = (
    "export them with --format desktop, or leave --format out for our own format; "
    "to use the funds on a phone, send them to an account of the Mobile Wallet"
)


def decide_mobile_accounts(addresses: Iterable[str]) -> tuple[Decision, ...]:
    """One decision for each account of a Mobile Wallet file: none becomes a row of the wallet."""
    return tuple(Decision(Kind.ACCOUNT, address, Outcome.LEFT_OUT, MOBILE_INTO_LEDGER) for address in addresses)


def mobile_as_desktop() -> InputError:
    """To raise when a Desktop Wallet export is asked for where there is only mobile content."""
    return InputError(MOBILE_AS_DESKTOP, MOBILE_AS_DESKTOP_HINT)


def ledger_as_mobile() -> InputError:
    """To raise when a Mobile Wallet export is asked for where there are only Ledger accounts."""
    return InputError(LEDGER_AS_MOBILE, LEDGER_AS_MOBILE_HINT)
