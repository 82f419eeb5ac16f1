"""[pure] The name keys that the original Identity Box kept beside a bundle: RSA in encrypted PKCS#8 PEM files.

PBES2 with PBKDF2-HMAC-SHA512 (10,000 rounds) and AES-256-CBC under one password of the whole Box. There is no seal: a
wrong password and a damaged file look alike. What a file demands in rounds is read and bounded before it is obeyed.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from ledger_recovery.backup.did_keys import NameKey, checked_rsa_name_key
from ledger_recovery.errors import DamagedFile, WrongPassword
from ledger_recovery.files.bounds import MAX_PBKDF2_ITERATIONS, MAX_SALT_BYTES
from ledger_recovery.files.fields import printable
from ledger_recovery.secret import SecretBytes

MAX_PEM: Final = 16 * 1024
_PEM: Final = re.compile(
    rb"\s*-----BEGIN ENCRYPTED PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END ENCRYPTED PRIVATE KEY-----\s*"
)
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
_OID: Final = 0x06
_PBES2: Final = bytes.fromhex("2a864886f70d01050d")
_PBKDF2: Final = bytes.fromhex("2a864886f70d01050c")
_ADVICE: Final = "Take the files of the backup from the Box again."


def open_pem(pem: bytes, password: SecretBytes, name: str) -> NameKey:
    """:param name: of the file, for error sentences.

    :raises DamagedFile: not such a file, or one that demands more work than any Box's.
    :raises WrongPassword: the password does not open it, or its content is damaged.
    """
    shown = printable(name)
    match = _PEM.fullmatch(pem) if len(pem) <= MAX_PEM else None
    der = _from_base64(match[1]) if match else None
    if der is None:
        raise DamagedFile(f"{shown} is not an encrypted private key in PEM", _ADVICE)
    _check_cost(der, shown)
    key = _decrypted(der, password)
    if key is None:
        raise WrongPassword(
            f"the Box's password does not open {shown} (or the file is damaged: the format cannot tell)",
            "It is in IDBOX_BACKUP_PASSWORD on the computer that ran the Box.",
        )
    return checked_rsa_name_key(key)


def _decrypted(der: bytes, password: SecretBytes) -> RSAPrivateKey | None:
    try:
        key = load_der_private_key(der, password.reveal())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def _from_base64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None


def _check_cost(der: bytes, shown: str) -> None:
    """Walk down to the parameters of PBKDF2 (RFC 8018, A.2 and A.4) and bound them."""
    trouble = f"{shown} is not encrypted the way Identity Box does it (PBES2 with PBKDF2)"
    try:
        outer = _inside(der, _SEQUENCE)
        scheme = _inside(outer, _SEQUENCE)
        method, rest = _take(scheme, _OID)
        derivation = _inside(_inside(rest, _SEQUENCE), _SEQUENCE)
        function, rest = _take(derivation, _OID)
        salt, rest = _take(_inside(rest, _SEQUENCE), _OCTETS)
        rounds, _ = _take(rest, _INTEGER)
    except ValueError:
        raise DamagedFile(trouble, _ADVICE) from None
    if method != _PBES2 or function != _PBKDF2:
        raise DamagedFile(trouble, _ADVICE)
    if not 1 <= int.from_bytes(rounds, "big", signed=True) <= MAX_PBKDF2_ITERATIONS or len(salt) > MAX_SALT_BYTES:
        raise DamagedFile(f"{shown} demands more work (or none) of PBKDF2 than any Identity Box does", _ADVICE)


def _inside(der: bytes, tag: int) -> bytes:
    return _take(der, tag)[0]


def _take(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first value, and what follows it.

    :raises ValueError: another tag, or a length that does not fit.
    """
    if len(der) < 2 or der[0] != tag:
        raise ValueError("another value")
    length, start = der[1], 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise ValueError("a length of an unlikely form")
        length, start = int.from_bytes(der[2 : 2 + size], "big"), 2 + size
    if len(der) < start + length:
        raise ValueError("cut")
    return der[start : start + length], der[start + length :]
