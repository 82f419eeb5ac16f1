"""[pure] The sealed bundle of the original Identity Box: base64 of nonce (24), tag (16) and XSalsa20 cipher text.

`nacl.secretbox` with the words' entropy as the key, no version and nothing bound in (idapp, IdentityManager.ts). What
does not open is explained by `diagnose`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from ledger_recovery.backup.idbox.diagnose import why_it_does_not_open
from ledger_recovery.errors import DamagedFile, NoSuchBackup, NotWords
from ledger_recovery.secret import SecretBytes

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 24
TAG_BYTES: Final = 16
MAX_TEXT: Final = 16 * 1024 * 1024
"""Characters; the original app cannot send more than 1 MB."""

NOT_FOUND: Final = "not found"
"""What a Box answers in the place of a bundle when it has none."""

_ADVICE: Final = "Use another copy of the backup."
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9+/_-]")


@dataclass(frozen=True)
class Sealed:
    """:param standard: written in standard base64, which no Identity Box does; something rewrote it on its way."""

    nonce: bytes
    tag: bytes
    cipher: bytes
    standard: bool


def parse_sealed(text: str) -> Sealed:
    """The parts of a bundle's text; both alphabets of base64, with or without padding.

    :raises NoSuchBackup: a Box's answer that it has none.
    :raises DamagedFile: empty, not base64, or shorter than its parts.
    """
    text = text.strip()
    if text == NOT_FOUND:
        raise NoSuchBackup(
            'this is no backup but an Identity Box\'s answer "not found": it has none for the words that were sent',
            "Ask the Box again with the right words, or take the folder from its disk.",
        )
    if not text:
        raise DamagedFile("the backup is empty", _ADVICE, position=0)
    standard = any(character in text for character in "+/=")
    raw = _from_base64(text)
    _check_length(len(raw))
    tag_end = NONCE_BYTES + TAG_BYTES
    return Sealed(raw[:NONCE_BYTES], raw[NONCE_BYTES:tag_end], raw[tag_end:], standard)


def open_sealed(sealed: Sealed, key: SecretBytes, *, id_fits: bool | None = None) -> bytes:
    """The content: base64url text of JSON, see `content`. Secret.

    :param id_fits: whether the words make the name that the backup bears; None when it bears none.
    :raises NotWords: the key is of 12 words.
    :raises OtherBackup: other words made it. :raises DamagedFile: it was altered or cut; the sentence says where.
    """
    from nacl.exceptions import CryptoError  # costs 30 ms, and nothing else reads this format
    from nacl.secret import SecretBox

    if len(key) != KEY_BYTES:
        raise NotWords(
            f"these words hold a key of {len(key)} bytes, and a backup of Identity Box has one of {KEY_BYTES}",
            "Type all 24 words of the backup; 12 words belong to something else.",
        )
    box = SecretBox(key.reveal())
    try:
        return bytes(box.decrypt(sealed.tag + sealed.cipher, sealed.nonce))
    except CryptoError:
        # The key stream of XSalsa20 is what it makes of zeros: with it the diagnosis looks inside without the seal.
        stream = box.encrypt(bytes(len(sealed.cipher)), sealed.nonce).ciphertext[TAG_BYTES:]
    raise why_it_does_not_open(bytes(a ^ b for a, b in zip(sealed.cipher, stream, strict=True)), id_fits=id_fits)


def _from_base64(text: str) -> bytes:
    if len(text) > MAX_TEXT:
        raise DamagedFile(f"the backup has more than {MAX_TEXT} characters", "Give the backup file of an Identity Box.")
    bare = text.rstrip("=")
    foreign = _FOREIGN.search(bare)
    if foreign:
        place = foreign.start()
        raise DamagedFile(f"character {place + 1} of the backup is not base64", _ADVICE, position=place)
    try:
        return base64.urlsafe_b64decode(bare.replace("+", "-").replace("/", "_") + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise DamagedFile("the backup was cut in the middle of its last byte", _ADVICE, position=len(bare)) from None


def _check_length(length: int) -> None:
    if length < NONCE_BYTES:
        missing = f"the backup holds {length} bytes, fewer than the {NONCE_BYTES} with which every one begins"
    elif length == NONCE_BYTES:
        missing = f"the backup ends after its first {NONCE_BYTES} bytes (the nonce): the content is gone"
    elif length <= NONCE_BYTES + TAG_BYTES:
        missing = f"the backup holds {length} bytes: it ends within its seal, or has no content"
    else:
        return
    raise DamagedFile(missing, _ADVICE, position=length)
