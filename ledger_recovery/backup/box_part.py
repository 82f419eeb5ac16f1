"""[pure] The Box's part of a generation: the private keys of DIDs, wrapped for the owner, and their documents in clear.

The Box writes it, `open_part` opens it with the words and believes nothing: a key must yield the name it is kept
under, a document must name the keys, and every DID that the backup expects must be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ledger_recovery.backup.did_document import DidDocument, document_from_text, document_to_text
from ledger_recovery.backup.did_keys import DidKeys, did_keys_from_text
from ledger_recovery.backup.did_name import DidName, parse_did
from ledger_recovery.backup.ids import MAX_GENERATION, b64u, check_backup_id, from_b64u
from ledger_recovery.errors import DamagedFile, DidKeyMissing, InputError, NewerVersion, NotOurFile, NotSignedByOwner
from ledger_recovery.secret import SecretBytes

if TYPE_CHECKING:
    from ledger_recovery.backup.keys import OwnerKeys

FORMAT: Final = "ledger-recovery-box-part"
VERSION: Final = 1
MAX_KEYS: Final = 1000
MAX_WRAPPED: Final = 8192
"""Bytes of one age file; an RSA key of 4096 bits makes one of 4 kB."""
MAX_PART_BYTES: Final = 16 * 1024 * 1024
_FIELDS: Final = ("format", "version", "backup_id", "keys", "documents")
_ADVICE: Final = "Use another copy of the backup, or an older generation."


@dataclass(frozen=True)
class WrappedKey:
    """:param wrapped: an age v1 file to the owner's DID recipient; inside: `did_keys.did_keys_to_json`."""

    did: str
    wrapped: bytes


@dataclass(frozen=True)
class BoxPart:
    """:param generation: the generation it was made for; None when the Box did not say."""

    backup_id: str
    keys: tuple[WrappedKey, ...] = ()
    documents: tuple[DidDocument, ...] = ()
    generation: int | None = None


def part_to_bytes(part: BoxPart) -> bytes:
    """Canonical JSON."""
    fields: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "backup_id": part.backup_id,
        "keys": [{"did": key.did, "wrapped": b64u(key.wrapped)} for key in part.keys],
        "documents": [json.loads(document_to_text(document)) for document in part.documents],
    }
    if part.generation is not None:
        fields["generation"] = part.generation
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def part_from_bytes(data: bytes) -> BoxPart:
    """:raises NotOurFile: something else. :raises NewerVersion: of a later program.

    :raises DamagedFile: beyond repair.
    """
    fields = _object_in(data)
    if fields.get("format") != FORMAT:
        raise NotOurFile("this is not the Box's part of a backup", "Give the file that the Box made.")
    version = fields.get("version")
    if isinstance(version, int) and version > VERSION:
        raise NewerVersion(f"the Box's part is of version {version}; this program reads {VERSION}", "Update it.")
    if version != VERSION or not fields.keys() <= {*_FIELDS, "generation"}:
        raise DamagedFile("the Box's part has a wrong version or unknown fields", _ADVICE)
    keys = tuple(_wrapped(item) for item in _list(fields, "keys"))
    documents = tuple(document_from_text(json.dumps(item)) for item in _list(fields, "documents"))
    if len({_name(key.did) for key in keys}) != len(keys):
        raise DamagedFile("the Box's part holds two keys of one DID", _ADVICE)
    return BoxPart(_backup_id(fields), keys, documents, _generation(fields))


def open_part(part: BoxPart, keys: OwnerKeys, expected_dids: Iterable[str]) -> tuple[DidKeys, ...]:
    """The keys in the part, each checked against its name and, where there is one, its document.

    :param expected_dids: the DIDs that the backup itself (signed, encrypted) names.
    :raises DidKeyMissing: the part lacks one of them; `names` has all that are missing.
    :raises NotSignedByOwner: of another backup, or a key or document that was exchanged.
    :raises DamagedFile: a key that these words do not open.
    """
    if part.backup_id != keys.backup_id:
        raise NotSignedByOwner("the Box's part belongs to another backup than these words", _ADVICE)
    expected = {_name(did): did for did in expected_dids}
    missing = tuple(sorted(did for name, did in expected.items() if name not in {_name(k.did) for k in part.keys}))
    if missing:
        raise DidKeyMissing(
            f"the Box's part lacks the keys of {len(missing)} DIDs, the first is {missing[0]}",
            "Use a copy that has them, or restore without these DIDs.",
            names=missing,
        )
    documents = {_name(document.did): document for document in part.documents}
    with keys.did_identity_text() as identity:
        return tuple(_opened(key, identity, documents) for key in part.keys)


def _opened(key: WrappedKey, identity: SecretBytes, documents: dict[DidName, DidDocument]) -> DidKeys:
    opened = did_keys_from_text(_unwrapped(key, identity))
    document = documents.get(_name(key.did))
    if _name(opened.did) != _name(key.did) or (document is not None and not opened.fit(document)):
        opened.wipe()
        raise NotSignedByOwner(f"the keys kept for {key.did} are another DID's, or its document names others", _ADVICE)
    return opened


def _unwrapped(key: WrappedKey, identity: SecretBytes) -> SecretBytes:
    import pyrage  # costs 20 ms, and most commands open no part

    try:
        reader = pyrage.x25519.Identity.from_str(identity.reveal().decode("ascii"))
        return SecretBytes(pyrage.decrypt(key.wrapped, [reader]))
    except pyrage.DecryptError:
        raise DamagedFile(
            f"the keys of {key.did} do not open with these words: they are damaged or wrapped for somebody else",
            _ADVICE,
        ) from None


def _object_in(data: bytes) -> dict[str, object]:
    try:
        value: object = json.loads(data.decode("utf-8")) if len(data) <= MAX_PART_BYTES else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotOurFile("this is not the Box's part of a backup: no JSON object of a bearable size", _ADVICE)
    return value


def _list(fields: dict[str, object], name: str) -> list[object]:
    value = fields.get(name)
    if not isinstance(value, list) or len(value) > MAX_KEYS:
        raise DamagedFile(f"the Box's part has no list of at most {MAX_KEYS} {name}", _ADVICE)
    return value


def _wrapped(item: object) -> WrappedKey:
    if isinstance(item, dict) and item.keys() == {"did", "wrapped"}:
        did, text = item["did"], item["wrapped"]
        if isinstance(did, str) and isinstance(text, str) and len(text) <= 2 * MAX_WRAPPED:
            _name(did)
            try:
                return WrappedKey(did, from_b64u(text))
            except InputError:
                pass
    raise DamagedFile("the Box's part holds an entry that is no wrapped key", _ADVICE)


def _name(did: str) -> DidName:
    try:
        return parse_did(did)
    except InputError as error:
        raise DamagedFile(f"the Box's part names no DID: {error.sentence}", _ADVICE) from None


def _backup_id(fields: dict[str, object]) -> str:
    value = fields.get("backup_id")
    try:
        return check_backup_id(value if isinstance(value, str) else "")
    except InputError:
        raise DamagedFile("the Box's part has no backup ID", _ADVICE) from None


def _generation(fields: dict[str, object]) -> int | None:
    value = fields.get("generation")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_GENERATION:
        raise DamagedFile("the generation of the Box's part is no number from 1", _ADVICE)
    return value
