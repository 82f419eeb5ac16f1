"""[pure] The outer document of Concordium's exports: cipher text, and the parameters that turn a password into its key.

Three styles: Desktop Wallet from 0.4.0, Desktop Wallet 0.2 and 0.3 (hexadecimal), Mobile Wallets. Lenient where the
Desktop Wallet is (base64 variants, missing keyLen and hashAlgorithm), bounded where it is not. Decrypts nothing.
Source: concordium-desktop-wallet app/preload/crypto.ts, concordium-reference-wallet-android and -ios.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final, NoReturn

from ledger_recovery.errors import DamagedFile, NotOurFile
from ledger_recovery.files.bounds import MAX_FILE_BYTES, MAX_HEAD_BYTES, MAX_PBKDF2_ITERATIONS, MAX_SALT_BYTES
from ledger_recovery.files.escapes import gson_escaped, slash_escaped
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse

BLOCK_BYTES: Final = 16
KEY_BYTES: Final = 32
DESKTOP_ITERATIONS: Final = 10_000
MOBILE_ITERATIONS: Final = 100_000
DESKTOP_SALT_BYTES: Final = 16
MOBILE_SALT_BYTES: Final = 32

_METHOD = "AES-256"
_DERIVATION = "PBKDF2WithHmacSHA256"
_HEX_METHOD = "aes-256-cbc"
_HEX_DERIVATION = "PBKDF2"
_HASH = "sha256"
_CIPHER_KEY = re.compile(rb'"cipherText"\s{0,16}:\s{0,16}"')
_CIPHER_TEXT = re.compile(rb"[A-Za-z0-9+/_=\\ \t\r\n-]*")
"""Base64 of both alphabets, hexadecimal, and JSON escapes of their characters."""

_BACKSLASH = re.compile(rb"\\")
_STAND_IN = b"cut out"
_ADVICE = "Choose an export file of a Concordium wallet or of this program."
_COPY_ADVICE = "Use another copy of the file."


@unique
class ContainerStyle(Enum):
    DESKTOP = "desktop"
    DESKTOP_HEX = "desktop-hex"
    """Desktop Wallet 0.2 and 0.3: `metaData`, everything hexadecimal."""

    MOBILE = "mobile"
    """No keyLen and no hashAlgorithm, as both Mobile Wallets (and concordium-base) write it."""


@dataclass(frozen=True, slots=True)
class Container:
    """`salt`, `iv` (16 bytes) and `ciphertext` (a multiple of 16 bytes, at least one block) as bytes."""

    style: ContainerStyle
    iterations: int
    salt: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


def parse_container(data: bytes) -> Container:
    """The container in a file; costs no more than the file, whatever the file states.

    :raises NotOurFile: no such container, or one of another kind (the sentence says which).
    :raises DamagedFile: a container with a value that cannot be right, or beyond the bounds.
    """
    head, text = split_head(data)
    style, metadata = _style(head)
    iterations = _checked_parameters(style, metadata)
    decode = _from_hex if style is ContainerStyle.DESKTOP_HEX else _from_base64
    salt = decode(_given(metadata, "salt").encode("utf-8"), "metadata.salt")
    iv = decode(_given(metadata, "initializationVector").encode("utf-8"), "metadata.initializationVector")
    if not 0 < len(salt) <= MAX_SALT_BYTES:
        raise DamagedFile(f"metadata.salt has {len(salt)} bytes, not 1..{MAX_SALT_BYTES}", _COPY_ADVICE)
    if len(iv) != BLOCK_BYTES:
        raise DamagedFile(f"metadata.initializationVector has {len(iv)} bytes, not {BLOCK_BYTES}", _COPY_ADVICE)
    ciphertext = decode(_cipher_text(text), "cipherText")
    if not ciphertext or len(ciphertext) % BLOCK_BYTES:
        raise DamagedFile(
            f"cipherText has {len(ciphertext)} bytes, which is no whole number of blocks: the file was cut or changed",
            _COPY_ADVICE,
        )
    return Container(style, iterations, salt, iv, ciphertext)


def write_desktop_container(iterations: int, salt: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """The file as Desktop Wallet 1.9 writes it: one line, keys in its order, no newline at the end."""
    metadata = {
        "keyLen": KEY_BYTES,
        "iterations": iterations,
        "salt": _base64(salt),
        "initializationVector": _base64(iv),
        "encryptionMethod": _METHOD,
        "keyDerivationMethod": _DERIVATION,
        "hashAlgorithm": _HASH,
    }
    return dump({"cipherText": _base64(ciphertext), "metadata": metadata}).encode("utf-8")


def write_mobile_container(iterations: int, salt: bytes, iv: bytes, ciphertext: bytes, *, android: bool) -> bytes:
    """The file as the Android (Gson escapes) or the iOS Wallet (escaped slashes) writes it."""
    metadata = {
        "encryptionMethod": _METHOD,
        "keyDerivationMethod": _DERIVATION,
        "iterations": iterations,
        "salt": _base64(salt),
        "initializationVector": _base64(iv),
    }
    text = dump({"metadata": metadata, "cipherText": _base64(ciphertext)})
    return (gson_escaped(text) if android else slash_escaped(text)).encode("utf-8")


def split_head(data: bytes) -> tuple[Record, memoryview]:
    """The outer document with its cipher text cut out, and the cipher text's JSON string content as it stands.

    The cipher text is nearly the whole file; without it, the rest is small enough to parse whatever it holds.

    :raises NotOurFile: not JSON, no cipher text, or too large for a container.
    :raises DamagedFile: the cipher text has no end.
    """
    if len(data) > MAX_FILE_BYTES:
        raise NotOurFile(f"the file is larger than any wallet export ({MAX_FILE_BYTES >> 20} MiB)", _ADVICE)
    found = _CIPHER_KEY.search(data)
    if found is None:
        _refuse_without_cipher(data)
    # Base64 and hex hold no quote and no escaped one: the next quote ends the string.
    end = data.find(b'"', found.end())
    if end < 0:
        raise DamagedFile("cipherText has no end: the file was cut off", _COPY_ADVICE, position=len(data))
    if len(data) - (end - found.end()) > MAX_HEAD_BYTES:
        raise NotOurFile("the file is not a wallet export: it holds far more than an encrypted wallet", _ADVICE)
    head = Record(_document(data[: found.end()] + _STAND_IN + data[end:]), "")
    if head.raw("cipherText") != _STAND_IN.decode():
        raise DamagedFile("the file's cipherText is not where a wallet writes it, or is there twice", _COPY_ADVICE)
    if end == found.end():
        raise NotOurFile("the file is not a wallet export: its cipherText field is empty", _ADVICE)
    return head, memoryview(data)[found.end() : end]


def _refuse_without_cipher(data: bytes) -> NoReturn:
    if len(data) <= MAX_HEAD_BYTES:
        value = _document(data)
        if isinstance(value, dict):
            _refuse_siblings(value)
            raise NotOurFile("the file is not a wallet export: its cipherText field is missing", _ADVICE)
    raise NotOurFile("the file is not a wallet export", _ADVICE)


def _document(data: bytes) -> object:
    try:
        value = parse(data, "the file")
    except DamagedFile as error:
        raise NotOurFile(f"the file is not a wallet export: {error.sentence}", _ADVICE) from None
    if not isinstance(value, dict):
        raise NotOurFile("the file is not a wallet export: it holds no JSON object", _ADVICE)
    return value


_SIBLINGS = {
    "concordium-browser-wallet-account": (
        "the file holds one account's unencrypted keys, exported by a browser or mobile wallet",
        "Import it in the Concordium Browser Wallet, and delete the file: whoever reads it controls the account.",
    ),
    "concordium-browser-wallet-verifiable-credentials": (
        "the file holds web3 ID credentials of the Concordium Browser Wallet, not accounts",
        "Import it in the Concordium Browser Wallet.",
    ),
}


def _refuse_siblings(head: dict[str, object]) -> None:
    kind = head.get("type")
    if isinstance(kind, str) and kind in _SIBLINGS:
        raise NotOurFile(*_SIBLINGS[kind])


def _style(head: Record) -> tuple[ContainerStyle, Record]:
    hexadecimal = head.has("metaData") and not head.has("metadata")
    name = "metaData" if hexadecimal else "metadata"
    kind = head.raw("type")
    if isinstance(kind, str):
        _refuse_siblings({"type": kind})
    if not head.has(name):
        raise NotOurFile("the file is not a wallet export: its metadata field is missing", _ADVICE)
    if not isinstance(head.raw(name), dict):
        raise DamagedFile("the file's metadata is malformed: it is not an object", _COPY_ADVICE)
    metadata = head.record(name)
    if hexadecimal:
        return ContainerStyle.DESKTOP_HEX, metadata
    plain = not metadata.raw("keyLen") and not metadata.raw("hashAlgorithm")
    return (ContainerStyle.MOBILE if plain else ContainerStyle.DESKTOP), metadata


def _checked_parameters(style: ContainerStyle, metadata: Record) -> int:
    """The number of iterations, after everything else that the metadata states was found to be what we know."""
    old = style is ContainerStyle.DESKTOP_HEX
    method = _given(metadata, "encryptionMethod")
    derivation = _given(metadata, "keyDerivationMethod")
    if method.upper() == "AES-256-GCM":
        raise NotOurFile(*_SIBLINGS["concordium-browser-wallet-verifiable-credentials"])
    if method != (_HEX_METHOD if old else _METHOD) or derivation != (_HEX_DERIVATION if old else _DERIVATION):
        raise NotOurFile(
            "the file is encrypted with a method that no Concordium wallet export uses "
            "(metadata.encryptionMethod, metadata.keyDerivationMethod)",
            _ADVICE,
        )
    # Absent, 0 and empty all mean the default, as in the Desktop Wallet's reader.
    if metadata.raw("keyLen") not in (None, 0, KEY_BYTES) or metadata.raw("hashAlgorithm") not in (None, "", _HASH):
        raise DamagedFile(
            f"metadata asks for another key than one of {KEY_BYTES} bytes by {_HASH}: no wallet does", _COPY_ADVICE
        )
    if not metadata.has("iterations"):
        raise _missing("iterations")
    return metadata.integer("iterations", low=1, high=MAX_PBKDF2_ITERATIONS)


def _given(metadata: Record, name: str) -> str:
    if not metadata.has(name) or metadata.raw(name) == "":
        raise _missing(name)
    return metadata.text(name)


def _missing(name: str) -> DamagedFile:
    return DamagedFile(f"the file is invalid: metadata.{name} is missing", _COPY_ADVICE)


def _cipher_text(text: memoryview) -> bytes | memoryview:
    """The content of the JSON string: Gson writes `=` as \\u003d, Foundation `/` as \\/.

    Foreign characters are refused first, before any of the text is copied.
    """
    allowed = _CIPHER_TEXT.match(text)
    good = 0 if allowed is None else allowed.end()
    if good < len(text):
        raise DamagedFile(f"cipherText holds a foreign character at byte {good}", _COPY_ADVICE, position=good)
    if _BACKSLASH.search(text) is None:
        return text
    value = parse(b'"' + text.tobytes() + b'"', "cipherText")
    return value.encode("utf-8") if isinstance(value, str) else b""


_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n"


def _from_base64(text: bytes | memoryview, what: str) -> bytes:
    """Base64 as Node reads it: URL alphabet, blanks and missing padding pass. Foreign characters do not."""
    strict = _strict_base64(text)
    if strict is None:
        bare = bytes(text).translate(_URL_ALPHABET, _BLANKS).rstrip(b"=")
        strict = _strict_base64(bare + b"=" * (-len(bare) % 4))
    if strict is None:
        raise DamagedFile(f"{what} is not base64: the file was changed", _COPY_ADVICE)
    return strict


def _strict_base64(text: bytes | memoryview) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None


def _from_hex(text: bytes | memoryview, what: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except binascii.Error:
        raise DamagedFile(f"{what} is not hexadecimal: the file was changed", _COPY_ADVICE) from None


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
