"""[pure] Whether a text looks like recovery words: six or more words of the BIP-39 list in a row.

Nobody who helps needs them, so a field that receives them is refused and its text is not kept. Whatever is no letter
separates (blanks, numbers, dashes, invisible characters); abbreviations of four letters or more count, for they name
a word of the list. Source: bips/bip-0039.mediawiki. No sentence here repeats a word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ledger_recovery.backup.word_list import full_word

IN_A_ROW: Final = 6
MAX_LOOKED_AT: Final = 64 * 1024
SECRET_FIELDS: Final = frozenset({"words"})
"""The one field that takes words: those of a backup. `backup_words_refusal` looks at it."""

REASON: Final = (
    "This looks like recovery words. They were not kept. Nobody who helps you needs these words, and this program "
    "never asks for them: they belong on your Ledger's own screen only."
)
NOT_A_BACKUP: Final = (
    "A backup has 24 words of its own. These look like the recovery words of a Ledger or of another wallet. They were "
    "not kept. Do not type them into any computer."
)
_OTHER_COUNTS: Final = frozenset({12, 15, 18, 21})
"""The lengths of BIP-39 phrases that no backup of ours has."""

_WORD: Final = re.compile(r"[a-z]+")


def looks_like_recovery_words(text: str) -> bool:
    """Whether six or more words of the list stand in a row."""
    row = 0
    for word in _words(text):
        row = row + 1 if full_word(word) is not None else 0
        if row >= IN_A_ROW:
            return True
    return False


def refusal_of(text: str) -> str:
    """Why a field's text is refused, "" when it is not."""
    return REASON if looks_like_recovery_words(text) else ""


def backup_words_refusal(text: str) -> str:
    """Why the text of the words page is refused unread: a phrase of a length that only other wallets have; else ""."""
    words = _words(text)
    other = len(words) in _OTHER_COUNTS and all(full_word(word) is not None for word in words)
    return NOT_A_BACKUP if other else ""


def _words(text: str) -> list[str]:
    """Runs of letters. Full-width and composed letters are folded (NFKD); marks and invisible characters vanish."""
    folded = unicodedata.normalize("NFKD", text[:MAX_LOOKED_AT]).lower()
    visible = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn"))
    return _WORD.findall(visible)
