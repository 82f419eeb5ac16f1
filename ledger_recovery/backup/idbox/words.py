"""[pure] The words of the original Identity Box: BIP-39's list, but a SHA-512 checksum, and no key derivation.

255 of 256 of its 24-word mnemonics are no BIP-39 mnemonics, and the other way round. Source:
identity-box/mnemonic-passphrase, mnemonic/*.mjs. Typed words are understood as leniently as our own; a backup's ID
is made of the words as the reference shows them: lower case, one space between.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger_recovery.backup.word_list import one_edit_away, word_list, word_numbers
from ledger_recovery.backup.words import Wrong, check_words
from ledger_recovery.errors import NotWords
from ledger_recovery.secret import SecretBytes

SIZES: Final = (16, 20, 24, 28, 32)
"""Bytes of entropy that a mnemonic may hold; backups always have 32."""

_WORD_BITS: Final = 11
_ADVICE: Final = "Compare with what you wrote down, word by word."


@dataclass(frozen=True)
class ReferenceWords:
    """:param key: 32 bytes; the words' entropy is the key of the backup. The holder wipes it.

    :param backup_id: 86 characters of base64url, the name of the backup on the Box. As secret as the words there.
    """

    key: SecretBytes
    backup_id: str = field(repr=False)


def parse_reference_words(text: str) -> ReferenceWords:
    """The key and backup ID in 24 typed words; case, spacing, numbering and four-letter forms do not matter.

    :raises NotWords: says what is wrong, never which word was typed.
    """
    found = check_words(text)
    for problem in found.problems:
        if problem.kind is not Wrong.WRONG_CHECKSUM:
            raise NotWords(problem.sentence, problem.hint or _ADVICE)
    entropy = decode(found.words)
    if entropy is None:
        ours = found.secret is not None
        raise NotWords(
            "these words have not the checksum of an old Identity Box backup: one is wrong, or out of place",
            "They are valid for a backup of this program: use `backup restore`." if ours else _slip(found.words),
        )
    return ReferenceWords(SecretBytes(entropy), backup_id_of(found.words))


def backup_id_of(words: Sequence[str]) -> str:
    """The name of the words' backup on the Box."""
    digest = hashlib.sha512(" ".join(words).encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def encode(entropy: bytes) -> tuple[str, ...]:
    """The words of 16, 20, 24, 28 or 32 bytes.

    :raises ValueError: another size: the reference makes words of those too, which decode to something else or nothing.
    """
    if len(entropy) not in SIZES:
        raise ValueError(f"entropy of {len(entropy)} bytes; a mnemonic holds {SIZES}")
    check_bits = len(entropy) // 4
    number = int.from_bytes(entropy, "big") << check_bits | _checksum(entropy)
    count = (len(entropy) * 8 + check_bits) // _WORD_BITS
    return tuple(word_list()[number >> _WORD_BITS * place & 2047] for place in range(count - 1, -1, -1))


def decode(words: Sequence[str]) -> bytes | None:
    """The entropy of words of the list; None when count or checksum is wrong."""
    size = len(words) * 4 // 3
    if len(words) % 3 or size not in SIZES or not all(word in word_numbers() for word in words):
        return None
    number = 0
    for word in words:
        number = number << _WORD_BITS | word_numbers()[word]
    check_bits = size // 4
    entropy = (number >> check_bits).to_bytes(size, "big")
    return entropy if number & (1 << check_bits) - 1 == _checksum(entropy) else None


def _checksum(entropy: bytes) -> int:
    """The first bits of SHA-512, one for every four bytes."""
    return hashlib.sha512(entropy).digest()[0] >> 8 - len(entropy) // 4


def _slip(words: Sequence[str]) -> str:
    """Advice: where one likely slip explains the wrong checksum, if that is one place only."""
    places = [
        place
        for place, word in enumerate(words)
        if any(decode([*words[:place], other, *words[place + 1 :]]) for other in one_edit_away(word))
    ]
    return f"Look at word {places[0] + 1} first." if len(places) == 1 else _ADVICE
