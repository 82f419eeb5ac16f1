"""[pure] Why a sealed bundle did not open: other words, an altered beginning, an altered content or seal, or a cut.

The seal says only "no". What the key stream makes of the cipher text tells more: wrong words or a wrong nonce give
noise, anything else gives base64url text with a fault. It is looked at for this sentence and never used as content:
nobody vouches for it.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final

from ledger_recovery.errors import DamagedFile, LedgerRecoveryError, OtherBackup

_ALPHABET: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ADVICE: Final = "Use another copy of the backup; nothing of this one can be trusted."
_HEAD: Final = 40
"""Nonce and seal, before the content."""


def why_it_does_not_open(peek: bytes, *, id_fits: bool | None) -> LedgerRecoveryError:
    """:param peek: the cipher text under the words' key stream, unauthenticated.

    :param id_fits: whether the words make the name that the backup bears; None when it bears none.
    """
    # A quarter of noise falls into the alphabet by chance; of a text with a fault all but a few characters do.
    if 2 * sum(byte in _ALPHABET for byte in peek) < len(peek):
        return _noise(id_fits)
    foreign = next((place for place, byte in enumerate(peek) if byte not in _ALPHABET), None)
    if foreign is not None:
        return _altered(foreign)
    try:
        text = base64.urlsafe_b64decode(peek + b"=" * (-len(peek) % 4))
    except binascii.Error:
        return _cut(len(peek))
    return _in_json(text, peek)


def _in_json(text: bytes, peek: bytes) -> LedgerRecoveryError:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc) or error.msg.startswith("Unterminated string"):
            return _cut(len(peek))
        return _altered(error.pos * 4 // 3)
    except (ValueError, RecursionError):
        return _altered(0)
    if base64.urlsafe_b64encode(text).rstrip(b"=") != peek:
        return _altered(len(peek) - 1)
    return DamagedFile(
        "the seal of the backup does not fit its content, which reads well: one of the two was altered",
        _ADVICE,
        position=_HEAD - 16,
    )


def _noise(id_fits: bool | None) -> LedgerRecoveryError:
    if id_fits is None:
        return OtherBackup(
            "these words do not open the backup: other words made it, or its first 24 bytes were altered",
            "Try the words of your other backups, or another copy of this one.",
        )
    if id_fits:
        return DamagedFile(
            "the first 24 bytes of the backup (its nonce) were altered: the words are those that its name was made of",
            _ADVICE,
            position=0,
        )
    return OtherBackup(
        "these are right words, but of another backup: the name of this one was made of other words",
        "Look for the words that belong to this backup, or for the backup of these words.",
    )


def _altered(place: int) -> DamagedFile:
    position = _HEAD + place
    return DamagedFile(f"the content of the backup was altered at about byte {position}", _ADVICE, position=position)


def _cut(length: int) -> DamagedFile:
    position = _HEAD + length
    return DamagedFile(f"the backup was cut short: it ends at byte {position}", _ADVICE, position=position)
