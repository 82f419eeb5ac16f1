"""[pure] The secret as 24 BIP-39 words; a check of typed words: what is wrong, and what may have been meant.

No sentence here repeats a word: sentences end up in logs. What was typed and what it may have meant are fields of
their own, for a screen only. Source: bips/bip-0039.mediawiki; the SHA-512 checksum is that of old Identity Box
backups (identity-box/mnemonic-passphrase) and only gives a hint.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from ledger_recovery.backup.keys import SECRET_BYTES
from ledger_recovery.backup.word_list import full_word, one_edit_away, suggestions, word_list, word_numbers
from ledger_recovery.errors import NotWords
from ledger_recovery.secret import SecretBytes

WORD_COUNT: Final = 24
MAX_TEXT: Final = 10_000
_WORD_BITS: Final = 11
_CHECK_BITS: Final = 8
_FEW_WORDS: Final = 12
_FEW_BYTES: Final = 8
"""24 drawn words and 32 drawn bytes hold a few repeats at most; these many never happen by chance."""

_BETWEEN: Final = re.compile(r"[\s,;.:()\[\]\"'|/\\#=*\u2010-\u2015\u2018-\u201f-]+")
_NUMBERED: Final = re.compile(r"\A[0-9]{1,2}(?=\D|\Z)")
_OLD_HINT: Final = "They are valid as the words of an old Identity Box backup: use `backup import-idbox`."


@unique
class Wrong(StrEnum):
    """What can be wrong with typed words."""

    UNKNOWN_WORD = "unknown-word"
    TOO_FEW = "too-few"
    TOO_MANY = "too-many"
    TWELVE_WORDS = "twelve-words"
    ALL_SAME = "all-same"
    TRIVIAL = "trivial"
    WRONG_CHECKSUM = "wrong-checksum"


@dataclass(frozen=True, slots=True)
class WordProblem:
    """One thing that is wrong. `position`: 1-based number of the word, None when it is not about one word.

    `sentence`, `hint`: safe to log. `typed`, `suggestions`: secret, for the screen only.
    """

    kind: Wrong
    sentence: str
    hint: str = ""
    position: int | None = None
    typed: str = field(default="", repr=False)
    suggestions: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class WordsCheck:
    """`words`: as understood, abbreviations written out, unknown ones as typed (secret). `secret`: when complete."""

    words: tuple[str, ...] = field(repr=False)
    problems: tuple[WordProblem, ...]
    secret: SecretBytes | None = None

    @property
    def complete(self) -> bool:
        """Whether these are the words of a backup: nothing is left to type or to correct."""
        return self.secret is not None


def words_of(secret: SecretBytes) -> tuple[str, ...]:
    """The 24 words of a secret (32 bytes), BIP-39 in English.

    :raises ValueError: a secret of another length.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {SECRET_BYTES} bytes, not {len(secret)}")
    entropy = secret.reveal()
    number = int.from_bytes(entropy + hashlib.sha256(entropy).digest()[:1], "big")
    places = range((WORD_COUNT - 1) * _WORD_BITS, -1, -_WORD_BITS)
    return tuple(word_list()[number >> place & 2047] for place in places)


def check_words(text: str) -> WordsCheck:
    """Check what was typed so far: any case and spacing, numbers in front, commas between, four-letter abbreviations.

    Never raises. Cheap enough for every key stroke.
    """
    if len(text) > MAX_TEXT:
        return WordsCheck((), (WordProblem(Wrong.TOO_MANY, f"this is far more than {WORD_COUNT} words"),))
    typed = _split(text)
    known = [full_word(word) for word in typed]
    words = tuple(full or word for full, word in zip(known, typed, strict=True))
    problems = tuple(_unknown(n, word) for n, (full, word) in enumerate(zip(known, typed, strict=True), 1) if not full)
    if len(words) != WORD_COUNT:
        return WordsCheck(words, (*problems, _wrong_count(len(words), all_known=not problems)))
    if problems:
        return WordsCheck(words, problems)
    return _check_known(words)


def parse_words(text: str) -> SecretBytes:
    """The secret of 24 typed words; the caller wipes it.

    :raises NotWords: with the first problem's sentence.
    """
    found = check_words(text)
    if found.secret is None:
        first = found.problems[0]
        raise NotWords(first.sentence, first.hint or "Compare with what you wrote down, word by word.")
    return found.secret


