"""[pure] What an opened bundle of the original Identity Box holds: own identities with their keys, and peers.

JSON in base64url in JSON in base64url (idapp, IdentityManager.ts). Every key pair is recomputed from its secret half.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ledger_recovery.backup.did_name import MAX_DID, parse_did
from ledger_recovery.errors import DamagedFile, InputError
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import parse
from ledger_recovery.secret import SecretBytes

MAX_OWN: Final = 1000
MAX_PEERS: Final = 20_000
MAX_LABEL: Final = 4096
"""Characters of a person's label."""
_KEY_BYTES: Final = 32
_ADVICE: Final = "The backup opened, so it is as it was made; please report this with the version of the app."


@dataclass(frozen=True)
class OwnIdentity:
    """:param name: the person's label. :param key_name: of the key on the Box, "" in old backups.

    :param signing: Ed25519 seed. :param encryption: X25519 secret. Their public halves; 32 bytes each.
    """

    did: str
    name: str
    key_name: str
    signing: SecretBytes = field(repr=False)
    encryption: SecretBytes = field(repr=False)
    signing_public: bytes
    encryption_public: bytes


@dataclass(frozen=True)
class Peer:
    name: str
    did: str


@dataclass(frozen=True)
class IdboxContent:
    """In the order in which the app kept them."""

    own: tuple[OwnIdentity, ...]
    peers: tuple[Peer, ...]


def parse_content(plain: bytes) -> IdboxContent:
    """:param plain: of `sealed.open_sealed`.

    :raises DamagedFile: not what the app writes, or keys that do not fit together.
    """
    outer = Record(_nested(plain, "the content of the backup"), "the content")
    own = outer.raw("ownIdentities")
    if not isinstance(own, list) or len(own) > MAX_OWN:
        raise outer.wrong("ownIdentities", f"a list of at most {MAX_OWN} entries")
    identities = tuple(_own(item, f"ownIdentities[{number}]") for number, item in enumerate(own))
    peers = _nested(outer.text("peerIdentities").encode("utf-8"), "peerIdentities")
    return IdboxContent(identities, _peers(peers))


def _own(item: object, place: str) -> OwnIdentity:
    if not isinstance(item, str):
        raise DamagedFile(f"{place} is not a text", _ADVICE)
    record = Record(_nested(item.encode("utf-8"), place), place)
    signing = _pair(record.record("signingKey"), 2 * _KEY_BYTES)
    encryption = _pair(record.record("encryptionKey"), _KEY_BYTES)
    seed = signing.secret[:_KEY_BYTES]
    fits_signing = _ed25519(seed) == signing.public and signing.secret[_KEY_BYTES:] == signing.public
    if not fits_signing or _x25519(encryption.secret) != encryption.public:
        raise DamagedFile(f"the keys of {place} do not fit together", _ADVICE)
    return OwnIdentity(
        _did(record.text("did", limit=MAX_DID), place),
        record.text("name", limit=MAX_LABEL),
        record.text("keyName", "", limit=MAX_LABEL),
        SecretBytes(seed),
        SecretBytes(encryption.secret),
        signing.public,
        encryption.public,
    )


def _peers(value: object) -> tuple[Peer, ...]:
    # With no peer ever added the app keeps a list; once one was, an object.
    if value == []:
        return ()
    if not isinstance(value, dict) or len(value) > MAX_PEERS:
        raise DamagedFile(f"peerIdentities is not an object of at most {MAX_PEERS} entries", _ADVICE)
    found = []
    for number, (name, did) in enumerate(value.items()):
        if len(name) > MAX_LABEL or not isinstance(did, str):
            raise DamagedFile(f"entry {number + 1} of peerIdentities is not a label with a DID", _ADVICE)
        found.append(Peer(name, _did(did, f"entry {number + 1} of peerIdentities")))
    return tuple(found)


@dataclass(frozen=True)
class _Pair:
    public: bytes
    secret: bytes = field(repr=False)


def _pair(record: Record, secret_bytes: int) -> _Pair:
    return _Pair(_bytes(record, "publicKeyBase64", _KEY_BYTES), _bytes(record, "secretKeyBase64", secret_bytes))


def _bytes(record: Record, name: str, size: int) -> bytes:
    data = _from_base64(record.text(name, limit=4 * size).encode("utf-8"))
    if data is None or len(data) != size:
        raise record.wrong(name, f"{size} bytes in base64")
    return data


def _nested(encoded: bytes, what: str) -> object:
    data = _from_base64(encoded)
    if data is None:
        raise DamagedFile(f"{what} is not base64url", _ADVICE)
    return parse(data, what)


def _from_base64(encoded: bytes) -> bytes | None:
    bare = encoded.rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_"))
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None


def _did(text: str, place: str) -> str:
    try:
        parse_did(text)
    except InputError as error:
        raise DamagedFile(f"{place}: {error.sentence}", _ADVICE) from None
    return text


def _ed25519(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _x25519(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
