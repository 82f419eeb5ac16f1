"""[pure] The encryption of Concordium's wallet exports: PBKDF2-HMAC-SHA256 and AES-256-CBC, no integrity check.

Nothing but the padding and the text itself tells a wrong password from a damaged file. A wrong key gives noise, so
readable text under broken padding means damage: that is how far the format lets anybody tell the two apart.
Source: concordium-desktop-wallet app/preload/crypto.ts. Salt and IV are the caller's: random, never used twice.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from ledger_recovery.errors import DamagedFile, WrongPassword
from ledger_recovery.files.bounds import MAX_PBKDF2_ITERATIONS
from ledger_recovery.files.container import BLOCK_BYTES, KEY_BYTES, Container
from ledger_recovery.secret import SecretBytes

_SAMPLE_BYTES: Final = 4096
_READABLE_SHARE: Final = 0.9
"""Noise has 37% printable ASCII; a wallet's JSON nearly 100%, and a flipped bit garbles 17 bytes at most."""

_MIN_READABLE: Final = 48
_TYPE_AGAIN = (
    "Type the password again, with the same keyboard and capitals. If you are sure of it, use another copy of the file."
)
_COPY_ADVICE = "The password is right; use another copy of the file."


def derive_key(password: SecretBytes, salt: bytes, iterations: int) -> SecretBytes:
    """The 32-byte key of a password (its UTF-8 bytes as they are: no wallet normalises them).

    :raises ValueError: iterations outside 1..5,000,000.
    """
    if not 1 <= iterations <= MAX_PBKDF2_ITERATIONS:
        raise ValueError(f"PBKDF2 iterations run from 1 to {MAX_PBKDF2_ITERATIONS}, not {iterations}")
    kdf = PBKDF2HMAC(algorithm=SHA256(), length=KEY_BYTES, salt=salt, iterations=iterations)
    return SecretBytes(kdf.derive(password.reveal()))


def encrypt(plaintext: bytes, key: SecretBytes, iv: bytes) -> bytes:
    """AES-256-CBC with PKCS#7 padding.

    :raises ValueError: the IV does not have 16 bytes.
    """
    fill = BLOCK_BYTES - len(plaintext) % BLOCK_BYTES
    encryptor = Cipher(algorithms.AES256(key.reveal()), modes.CBC(iv)).encryptor()
    return encryptor.update(plaintext + bytes([fill]) * fill) + encryptor.finalize()


def decrypt(container: Container, password: SecretBytes) -> bytes:
    """The content of a container: UTF-8 text that may still not be JSON.

    :raises WrongPassword: the password is wrong, or the file is damaged beyond telling.
    :raises DamagedFile: the password is right, and the content damaged; `position` is a byte of the content.
    """
    with derive_key(password, container.salt, container.iterations) as key:
        decryptor = Cipher(algorithms.AES256(key.reveal()), modes.CBC(container.iv)).decryptor()
        padded = decryptor.update(container.ciphertext) + decryptor.finalize()
    fill = padded[-1]
    intact = 1 <= fill <= BLOCK_BYTES and padded.endswith(bytes([fill]) * fill)
    plaintext = padded[:-fill] if intact else padded
    broken_at = _first_broken_byte(plaintext)
    if intact and broken_at is None and plaintext[:1] in (b"{", b"["):
        return plaintext
    if not _readable(plaintext):
        raise WrongPassword(
            "the password does not open the file: it is wrong, or the file is damaged "
            "(this format has no check that tells the two apart)",
            _TYPE_AGAIN,
        )
    if broken_at is None:
        broken_at = 0 if intact else len(plaintext)
    where = "is damaged at its end, or was cut off" if broken_at == len(plaintext) else "is damaged"
    raise DamagedFile(
        f"the password is right, but the file {where} (byte {broken_at} of its content)",
        _COPY_ADVICE,
        position=broken_at,
    )


def _first_broken_byte(text: bytes) -> int | None:
    """Where a text stops being UTF-8, if it does."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _readable(text: bytes) -> bool:
    """Whether this is the text of a wallet, however damaged; a wrong key passes once in 10^13 times at most."""
    sample = text[:_SAMPLE_BYTES]
    printable = sum(0x20 <= byte < 0x7F for byte in sample)
    return len(sample) >= _MIN_READABLE and printable >= _READABLE_SHARE * len(sample)
