"""DIDs on the Box: made, kept apart by backup, wrapped for the owner, restored without overwriting."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import base58
import pytest

from ledger_recovery.backup.box_part import open_part, part_from_bytes
from ledger_recovery.backup.did_keys import DidKeys, ed25519_name_key
from ledger_recovery.backup.did_name import DID_PREFIX, parse_did
from ledger_recovery.backup.idbox.opening import open_idbox
from ledger_recovery.backup.idbox.rows import to_rows
from ledger_recovery.backup.keys import OwnerKeys, owner_keys
from ledger_recovery.box.dids import DDL, DidRoom, MissingKeys, NoSuchDid, TooManyDids
from ledger_recovery.errors import InputError, NotSignedByOwner
from ledger_recovery.secret import SecretBytes
from tests.unit.backup.idbox_samples import samples

NOW, LATER = "2026-11-22T10:00:00Z", "2026-11-23T10:00:00Z"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("CREATE TABLE backups (id INTEGER PRIMARY KEY)")
    for statement in DDL:
        connection.execute(statement)
    connection.executemany("INSERT INTO backups VALUES (?)", [(1,), (2,)])
    yield connection
    connection.close()


@pytest.fixture
def room(connection: sqlite3.Connection) -> DidRoom:
    return DidRoom(connection, 1, most=5)


def _owner() -> OwnerKeys:
    return owner_keys(SecretBytes(bytes([9]) * 32))


def _keys(number: int) -> DidKeys:
    name_key = ed25519_name_key(bytes([number]) * 32)
    return DidKeys(name_key.name.did, name_key, SecretBytes(bytes([number]) * 32), SecretBytes(bytes([3]) * 32))


def _opened(room: DidRoom, *dids: str) -> tuple[DidKeys, ...]:
    data = room.part(_owner().backup_id, dids, _owner().did_recipient)
    return open_part(part_from_bytes(data), _owner(), dids)


def test_a_new_did_has_keys_of_its_own_that_come_back_with_the_words(room: DidRoom) -> None:
    one, two = room.create(NOW), room.create(NOW)
    assert {record.did for record in room.list()} == {one.did, two.did}
    assert room.get(one.did) == one
    assert one.document_json()["created"] == NOW
    keys = _opened(room, one.did, two.did)
    assert all(key.fit(record.document) for key, record in zip(keys, (one, two), strict=True))
    secrets = {s.reveal() for key in keys for s in (key.signing, key.encryption, key.name_key.secret)}
    assert len(secrets) == 6


def test_one_backup_knows_nothing_of_anothers(connection: sqlite3.Connection, room: DidRoom) -> None:
    did = room.create(NOW).did
    other = DidRoom(connection, 2)
    assert other.list() == ()
    for ask in (other.get, other.delete, other.order):
        with pytest.raises(NoSuchDid):
            ask(did)
    with pytest.raises(NoSuchDid):
        other.published(did, "cid")
    with pytest.raises(MissingKeys):
        other.part(_owner().backup_id, [did], _owner().did_recipient)
    assert room.get(did).did == did


def test_the_keys_go_with_the_backup(connection: sqlite3.Connection, room: DidRoom) -> None:
    room.create(NOW)
    connection.execute("DELETE FROM backups WHERE id = 1")
    assert connection.execute("SELECT count(*) FROM dids").fetchone() == (0,)


def test_a_deleted_did_is_gone(room: DidRoom) -> None:
    did = room.create(NOW).did
    room.delete(did)
    assert room.list() == ()
    with pytest.raises(NoSuchDid):
        room.delete(did)


@pytest.mark.parametrize("text", ["", "../box.key", "did:ipid:x", "' OR 1=1 --"])
def test_what_is_no_did_is_not_there(room: DidRoom, text: str) -> None:
    with pytest.raises(NoSuchDid) as raised:
        room.get(text)
    assert not text or text not in raised.value.sentence


def test_a_part_without_keys_fails_loudly_and_names_them(room: DidRoom) -> None:
    here, gone, no_did = room.create(NOW).did, _keys(1).did, "did:ipid:x"
    with pytest.raises(MissingKeys) as raised:
        room.part(_owner().backup_id, [here, gone], _owner().did_recipient)
    assert raised.value.names == (gone,)
    with pytest.raises(MissingKeys) as raised:
        room.part(_owner().backup_id, [no_did], _owner().did_recipient)
    assert raised.value.names == (no_did,)


def test_a_part_holds_only_what_was_asked_for_and_each_once(room: DidRoom) -> None:
    one, _ = room.create(NOW), room.create(NOW)
    data = room.part(_owner().backup_id, [one.did, one.did, parse_did(one.did).text], _owner().did_recipient, 4)
    part = part_from_bytes(data)
    assert [key.did for key in part.keys] == [one.did]
    assert part.documents == (one.document,)
    assert part.generation == 4
    assert part_from_bytes(room.part(_owner().backup_id, [], _owner().did_recipient)).keys == ()


def test_restored_keys_are_taken_over_and_known_ones_left_alone(room: DidRoom) -> None:
    one, two = _keys(1), _keys(2)
    first = room.restore([one], [replace(one.document(NOW), version=3)], LATER)
    assert (first.restored, first.known) == ((one.did,), ())
    newer = replace(one, signing=SecretBytes(bytes(32)))
    again = room.restore([newer, two, two], [], LATER)
    assert (again.restored, again.known) == ((two.did,), (one.did, two.did))
    assert room.get(one.did).document.version == 3
    assert room.get(two.did).document.created == LATER
    assert _opened(room, one.did, two.did) == (one, two)


def test_an_old_spelling_of_an_rsa_name_is_one_did(room: DidRoom) -> None:
    sample = samples()[1]
    rows = to_rows(open_idbox(sample.words, sample.source, sample.password), NOW)
    old = DID_PREFIX + base58.b58encode(rows.keys[0].name_key.name.multihash).decode()
    keys = replace(rows.keys[0], did=old)
    assert room.restore([keys], [], NOW).restored == (old,)
    assert room.get(rows.dids[0].did).did == old
    assert room.restore(rows.keys, rows.documents, NOW).known == (rows.dids[0].did,)
    assert _opened(room, rows.dids[0].did)[0].name_key == rows.keys[0].name_key


def test_a_document_of_other_keys_is_not_restored(room: DidRoom) -> None:
    one = _keys(1)
    forged = replace(one.document(NOW), signing_public=bytes(32))
    with pytest.raises(NotSignedByOwner, match="names other keys"):
        room.restore([one], [forged], NOW)
    assert room.list() == ()


def test_there_is_room_for_so_many_and_no_more(room: DidRoom) -> None:
    room.restore([_keys(number) for number in range(1, 5)], [], NOW)
    with pytest.raises(TooManyDids):
        room.restore([_keys(number) for number in range(4, 7)], [], NOW)
    assert len(room.list()) == 4
    room.create(NOW)
    with pytest.raises(TooManyDids):
        room.create(NOW)


def test_a_part_for_no_recipient_is_refused(room: DidRoom) -> None:
    did = room.create(NOW).did
    with pytest.raises(InputError, match="no age recipient"):
        room.part(_owner().backup_id, [did], "age1x")


def test_an_order_to_publish_holds_the_name_key_and_the_document(room: DidRoom) -> None:
    one = _keys(1)
    room.restore([one], [], NOW)
    order = room.order(one.did)
    assert order.name == one.name_key.name.text
    assert order.name_key == one.name_key.to_protobuf()
    assert repr(order.name_key.reveal()) not in repr(order)
    assert room.get(one.did).published is None
    assert room.published(one.did, order.cid).published == order.cid
