"""[pure] The 2048 English words of BIP-39, and which of them a typed word may have meant.

Suggestions come from prefixes and from Damerau-Levenshtein distance up to 2 (optimal string alignment). An index of
the words with one or two letters left out makes that cheap enough for every key stroke.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from mnemonic import Mnemonic

PREFIX_LETTERS: Final = 4
"""The first four letters of every word are its own."""

MAX_SUGGESTIONS: Final = 5
_LONGEST: Final = 8
_MAX_EDITS: Final = 2


@cache
def word_list() -> tuple[str, ...]:
    """All words, in the order of their numbers."""
    return tuple(Mnemonic("english").wordlist)


@cache
def word_numbers() -> dict[str, int]:
    """Word to number, 0..2047."""
    return {word: number for number, word in enumerate(word_list())}


def full_word(typed: str) -> str | None:
    """The word that a lower-case text is, or abbreviates with four letters or more; None for any other text."""
    if typed in word_numbers():
        return typed
    if not PREFIX_LETTERS <= len(typed) < _LONGEST:
        return None
    found = _by_prefix().get(typed[:PREFIX_LETTERS])
    return found if found is not None and found.startswith(typed) else None


@lru_cache(maxsize=512)
def suggestions(typed: str) -> tuple[str, ...]:
    """The words that a text may have meant, likeliest first; at most five."""
    if not typed or len(typed) > _LONGEST + _MAX_EDITS:
        return ()
    begun = [word for word in word_list() if word.startswith(typed)]
    same_prefix = [word for word in (_by_prefix().get(typed[:PREFIX_LETTERS]),) if word is not None]
    near = sorted((distance(typed, word), -_shared(typed, word), word) for word in _candidates(typed))
    found = dict.fromkeys([*begun, *same_prefix, *(word for edits, _, word in near if edits <= _MAX_EDITS)])
    return tuple(found)[:MAX_SUGGESTIONS]


@lru_cache(maxsize=512)
def one_edit_away(word: str) -> tuple[str, ...]:
    """The other words of the list that one slip turns this word into: a letter wrong, missing, too many, or swapped."""
    return tuple(sorted(other for other in _candidates(word) if distance(word, other) == 1))


def distance(a: str, b: str) -> int:
    """Edits between two short texts: insert, delete, replace a letter, or swap two neighbours."""
    before, last = list(range(len(b) + 1)), list(range(len(b) + 1))
    for i, x in enumerate(a):
        row = [i + 1]
        for j, y in enumerate(b):
            best = min(last[j + 1] + 1, row[j] + 1, last[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                best = min(best, before[j - 1] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def _shared(a: str, b: str) -> int:
    """How many letters two texts begin with alike: people slip at the end of a word more than at its beginning."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _candidates(typed: str) -> set[str]:
    """Every word within two edits, and some beyond: two texts that near share a text with letters left out."""
    index = _left_out_index()
    return {word for part in _left_out(typed) for word in index.get(part, ())}


def _left_out(text: str) -> Iterator[str]:
    once = {text[:n] + text[n + 1 :] for n in range(len(text))}
    yield text
    yield from once
    yield from {part[:n] + part[n + 1 :] for part in once for n in range(len(part))}


@cache
def _left_out_index() -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for word in word_list():
        for part in set(_left_out(word)):
            index.setdefault(part, []).append(word)
    return index


@cache
def _by_prefix() -> dict[str, str]:
    return {word[:PREFIX_LETTERS]: word for word in word_list() if len(word) >= PREFIX_LETTERS}
