"""[pure] The three secret keys of a DID: the name key, whose public half is the name, a signing and an encryption key.

Made and held by the Identity Box. Name keys are Ed25519; RSA ones come from backups of the original Identity Box
(identity-service: RSA-2048 in PKCS#8). Draws no keys and wraps none: the Box does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import TracebackType
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization import load_der_private_key as load_der

from ledger_recovery.backup.did_document import DidDocument
from ledger_recovery.backup.did_name import DidName, name_of_ed25519, name_of_rsa, parse_did, protobuf_key
from ledger_recovery.backup.ids import b64u, from_b64u
from ledger_recovery.errors import DamagedFile, InputError, NotSignedByOwner
from ledger_recovery.secret import SecretBytes

SEED_BYTES: Final = 32
RSA_BITS: Final = (2048, 4096)
"""Least and most; libp2p refuses smaller ones, and checking larger ones costs seconds."""
MAX_RSA_DER: Final = 4096
"""Bytes; a key of 4096 bits has under 2,400."""
MAX_KEYS_TEXT: Final = 8192
"""Bytes of the JSON text of one DID's keys; with an RSA key of 4096 bits it has 4 kB."""
_ADVICE: Final = "Use an intact copy of the backup."


@unique
class NameKeyKind(StrEnum):
    ED25519 = "ed25519"
    RSA = "rsa"


@dataclass(frozen=True)
class NameKey:
    """:param secret: the 32-byte seed of an Ed25519 key, or an RSA key as PKCS#1 DER; checked when it was read.

    :param public: 32 bytes, or the SubjectPublicKeyInfo as DER.
    """

    kind: NameKeyKind
    secret: SecretBytes
    public: bytes

    @property
    def name(self) -> DidName:
        return name_of_rsa(self.public) if self.kind is NameKeyKind.RSA else name_of_ed25519(self.public)

    def to_protobuf(self) -> SecretBytes:
        """The libp2p private-key message, as IPFS key stores keep it: PKCS#1 DER, or seed and public key."""
        if self.kind is NameKeyKind.RSA:
            return SecretBytes(protobuf_key(0, self.secret.reveal()))
        return SecretBytes(protobuf_key(1, self.secret.reveal() + self.public))


@dataclass(frozen=True)
class DidKeys:
    """The keys of one DID; leaving a `with` wipes them.

    :param did: as the owner's documents spell it; it names `name_key`.
    :param signing: Ed25519 seed. :param encryption: X25519 secret. 32 bytes each.
    """

    did: str
    name_key: NameKey
    signing: SecretBytes = field(repr=False)
    encryption: SecretBytes = field(repr=False)

    @property
    def signing_public(self) -> bytes:
        return _ed25519_public(self.signing.reveal())

    @property
    def encryption_public(self) -> bytes:
        public = X25519PrivateKey.from_private_bytes(self.encryption.reveal()).public_key()
        return public.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def document(self, created: str) -> DidDocument:
        """A first document for these keys.

        :param created: ISO time in UTC.
        """
        return DidDocument(self.did, created, self.signing_public, self.encryption_public)

    def fit(self, document: DidDocument) -> bool:
        """Whether the document names exactly these keys."""
        publics = (document.signing_public, document.encryption_public)
        return parse_did(document.did) == self.name_key.name and publics == (
            self.signing_public,
            self.encryption_public,
        )

    def wipe(self) -> None:
        for secret in (self.name_key.secret, self.signing, self.encryption):
            secret.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.wipe()


def ed25519_name_key(seed: bytes) -> NameKey:
    """:param seed: 32 bytes."""
    return NameKey(NameKeyKind.ED25519, SecretBytes(seed), _ed25519_public(seed))


def rsa_name_key(der: bytes) -> NameKey:
    """:param der: PKCS#1 or PKCS#8, unencrypted. Checking one takes a tenth of a second: OpenSSL tests the primes.

    :raises DamagedFile: no RSA key, one that does not fit together, or beyond the bounds.
    """
    key = _rsa_in(der) if len(der) <= MAX_RSA_DER else None
    if key is None:
        raise DamagedFile("the name key of a DID is no RSA key, or does not fit together", _ADVICE)
    return checked_rsa_name_key(key)


