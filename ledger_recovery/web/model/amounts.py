"""[pure] Amounts and times for people, exact: no digit is rounded away, no unit is guessed.

The chains' own coins by chain ID as chainid.network lists them; all of them count in 10^-18.
"""

from __future__ import annotations

from typing import Final

COIN_DIGITS: Final = 18
MICRO_DIGITS: Final = 6
_COINS: Final = {
    1: "ETH",
    10: "ETH",
    56: "BNB",
    61: "ETC",
    100: "xDAI",
    137: "POL",
    8453: "ETH",
    42161: "ETH",
    42220: "CELO",
    43114: "AVAX",
    11155111: "Sepolia ETH",
}


def ccd(micro: str) -> str:
    """ "1,234.5 CCD" from microCCD as decimal text."""
    return f"{units(micro, MICRO_DIGITS)} CCD"


def coins(amount: str, chain_id: int) -> str:
    """ "1.5 ETH" from 10^-18ths; of a chain that is not listed "1.5 of its own coin"."""
    return f"{units(amount, COIN_DIGITS)} {_COINS.get(chain_id, 'of its own coin')}"


def units(amount: str, decimals: int) -> str:
    """Decimal text in the smallest unit as whole units with all digits that are not naught: "1,234.56"."""
    digits = amount.rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:].rstrip("0")) if decimals else (digits, "")
    return f"{int(whole):,}" + (f".{part}" if part else "")


def when(timestamp: str) -> str:
    """ "2026-01-31T09:05:00Z" for people: "2026-01-31 09:05 UTC"."""
    return f"{timestamp[:10]} {timestamp[11:16]} UTC" if len(timestamp) >= 16 else timestamp
