"""[pure] Authenticated encryption of a long text in chunks, so that damage has a place and no cut goes unnoticed.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015) as age uses it: ChaCha20-Poly1305 over chunks of
64 KiB, the nonce being an 11-byte chunk number and one byte that is 1 in the last chunk. The key is used for one text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from ledger_recovery.errors import DamagedFile
from ledger_recovery.secret import SecretBytes

CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
_SEALED_BYTES: Final = CHUNK_BYTES + TAG_BYTES
_COPY_ADVICE: Final = "The password is right; use another copy of the file."


def seal_chunks(key: SecretBytes, plaintext: bytes) -> bytes:
    """All chunks of a text, sealed; an empty text is one empty last chunk.

    :param key: 32 bytes, never used for another text.
    """
    aead = ChaCha20Poly1305(key.reveal())
    starts = range(0, len(plaintext), CHUNK_BYTES) or range(1)
    sealed = bytearray()
    for number, start in enumerate(starts):
        last = start + CHUNK_BYTES >= len(plaintext)
        sealed += aead.encrypt(_nonce(number, last=last), plaintext[start : start + CHUNK_BYTES], None)
    return bytes(sealed)


def open_chunks(key: SecretBytes, sealed: bytes | memoryview, offset: int) -> bytes:
    """The text behind `sealed`.

    :param offset: the place of `sealed` in its file, for the position in errors.
    :raises DamagedFile: a chunk fails its tag, the last one is missing, or something follows it.
    """
    aead = ChaCha20Poly1305(key.reveal())
    plaintext = bytearray()
    for number, start, chunk, at_end in _pieces(sealed):
        opened = _opened(aead, number, chunk, last=at_end)
        if opened is None:
            raise _damage(aead, number, chunk, at_end=at_end, position=offset + start)
        if at_end and number and not opened:
            position = offset + start
            raise DamagedFile(f"the file has an empty chunk at byte {position}", _COPY_ADVICE, position=position)
        plaintext += opened
    return bytes(plaintext)


def _pieces(sealed: bytes | memoryview) -> Iterator[tuple[int, int, bytes, bool]]:
    """Number, start, bytes and whether it is the last, of each piece; no piece at all counts as an empty last one."""
    starts = range(0, len(sealed), _SEALED_BYTES) or range(1)
    for number, start in enumerate(starts):
        yield number, start, bytes(sealed[start : start + _SEALED_BYTES]), start + _SEALED_BYTES >= len(sealed)


def _damage(aead: ChaCha20Poly1305, number: int, chunk: bytes, *, at_end: bool, position: int) -> DamagedFile:
    """A chunk that opens under the other last-mark is intact: then the file was cut after it, or continued."""
    if _opened(aead, number, chunk, last=not at_end) is None:
        sentence = f"the file is damaged in chunk {number}, which begins at byte {position}"
        if at_end:
            sentence += ", or was cut off within it"
        return DamagedFile(sentence, _COPY_ADVICE, position=position)
    end = position + len(chunk)
    what = "was cut off" if at_end else "goes on after its end"
    return DamagedFile(f"the file {what} at byte {end}", _COPY_ADVICE, position=end)


def _opened(aead: ChaCha20Poly1305, number: int, chunk: bytes, *, last: bool) -> bytes | None:
    if len(chunk) < TAG_BYTES:
        return None
    try:
        return aead.decrypt(_nonce(number, last=last), chunk, None)
    except InvalidTag:
        return None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