def checked_rsa_name_key(key: RSAPrivateKey) -> NameKey:
    """:param key: checked when it was loaded.

    :raises DamagedFile: of an unbearable size.
    """
    if not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
        raise DamagedFile(f"the RSA name key of a DID has not {RSA_BITS[0]} to {RSA_BITS[1]} bits", _ADVICE)
    secret = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return NameKey(NameKeyKind.RSA, SecretBytes(secret), public)


def did_keys_to_json(keys: DidKeys) -> dict[str, object]:
    """The keys for an encrypted place or the pinned connection only: the values are secret."""
    return {
        "did": keys.did,
        "name_key": {"type": str(keys.name_key.kind), "key": b64u(keys.name_key.secret.reveal())},
        "signing": b64u(keys.signing.reveal()),
        "encryption": b64u(keys.encryption.reveal()),
    }


def did_keys_to_text(keys: DidKeys) -> SecretBytes:
    """The same as canonical JSON text: what the Box keeps and wraps."""
    return SecretBytes(json.dumps(did_keys_to_json(keys), sort_keys=True, separators=(",", ":")).encode("ascii"))


def did_keys_from_text(text: SecretBytes) -> DidKeys:
    """As `did_keys_from_json`.

    :raises DamagedFile: not JSON either.
    """
    # The parser's own exception would carry the keys: it ends here, before anything is raised.
    try:
        value: object = json.loads(text.reveal()) if len(text) <= MAX_KEYS_TEXT else None
    except (ValueError, RecursionError):
        value = None
    return did_keys_from_json(value)


def did_keys_from_json(value: object) -> DidKeys:
    """:raises DamagedFile: not such keys; the sentence holds nothing of them.

    :raises NotSignedByOwner: the name key is another one than the DID names.
    """
    if not isinstance(value, dict) or value.keys() != {"did", "name_key", "signing", "encryption"}:
        raise DamagedFile("the keys of a DID are not an object with did, name_key, signing and encryption", _ADVICE)
    name_key = _name_key_from(value["name_key"])
    did = value["did"] if isinstance(value["did"], str) else ""
    check_name(did, name_key)
    return DidKeys(did, name_key, SecretBytes(_seed(value, "signing")), SecretBytes(_seed(value, "encryption")))


def check_name(did: str, name_key: NameKey) -> None:
    """:raises NotSignedByOwner: the key is not the one that the DID names.

    :raises DamagedFile: no DID.
    """
    try:
        name = parse_did(did)
    except InputError as error:
        raise DamagedFile(f"keys are kept under no DID: {error.sentence}", _ADVICE) from None
    if name != name_key.name:
        raise NotSignedByOwner(
            f"the key kept for {did} is another one than the DID names: it was exchanged", "Use another copy."
        )


def _name_key_from(value: object) -> NameKey:
    if not isinstance(value, dict) or value.keys() != {"type", "key"} or not isinstance(value["key"], str):
        raise DamagedFile("the name key of a DID is not an object with type and key", _ADVICE)
    if value["type"] == NameKeyKind.ED25519:
        return ed25519_name_key(_seed(value, "key"))
    if value["type"] == NameKeyKind.RSA:
        return rsa_name_key(_decoded(value["key"]))
    raise DamagedFile("the name key of a DID is of a type that this program does not know", _ADVICE)


def _decoded(text: str) -> bytes:
    try:
        return from_b64u(text[: 2 * MAX_RSA_DER])
    except InputError:
        raise DamagedFile("the name key of a DID is not base64url", _ADVICE) from None


def _seed(value: dict[str, object], name: str) -> bytes:
    text = value[name]
    try:
        return from_b64u(text if isinstance(text, str) else "", SEED_BYTES)
    except InputError:
        raise DamagedFile(f"the {name} of a DID's keys is not {SEED_BYTES} bytes in base64url", _ADVICE) from None


def _ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _rsa_in(der: bytes) -> RSAPrivateKey | None:
    try:
        key = load_der(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None
