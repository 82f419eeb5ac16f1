"""[pure] DID documents: the public half of a DID, as canonical JSON text and as the bytes that IPFS names by a CID.

The entries are those of Identity Box (identity-service, IdentityProvider.js): `@context`, `created`, `id` and two
`publicKey` entries. Ours carry a `version` besides; documents of the reference have none and keep none, so that their
CID stays what it was.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Final

from ledger_recovery.backup.did_name import MAX_DID, parse_did
from ledger_recovery.backup.ids import b64u, from_b64u
from ledger_recovery.errors import DamagedFile, InputError

CONTEXT: Final = "zdpuAmoZixxJjvosviGeYcqduzDhSwGV2bL6ZTTXo1hbEJHfq"
"""What `@context` points at, in every document of the reference."""
MAX_DOCUMENT: Final = 4096
"""Characters of a document; a full one has under 900."""

_KEY_BYTES: Final = 32
_SIGNING: Final = ("#signing-key-1", "EdDsaPublicKey", "ed25519")
_ENCRYPTION: Final = ("#encryption-key-1", "ECDHPublicKey", "Curve25519")
_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)", re.ASCII)
_MAX_VERSION: Final = 2**31 - 1
_ADVICE: Final = "Use an intact copy; a DID document is public and can be made again from its keys."


@dataclass(frozen=True)
class DidDocument:
    """:param did: as spelled in the document.

    :param created: ISO time in UTC.
    :param signing_public: Ed25519, 32 bytes. :param encryption_public: X25519, 32 bytes.
    :param version: from 1; None for a document of the reference, which has none.
    """

    did: str
    created: str
    signing_public: bytes
    encryption_public: bytes
    version: int | None = 1


def document_to_text(document: DidDocument) -> str:
    """Canonical JSON: sorted keys, no spaces."""
    return json.dumps(_as_object(document), ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def document_from_text(text: str) -> DidDocument:
    """A document from outside, in any order of its keys.

    :raises DamagedFile: not a DID document of this kind; nothing is guessed.
    """
    try:
        value: object = json.loads(text) if len(text) <= MAX_DOCUMENT else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DamagedFile(f"a DID document is not a JSON object of at most {MAX_DOCUMENT} characters", _ADVICE)
    document = _read(value)
    if _as_object(document) != value:
        raise DamagedFile("a DID document holds entries that no Identity Box writes", _ADVICE)
    return document


def document_cid(document: DidDocument) -> str:
    """The CID (v1, dag-cbor, sha2-256, base32) under which IPFS keeps the document."""
    cid = bytes([0x01, 0x71, 0x12, 0x20]) + hashlib.sha256(document_to_cbor(document)).digest()
    return "b" + base64.b32encode(cid).decode("ascii").lower().rstrip("=")


def document_to_cbor(document: DidDocument) -> bytes:
    """The document as DAG-CBOR. `@context` stays a map with the key "/", not a link: so the reference published it."""
    return _cbor(_as_object(document))


def _as_object(document: DidDocument) -> dict[str, object]:
    fields: dict[str, object] = {
        "@context": {"/": CONTEXT},
        "created": document.created,
        "id": document.did,
        "publicKey": [
            _entry(document.did, _SIGNING, document.signing_public),
            _entry(document.did, _ENCRYPTION, document.encryption_public),
        ],
    }
    return fields if document.version is None else {**fields, "version": document.version}


def _entry(did: str, kind: tuple[str, str, str], public: bytes) -> dict[str, object]:
    fragment, name, curve = kind
    return {"id": did + fragment, "type": name, "curve": curve, "controller": did, "publicKeyBase64": b64u(public)}


def _read(value: dict[str, object]) -> DidDocument:
    did, created, version = value.get("id"), value.get("created"), value.get("version")
    if not isinstance(did, str) or len(did) > MAX_DID:
        raise DamagedFile("a DID document has no id", _ADVICE)
    try:
        parse_did(did)
    except InputError as error:
        raise DamagedFile(f"the id of a DID document is wrong: {error.sentence}", _ADVICE) from None
    if not isinstance(created, str) or not _ISO_TIME.fullmatch(created):
        raise DamagedFile("a DID document has no ISO time in UTC in `created`", _ADVICE)
    counted = isinstance(version, int) and not isinstance(version, bool) and 1 <= version <= _MAX_VERSION
    if "version" in value and not counted:
        raise DamagedFile("the version of a DID document is not a number from 1", _ADVICE)
    entries = value.get("publicKey")
    if not isinstance(entries, list) or len(entries) != 2:
        raise DamagedFile("a DID document does not hold two public keys", _ADVICE)
    return DidDocument(
        did, created, _public_in(entries[0]), _public_in(entries[1]), version if isinstance(version, int) else None
    )


def _public_in(entry: object) -> bytes:
    text = entry.get("publicKeyBase64") if isinstance(entry, dict) else None
    try:
        return from_b64u(text if isinstance(text, str) else "", _KEY_BYTES)
    except InputError:
        raise DamagedFile("a public key in a DID document is not 32 bytes in base64url", _ADVICE) from None


def _cbor(value: object) -> bytes:
    """The few kinds that a document has; map keys shortest first, as DAG-CBOR demands."""
    if isinstance(value, int):
        return _cbor_head(0, value)
    if isinstance(value, str):
        data = value.encode("utf-8")
        return _cbor_head(3, len(data)) + data
    if isinstance(value, list):
        return _cbor_head(4, len(value)) + b"".join(_cbor(item) for item in value)
    if isinstance(value, dict):
        pairs = sorted(((key.encode("utf-8"), key) for key in value), key=lambda pair: (len(pair[0]), pair[0]))
        return _cbor_head(5, len(pairs)) + b"".join(_cbor(key) + _cbor(value[key]) for _, key in pairs)
    raise TypeError(f"no such value in a DID document: {type(value).__name__}")


def _cbor_head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for size, marker in ((1, 24), (2, 25), (4, 26)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | marker]) + number.to_bytes(size, "big")
    raise ValueError("a number beyond 32 bits in a DID document")
