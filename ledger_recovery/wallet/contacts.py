"""Own DIDs and peers: what a person does with them by a command, and what a restored backup adds.

Names are unique among the own ones and among the peers. A restored backup only adds. Nothing here knows how a DID is
made, or whether it is published: see the Box.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from ledger_recovery.errors import InputError
from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.changes import AddDid, AddPeer, ContactChange
from ledger_recovery.wallet.failures import contradiction
from ledger_recovery.wallet.names import is_blank
from ledger_recovery.wallet.schema_backup import DidTable, PeerTable
from ledger_recovery.wallet.statements import find, insert_new

MAX_CONTACT_NAME = 100
MAX_DID = 200
"""Characters; the names that did:ipid has are about 70 long."""
MAX_DOCUMENT = 64 * 1024
MAX_TIME = 40

_UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that would break a line or a terminal; joiners and the like belong to people's names."""


class Contacts:
    """Commands on the DIDs and peers, in one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def dids(self) -> tuple[DidRow, ...]:
        """The own DIDs, by name."""
        return read_dids(self._connection)

    def peers(self) -> tuple[PeerRow, ...]:
        """The peers, by name."""
        return read_peers(self._connection)

    def add_did(self, row: DidRow) -> bool:
        """Add an own DID; False when it is there already, under this name.

        :raises InputError: the name belongs to another DID, the DID has another name, or a text cannot be used.
        """
        _refuse_unusable(row)
        return self._add(DidTable, row, "own DID", "did list")

    def add_peer(self, row: PeerRow) -> bool:
        """Add a peer; False when it is there already, under this name.

        :raises InputError: the name belongs to another peer, the DID has another name, or a text cannot be used.
        """
        _refuse_unusable(row)
        return self._add(PeerTable, row, "peer", "peer list")

    def remove_did(self, name: str) -> DidRow:
        """Forget an own DID here, and give back what it was; its keys on the Box are the caller's to delete.

        :raises InputError: there is none of that name.
        """
        row = self._named(DidTable, name, "own DID", "did list")
        self._connection.execute(delete(DidTable).where(DidTable.name == name))
        return _did_row(row)

    def remove_peer(self, name: str) -> PeerRow:
        """Forget a peer, and give back what it was.

        :raises InputError: there is none of that name.
        """
        row = self._named(PeerTable, name, "peer", "peer list")
        self._connection.execute(delete(PeerTable).where(PeerTable.name == name))
        return _peer_row(row)

    def _add(self, table: type[DidTable | PeerTable], row: DidRow | PeerRow, what: str, command: str) -> bool:
        named = find(self._connection, table, {"name": row.name})
        if named is not None:
            if named.did == row.did:
                return False
            raise InputError(f'there is another {what} "{row.name}" already', "give another name")
        known = self._connection.execute(select(table.name).where(table.did == row.did)).scalars().first()
        if known is not None:
            raise InputError(f'this DID is there already, as {what} "{known}"', f"run `{command}` to see them all")
        return insert_new(self._connection, table, ("name",), asdict(row))

    def _named(self, table: type[DidTable | PeerTable], name: str, what: str, command: str) -> Row[Any]:
        row = find(self._connection, table, {"name": name})
        if row is None:
            raise InputError(f'there is no {what} "{name[:MAX_CONTACT_NAME]}"', f"run `{command}` to see them all")
        return row


def write_contact(connection: Connection, change: ContactChange) -> bool:
    """Add what a backup holds; whether the wallet is different afterwards.

    :raises StorageError: the name belongs to another DID here, or a text cannot be used.
    """
    problem = contact_problem(change.row)
    if problem:
        raise contradiction(problem)
    match change:
        case AddDid(row):
            # One that has another name here keeps it: a person may have named it.
            return find(connection, DidTable, {"did": row.did}) is None and _insert(connection, DidTable, row)
        case AddPeer(row):
            return _insert(connection, PeerTable, row)


def contact_problem(row: DidRow | PeerRow) -> str:
    """What is wrong with the texts of a row, as the begin of a sentence; empty when they can be stored."""
    if is_blank(row.name) or len(row.name) > MAX_CONTACT_NAME:
        return f"a name has 1 to {MAX_CONTACT_NAME} characters"
    if any(unicodedata.category(character) in _UNSHOWN for character in row.name):
        return "a name is one line of letters, digits and signs"
    if not row.did.startswith("did:") or len(row.did) > MAX_DID or not (row.did.isascii() and row.did.isprintable()):
        return f'a DID begins with "did:" and has at most {MAX_DID} plain characters'
    if isinstance(row, DidRow) and len(row.document) > MAX_DOCUMENT:
        return f"a DID document has at most {MAX_DOCUMENT} characters"
    if len(row.created if isinstance(row, DidRow) else row.added) > MAX_TIME:
        return f"a time has at most {MAX_TIME} characters"
    return ""


def read_dids(connection: Connection) -> tuple[DidRow, ...]:
    return tuple(_did_row(row) for row in connection.execute(select(DidTable.__table__).order_by(DidTable.name)))


def read_peers(connection: Connection) -> tuple[PeerRow, ...]:
    return tuple(_peer_row(row) for row in connection.execute(select(PeerTable.__table__).order_by(PeerTable.name)))


def _insert(connection: Connection, table: type[DidTable | PeerTable], row: DidRow | PeerRow) -> bool:
    if insert_new(connection, table, ("name",), asdict(row)):
        return True
    stored = find(connection, table, {"name": row.name})
    if stored is None or stored.did != row.did:
        raise contradiction(f'the name "{row.name}" belongs to another DID in this wallet')
    return False


def _refuse_unusable(row: DidRow | PeerRow) -> None:
    problem = contact_problem(row)
    if problem:
        raise InputError(problem, "give another one")


def _did_row(row: Row[Any]) -> DidRow:
    return DidRow(row.name, row.did, row.document, row.created)


def _peer_row(row: Row[Any]) -> PeerRow:
    return PeerRow(row.name, row.did, row.added)
