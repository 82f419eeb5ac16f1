"""The DIDs that the Box keeps for the owners of backups: keys and documents, rows of the Box's database.

A room is one backup's, over a connection inside a transaction of `database`. Keys lie in the clear in a file that
only the Box's user can read; they leave it wrapped for the owner (`part`), or the name key alone for a publisher.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger_recovery.backup.box_part import BoxPart, WrappedKey, part_to_bytes
from ledger_recovery.backup.did_document import (
    DidDocument,
    document_cid,
    document_from_text,
    document_to_cbor,
    document_to_text,
)
from ledger_recovery.backup.did_keys import SEED_BYTES, DidKeys, did_keys_from_text, did_keys_to_text, ed25519_name_key
from ledger_recovery.backup.did_name import parse_did
from ledger_recovery.backup.did_wrap import wrap_did_keys
from ledger_recovery.box.publisher import PublishOrder
from ledger_recovery.errors import DidKeyMissing, InputError, NotSignedByOwner
from ledger_recovery.secret import SecretBytes

DDL: Final = (
    """CREATE TABLE IF NOT EXISTS dids (
        backup INTEGER NOT NULL REFERENCES backups ON DELETE CASCADE,
        name TEXT NOT NULL,
        did TEXT NOT NULL, keys BLOB NOT NULL, document TEXT NOT NULL, published TEXT,
        PRIMARY KEY (backup, name)
    ) STRICT, WITHOUT ROWID""",
)
"""`name`: the canonical name in `did`; `keys`: JSON of `backup.did_keys`; `published`: CID last told to IPFS."""

MAX_DIDS: Final = 100


class NoSuchDid(InputError):
    """The backup has no such DID on this Box."""

    code = "no-such-did"


class TooManyDids(InputError):
    """The backup has as many DIDs as the Box allows."""

    code = "too-many-dids"


class MissingKeys(DidKeyMissing):
    """A backup names DIDs whose keys this Box does not hold: `names`, as they were given."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"this Box has no keys of {len(names)} DIDs that the backup names, the first is {names[0]}",
            "Restore them to this Box, or delete them from the wallet.",
            names=names,
        )


@dataclass(frozen=True)
class DidRecord:
    """:param published: the CID under which the document was last published; None: never."""

    did: str
    document: DidDocument
    published: str | None

    def document_json(self) -> dict[str, object]:
        """The document as parsed JSON."""
        value: dict[str, object] = json.loads(document_to_text(self.document))
        return value


@dataclass(frozen=True)
class RestoredDids:
    """:param known: already on this Box, and left as they were: a restored copy may be older."""

    restored: tuple[str, ...]
    known: tuple[str, ...]