def _split(text: str) -> list[str]:
    """The words of a text in lower case, without numbering. Full-width and composed letters are folded (NFKD)."""
    folded = unicodedata.normalize("NFKD", text).lower()
    visible = "".join(c for c in folded if unicodedata.category(c) != "Cf")  # zero-width spaces, direction marks
    bare = (_NUMBERED.sub("", part) for part in _BETWEEN.split(visible) if part)
    return [part for part in bare if part]


def _unknown(position: int, typed: str) -> WordProblem:
    # Beyond the 24th, the count is what is wrong; suggestions there would only cost time.
    may_be = suggestions(typed) if position <= WORD_COUNT else ()
    sentence = f"word {position} is not a word of the list"
    return WordProblem(Wrong.UNKNOWN_WORD, sentence, "", position, typed, may_be)


def _wrong_count(count: int, *, all_known: bool) -> WordProblem:
    if count == 12 and all_known:
        return WordProblem(
            Wrong.TWELVE_WORDS,
            f"these are 12 words, and a backup has {WORD_COUNT}: 12 words hold too little for its key",
            "If you wrote down 24, type all of them; 12 words belong to something else.",
        )
    if count < WORD_COUNT:
        return WordProblem(Wrong.TOO_FEW, f"{count} of {WORD_COUNT} words are there")
    return WordProblem(Wrong.TOO_MANY, f"there are {count} words, and a backup has {WORD_COUNT}")


def _check_known(words: tuple[str, ...]) -> WordsCheck:
    if len(set(words)) == 1:
        problem = WordProblem(Wrong.ALL_SAME, f"all {WORD_COUNT} words are the same: anybody could guess that")
        return WordsCheck(words, (problem,))
    entropy, _ = _entropy(words)
    if len(set(words)) <= _FEW_WORDS or len(set(entropy)) <= _FEW_BYTES:
        sentence = "these words repeat each other: they are an example or a pattern, and anybody could guess them"
        return WordsCheck(words, (WordProblem(Wrong.TRIVIAL, sentence),))
    if not _fits(words, hashlib.sha256):
        return WordsCheck(words, (_wrong_checksum(words),))
    return WordsCheck(words, (), SecretBytes(entropy))


def _wrong_checksum(words: tuple[str, ...]) -> WordProblem:
    sentence = f"all {WORD_COUNT} words are in the list, but they do not belong together: one is wrong, or out of place"
    if _fits(words, hashlib.sha512):
        return WordProblem(Wrong.WRONG_CHECKSUM, sentence, _OLD_HINT)
    swapped = [n for n in range(WORD_COUNT - 1) if _fits(_with_swap(words, n), hashlib.sha256)]
    slips = {n: fitting for n in range(WORD_COUNT) if (fitting := _fitting_slips(words, n))}
    if len(slips) == 1:
        (place, may_be), *_ = slips.items()
        hint = f"Look at word {place + 1} first: with a likely slip of it mended, they would."
        return WordProblem(Wrong.WRONG_CHECKSUM, sentence, hint, place + 1, words[place], may_be)
    if len(swapped) == 1 and not slips:
        hint = f"Words {swapped[0] + 1} and {swapped[0] + 2} may have changed places."
        return WordProblem(Wrong.WRONG_CHECKSUM, sentence, hint)
    return WordProblem(Wrong.WRONG_CHECKSUM, sentence)


def _fitting_slips(words: tuple[str, ...], place: int) -> tuple[str, ...]:
    """Words one slip away from the one at `place` that make the checksum right."""
    tried = one_edit_away(words[place])
    return tuple(w for w in tried if _fits((*words[:place], w, *words[place + 1 :]), hashlib.sha256))


def _with_swap(words: tuple[str, ...], place: int) -> tuple[str, ...]:
    return (*words[:place], words[place + 1], words[place], *words[place + 2 :])


def _fits(words: tuple[str, ...], digest: Callable[[bytes], hashlib._Hash]) -> bool:
    entropy, check = _entropy(words)
    return digest(entropy).digest()[0] == check


def _entropy(words: tuple[str, ...]) -> tuple[bytes, int]:
    """The 32 bytes and the checksum byte of 24 words of the list."""
    number = 0
    for word in words:
        number = number << _WORD_BITS | word_numbers()[word]
    return (number >> _CHECK_BITS).to_bytes(SECRET_BYTES, "big"), number & 0xFF
