"""[pure] Redaction levels of a report, applied before signing.

Identifiers are recognised by their form in every text, not by a list of fields: a field that is added later is covered
too. Numbers that name an account on the public chain (its index, exact amounts) are dropped.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from enum import Enum, unique
from typing import cast

from ledger_recovery.recover.report.model import Account, Report

MIN_KEY_BYTES = 16

_TOKEN = re.compile(r"[0-9A-Za-z]{32,}")
"""Account addresses have 50 characters, fingerprints 64, credential IDs 96; no word of ours is that long."""

_HEX = re.compile(r"[0-9a-fA-F]+")
_DIGEST = 32

_PUBLIC = frozenset({("head", "report_id"), ("chain", "genesis_hash"), ("chain", "block_hash")})
"""Long texts that say nothing of a person."""


@unique
class Redaction(Enum):
    """FULL: as it is. SHORT: a few characters, for people who compare. HASHED: keyed hash, equal for equal values."""

    FULL = "full"
    SHORT = "short"
    HASHED = "hashed"


def redact(report: Report, level: Redaction, key: bytes | None = None) -> Report:
    """A copy of a full report at `level`.

    :param key: for HASHED: at least 16 random bytes, made for this report and not kept; without it nobody can tell by
        trying which address a hash stands for.
    :raises ValueError: the report was redacted before, or HASHED without a key.
    """
    if report["head"]["redaction"] != Redaction.FULL.value:
        raise ValueError("only a full report can be redacted")
    if level is Redaction.FULL:
        return report
    masked = cast(Report, mask_identifiers(report, level, key, _PUBLIC))
    masked["head"]["redaction"] = level.value
    masked["accounts"] = [_without_numbers(a) for a in masked["accounts"]]
    return masked


def mask_identifiers(
    report: object, level: Redaction, key: bytes | None, public: Collection[tuple[str, ...]]
) -> object:
    """A copy of a JSON value without identifiers of a person; for SHORT and HASHED.

    :param public: paths of long texts that say nothing of a person; "[]" is a step into a list.
    :raises ValueError: HASHED without a key.
    """
    return _walk(report, (), _mask(level, key), public)


def _mask(level: Redaction, key: bytes | None) -> Callable[[str], str]:
    if level is Redaction.SHORT:
        return _shortened
    if key is None or len(key) < MIN_KEY_BYTES:
        raise ValueError(f"hashed redaction needs a random key of at least {MIN_KEY_BYTES} bytes")

    def hashed(token: str) -> str:
        return "hmac:" + hmac.new(key, token.encode("ascii"), hashlib.sha256).hexdigest()[:_DIGEST]

    return hashed


def _shortened(token: str) -> str:
    """Hex (fingerprints, credential IDs) by its first 8 digits, addresses by their first and last 4 characters."""
    return f"{token[:8]}…" if _HEX.fullmatch(token) else f"{token[:4]}…{token[-4:]}"


def _walk(
    value: object, path: tuple[str, ...], mask: Callable[[str], str], public: Collection[tuple[str, ...]]
) -> object:
    match value:
        case str():
            return value if path in public else _TOKEN.sub(lambda found: mask(found.group()), value)
        case list():
            return [_walk(item, (*path, "[]"), mask, public) for item in value]
        case Mapping():
            return {name: _walk(item, (*path, name), mask, public) for name, item in value.items()}
        case _:
            return value


def _without_numbers(account: Account) -> Account:
    return Account(
        address=account["address"],
        account_index=None,
        threshold=account["threshold"],
        credentials=account["credentials"],
        amount=None,
        at_disposal=None,
        staked=None,
        locked=None,
        in_cooldown=None,
        stake_kind=account["stake_kind"],
        stake_target=None,
    )