class DidRoom:
    """The DIDs of one backup.

    :param connection: inside a transaction; a writing one for `create`, `restore`, `delete` and `published`.
    :param backup: the key of the backup's row.
    :param most: DIDs that one backup may have.
    """

    def __init__(self, connection: sqlite3.Connection, backup: int, *, most: int = MAX_DIDS) -> None:
        self._db = connection
        self._backup = backup
        self._most = most

    def create(self, now: str) -> DidRecord:
        """A new DID with keys of its own.

        :param now: ISO time in UTC, for the document.
        :raises TooManyDids: there is no room for another.
        """
        name_key = ed25519_name_key(secrets.token_bytes(SEED_BYTES))
        signing, encryption = (SecretBytes(secrets.token_bytes(SEED_BYTES)) for _ in range(2))
        with DidKeys(name_key.name.did, name_key, signing, encryption) as keys:
            self._make_room(1)
            return self._insert(keys, keys.document(now))

    def list(self) -> tuple[DidRecord, ...]:
        """All of them, ordered by name."""
        rows = self._db.execute(
            "SELECT did, document, published FROM dids WHERE backup = ? ORDER BY name", (self._backup,)
        )
        return tuple(_record(row) for row in rows)

    def get(self, did: str) -> DidRecord:
        """:raises NoSuchDid: there is none, or the text is no DID."""
        return _record(self._row(did, "did, document, published"))

    def delete(self, did: str) -> None:
        """Forget a DID and its keys; earlier generations still have them, wrapped for the owner.

        :raises NoSuchDid: there is none.
        """
        name = _name(did)
        if not self._db.execute("DELETE FROM dids WHERE backup = ? AND name = ?", (self._backup, name)).rowcount:
            raise _no_such()

    def restore(self, keys: Sequence[DidKeys], documents: Sequence[DidDocument], now: str) -> RestoredDids:
        """Take over keys that the owner unwrapped from a backup (or imported); what is here already stays.

        :param documents: of some of them; a DID without one gets a first document of `now`.
        :raises NotSignedByOwner: a document names other keys.
        :raises TooManyDids: not all of them have room; none was taken.
        """
        by_name = {_name(document.did): document for document in documents}
        new: dict[str, tuple[DidKeys, DidDocument]] = {}
        known = []
        for one in keys:
            name = one.name_key.name.text
            document = by_name.get(name) or one.document(now)
            if not one.fit(document):
                raise NotSignedByOwner(f"the document of {one.did} names other keys", "Restore from another copy.")
            if name in new or self._has(name):
                known.append(one.did)
            else:
                new[name] = (one, document)
        self._make_room(len(new))
        return RestoredDids(tuple(self._insert(*pair).did for pair in new.values()), tuple(known))

    def part(self, backup_id: str, dids: Sequence[str], did_recipient: str, generation: int | None = None) -> bytes:
        """The Box's part of a generation: keys wrapped for the owner, documents in clear.

        :param dids: the DIDs that the generation names.
        :param did_recipient: of the owner's certificate, "age1…".
        :raises MissingKeys: keys of some of them are not here; the generation must not be stored.
        """
        wanted = dict.fromkeys(dids)
        rows = {did: self._found(did, "did, keys, document") for did in wanted}
        missing = tuple(did for did, row in rows.items() if row is None)
        if missing:
            raise MissingKeys(missing)
        found = {row[0]: row for row in rows.values() if row is not None}
        keys = []
        for did, text, _ in found.values():
            with SecretBytes(text) as secret:
                keys.append(WrappedKey(did, wrap_did_keys(secret, did_recipient)))
        documents = tuple(document_from_text(row[2]) for row in found.values())
        return part_to_bytes(BoxPart(backup_id, tuple(keys), documents, generation))

    def order(self, did: str) -> PublishOrder:
        """What a publisher needs for one DID; the caller runs it outside the transaction, then calls `published`.

        :raises NoSuchDid: there is none.
        """
        text, document_text = self._row(did, "keys, document")
        document = document_from_text(document_text)
        with SecretBytes(text) as secret, did_keys_from_text(secret) as keys:
            name = keys.name_key.name.text
            return PublishOrder(name, keys.name_key.to_protobuf(), document_to_cbor(document), document_cid(document))

    def published(self, did: str, cid: str) -> DidRecord:
        """Note that a document was published.

        :raises NoSuchDid: it was deleted meanwhile.
        """
        self._db.execute("UPDATE dids SET published = ? WHERE backup = ? AND name = ?", (cid, self._backup, _name(did)))
        return self.get(did)

    def _make_room(self, wanted: int) -> None:
        (count,) = self._db.execute("SELECT count(*) FROM dids WHERE backup = ?", (self._backup,)).fetchone()
        if count + wanted > self._most:
            raise TooManyDids(f"a backup has at most {self._most} DIDs on this Box", "Delete one that is not needed.")

    def _insert(self, keys: DidKeys, document: DidDocument) -> DidRecord:
        with did_keys_to_text(keys) as text:
            self._db.execute(
                "INSERT INTO dids (backup, name, did, keys, document) VALUES (?, ?, ?, ?, ?)",
                (self._backup, keys.name_key.name.text, keys.did, text.reveal(), document_to_text(document)),
            )
        return DidRecord(keys.did, document, None)

    def _has(self, name: str) -> bool:
        query = "SELECT 1 FROM dids WHERE backup = ? AND name = ?"
        return self._db.execute(query, (self._backup, name)).fetchone() is not None

    def _row(self, did: str, columns: str) -> tuple[Any, ...]:
        row = self._found(did, columns)
        if row is None:
            raise _no_such()
        return row

    def _found(self, did: str, columns: str) -> tuple[Any, ...] | None:
        try:
            name = parse_did(did).text
        except InputError:
            return None
        # `columns` are words of this file, never of a request.
        query = f"SELECT {columns} FROM dids WHERE backup = ? AND name = ?"  # noqa: S608
        row: tuple[Any, ...] | None = self._db.execute(query, (self._backup, name)).fetchone()
        return row


def _record(row: tuple[Any, ...]) -> DidRecord:
    did, document, published = row
    return DidRecord(did, document_from_text(document), published)


def _name(did: str) -> str:
    try:
        return parse_did(did).text
    except InputError:
        raise _no_such() from None


def _no_such() -> NoSuchDid:
    return NoSuchDid("this Box has no such DID for this backup", "`did list` shows those that it has.")
