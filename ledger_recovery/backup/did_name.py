"""[pure] DID names: `did:ipid:` and the name of a public key, computed offline and compared by what they mean.

A name is the multihash of a libp2p public key: Ed25519 keys are short enough to be their own multihash, RSA keys are
hashed with SHA2-256 (libp2p specs, peer-ids). Written as CIDv1 in base36 ("k…"), or as old Identity Box did, in base58
("Qm…"). Does not resolve or publish anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from ledger_recovery.errors import InputError

DID_PREFIX: Final = "did:ipid:"
MAX_DID: Final = 128
"""Characters; the names in use have 46, 56 and 62."""

ED25519_PUBLIC_BYTES: Final = 32

_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CID_V1_LIBP2P_KEY: Final = bytes([0x01, 0x72])
_SHA2_256: Final = bytes([0x12, 0x20])
_KEY_TYPE_RSA: Final = 0
_KEY_TYPE_ED25519: Final = 1
_ED25519_IDENTITY: Final = bytes([0x00, 0x24, 0x08, _KEY_TYPE_ED25519, 0x12, 0x20])
"""Identity multihash of 36 bytes, then the protobuf of a public key: type Ed25519, 32 bytes follow."""
_ADVICE: Final = 'A DID looks like "did:ipid:k51…"; copy it whole.'


@dataclass(frozen=True)
class DidName:
    """The meaning of a name, whatever its spelling.

    :param multihash: 34 bytes (SHA2-256 of an RSA key) or 38 bytes (an Ed25519 key itself).
    """

    multihash: bytes

    @property
    def text(self) -> str:
        """The canonical spelling: CIDv1 in base36."""
        return "k" + _to_base(_CID_V1_LIBP2P_KEY + self.multihash, _BASE36)

    @property
    def did(self) -> str:
        """The DID in canonical spelling."""
        return DID_PREFIX + self.text

    @property
    def ed25519_public(self) -> bytes | None:
        """The 32-byte public key, which such a name holds; None for the hash of an RSA key."""
        head = len(_ED25519_IDENTITY)
        return self.multihash[head:] if self.multihash.startswith(_ED25519_IDENTITY) else None


def name_of_ed25519(public: bytes) -> DidName:
    """:param public: 32 bytes.

    :raises InputError: another length.
    """
    if len(public) != ED25519_PUBLIC_BYTES:
        raise InputError(f"an Ed25519 public key has {ED25519_PUBLIC_BYTES} bytes, not {len(public)}", _ADVICE)
    return DidName(_ED25519_IDENTITY + public)


def name_of_rsa(public_der: bytes) -> DidName:
    """:param public_der: the SubjectPublicKeyInfo of the key, DER."""
    return DidName(_SHA2_256 + hashlib.sha256(protobuf_key(_KEY_TYPE_RSA, public_der)).digest())


def protobuf_key(kind: int, data: bytes) -> bytes:
    """A libp2p key message: field 1 the type (0 RSA, 1 Ed25519), field 2 the bytes."""
    return bytes([0x08, kind, 0x12]) + _varint(len(data)) + data


def parse_did(text: str) -> DidName:
    """The name in a DID (`did:ipid:…`) or in the bare name behind it.

    :raises InputError: no such name; says what is wrong with it.
    """
    if len(text) > MAX_DID or not text.isascii():
        raise InputError(f"the DID is longer than {MAX_DID} characters or not plain ASCII", _ADVICE)
    name = text.removeprefix(DID_PREFIX)
    if text.startswith("did:") and name == text:
        raise InputError("the DID is of another method than did:ipid", _ADVICE)
    multihash = _multihash_in(name)
    if not _known(multihash):
        raise InputError("the DID names no Ed25519 or RSA key", _ADVICE)
    return DidName(multihash)


def same_did(one: str, other: str) -> bool:
    """Whether two spellings name one key; false when either is no DID."""
    try:
        return parse_did(one) == parse_did(other)
    except InputError:
        return False


def _multihash_in(name: str) -> bytes:
    if name.startswith("Qm"):
        return _from_base(name, _BASE58)
    if name.startswith("k"):
        cid = _from_base(name[1:], _BASE36)
        if not cid.startswith(_CID_V1_LIBP2P_KEY):
            raise InputError("the DID holds an identifier of another kind than a key's name", _ADVICE)
        return cid[len(_CID_V1_LIBP2P_KEY) :]
    raise InputError('the name in the DID begins neither with "k" nor with "Qm"', _ADVICE)


def _known(multihash: bytes) -> bool:
    hashed = multihash.startswith(_SHA2_256) and len(multihash) == len(_SHA2_256) + 32
    whole = multihash.startswith(_ED25519_IDENTITY) and len(multihash) == len(_ED25519_IDENTITY) + ED25519_PUBLIC_BYTES
    return hashed or whole


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _to_base(data: bytes, alphabet: str) -> str:
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return alphabet[0] * zeros + "".join(reversed(digits))


def _from_base(text: str, alphabet: str) -> bytes:
    number = 0
    for position, character in enumerate(text, 1):
        digit = alphabet.find(character)
        if digit < 0:
            raise InputError(f"character {position} of the name in the DID is none that such a name has", _ADVICE)
        number = number * len(alphabet) + digit
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
