"""[io] The DIDs of a backup, as clients ask for them: made, listed, restored, deleted and published by the Box.

Rows and keys are in `dids`; this file decides who may, and translates. Publishing talks to the network and therefore
happens between two transactions, never inside one.
"""

from __future__ import annotations

import json
from sqlite3 import Connection

from ledger_recovery.backup.did_document import document_from_text
from ledger_recovery.backup.did_keys import did_keys_from_json
from ledger_recovery.backup.protocol_replies import DidList, DidReply, DidsRestored, Published
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.box.dids import DidRecord, DidRoom, NoSuchDid, TooManyDids
from ledger_recovery.box.generations import timestamp
from ledger_recovery.box.publisher import Publisher, PublishFailed, PublishOrder
from ledger_recovery.box.refusal import Refusal, full, no_such_did
from ledger_recovery.box.room import BoxRoom, Caller
from ledger_recovery.errors import LedgerRecoveryError


class DidDesk:
    """:param publisher: `NoPublisher` unless the Box was told of a node."""

    def __init__(self, room: BoxRoom, publisher: Publisher) -> None:
        self._room = room
        self._publisher = publisher

    def create(self, caller: Caller, backup_id: str) -> DidReply:
        """:raises Refusal: 404; 507, when the backup has as many as the Box allows."""

        def job(connection: Connection) -> DidReply:
            return _told(self._desk(connection, caller, backup_id).create(timestamp(self._room.now())))

        try:
            return self._room.db.write(job)
        except TooManyDids:
            raise full() from None

    def list(self, caller: Caller, backup_id: str) -> DidList:
        """:raises Refusal: 404, as all methods."""
        with self._room.db.read() as connection:
            return DidList(tuple(_told(r) for r in self._desk(connection, caller, backup_id).list()))

    def get(self, caller: Caller, backup_id: str, did: str) -> DidReply:
        with self._room.db.read() as connection:
            desk = self._desk(connection, caller, backup_id)
            try:
                return _told(desk.get(did))
            except NoSuchDid:
                raise no_such_did() from None

    def delete(self, caller: Caller, backup_id: str, did: str) -> None:
        try:
            self._room.db.write(lambda c: self._desk(c, caller, backup_id).delete(did))
        except NoSuchDid:
            raise no_such_did() from None

    def restore(self, caller: Caller, backup_id: str, request: RestoreDids) -> DidsRestored:
        """Take over keys that the owner unwrapped.

        :raises Refusal: 422, keys or documents that are wrong; 507, too many.
        """
        try:
            keys = [did_keys_from_json(one) for one in request.keys]
            documents = [document_from_text(json.dumps(one)) for one in request.documents]
        except LedgerRecoveryError as error:
            raise _bad_keys(error) from None

        def job(connection: Connection) -> DidsRestored:
            desk = self._desk(connection, caller, backup_id)
            done = desk.restore(keys, documents, timestamp(self._room.now()))
            return DidsRestored(done.restored, done.known)

        try:
            return self._room.db.write(job)
        except TooManyDids:
            raise full() from None
        except LedgerRecoveryError as error:
            raise _bad_keys(error) from None
        finally:
            for one in keys:
                one.wipe()

    async def publish(self, order: PublishOrder) -> Published:
        """Tell the network; the only method that waits for it."""
        try:
            await self._publisher.publish(order)
        except PublishFailed as error:
            return Published(False, error.sentence)
        finally:
            order.name_key.wipe()
        return Published(True, "")

    def order(self, caller: Caller, backup_id: str, did: str) -> PublishOrder:
        """What `publish` needs."""
        with self._room.db.read() as connection:
            desk = self._desk(connection, caller, backup_id)
            try:
                return desk.order(did)
            except NoSuchDid:
                raise no_such_did() from None

    def published(self, caller: Caller, backup_id: str, did: str, cid: str) -> None:
        """Note that it was published; a DID that was deleted meanwhile stays deleted."""
        try:
            self._room.db.write(lambda c: self._desk(c, caller, backup_id).published(did, cid))
        except NoSuchDid:
            raise no_such_did() from None

    def _desk(self, connection: Connection, caller: Caller, backup_id: str) -> DidRoom:
        backup = self._room.granted(connection, caller, backup_id)
        return DidRoom(connection, backup.row, most=self._room.limits.max_dids)


def _told(record: DidRecord) -> DidReply:
    return DidReply(record.did, record.document_json())


def _bad_keys(error: LedgerRecoveryError) -> Refusal:
    return Refusal(422, "bad-did-keys", error.sentence)
