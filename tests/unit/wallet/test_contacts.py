"""Own DIDs and peers: a person's commands do what they say or nothing; a restored backup only adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.wallet import changes as ch
from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.contacts import MAX_CONTACT_NAME, MAX_DID, MAX_DOCUMENT, Contacts
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows

DID, PEER = rows.DID, rows.PEER
FAMILY = "the \U0001f469‍\U0001f469‍\U0001f467 next door"


@pytest.fixture(autouse=True)
def _filled(store: WalletStore) -> None:
    with store.contacts() as contacts:
        assert contacts.add_did(DID) and contacts.add_peer(PEER)


def all_of(store: WalletStore) -> tuple[tuple[DidRow, ...], tuple[PeerRow, ...]]:
    with store.contacts() as contacts:
        return contacts.dids(), contacts.peers()


def test_what_was_added_comes_back_by_name(store: WalletStore) -> None:
    before = store.snapshot()
    other = PeerRow("a friend", "did:ipid:k51", "2026-11-22T13:00:00Z")
    with store.contacts() as contacts:
        assert contacts.add_peer(other)
        assert not contacts.add_did(DID) and not contacts.add_peer(PEER)
    assert all_of(store) == ((DID,), (other, PEER))
    assert store.snapshot() == before


def test_a_name_is_taken_among_the_own_or_among_the_peers_only(store: WalletStore) -> None:
    with store.contacts() as contacts:
        assert contacts.add_peer(PeerRow(DID.name, DID.did, DID.created))
        assert contacts.add_did(replace(DID, name=PEER.name, did="did:ipid:another"))


@pytest.mark.parametrize("name", [FAMILY, "n" * MAX_CONTACT_NAME, "' OR 1=1 --", "日本"], ids=ascii)
def test_a_person_may_give_any_name_of_one_line(store: WalletStore, name: str) -> None:
    with store.contacts() as contacts:
        assert contacts.add_peer(PeerRow(name, "did:ipid:x", ""))
    assert name in {row.name for row in all_of(store)[1]}


def test_removing_gives_back_what_it_was(store: WalletStore) -> None:
    with store.contacts() as contacts:
        assert contacts.remove_did(DID.name) == DID
        assert contacts.remove_peer(PEER.name) == PEER
    assert all_of(store) == ((), ())


REFUSED: dict[str, Callable[[Contacts], object]] = {
    "name of another own DID": lambda contacts: contacts.add_did(replace(DID, did="did:ipid:x")),
    "own DID under another name": lambda contacts: contacts.add_did(replace(DID, name="x")),
    "name of another peer": lambda contacts: contacts.add_peer(replace(PEER, did="did:ipid:x")),
    "peer under another name": lambda contacts: contacts.add_peer(replace(PEER, name="x")),
    "no such DID": lambda contacts: contacts.remove_did(PEER.name),
    "no such peer": lambda contacts: contacts.remove_peer("n" * 5000),
}
UNUSABLE: dict[str, DidRow | PeerRow] = {
    "blank name": replace(PEER, name=" "),
    "long name": replace(PEER, name="n" * (MAX_CONTACT_NAME + 1)),
    "two lines": replace(PEER, name="a\nb"),
    "terminal command": replace(DID, name="\x1b[2J"),
    "half a character": replace(PEER, name="\ud800"),
    "no DID": replace(PEER, did="https://example"),
    "long DID": replace(PEER, did="did:" + "x" * MAX_DID),
    "DID of two lines": replace(PEER, did="did:ipid:\nx"),
    "DID of other letters": replace(PEER, did="did:ipid:ä"),
    "long document": replace(DID, document="x" * (MAX_DOCUMENT + 1)),
    "long time": replace(DID, created="2" * 41),
    "long time of a peer": replace(PEER, added="2" * 41),
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_done_is_told_and_takes_the_commands_before_it_back(
    store: WalletStore, command: Callable[[Contacts], object]
) -> None:
    before = all_of(store)
    with pytest.raises(InputError) as caught, store.contacts() as contacts:
        contacts.add_peer(PeerRow("good", "did:ipid:good", ""))
        command(contacts)
    assert caught.value.hint and len(caught.value.sentence) < 300
    assert all_of(store) == before


@pytest.mark.parametrize("row", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_cannot_be_used_is_refused_from_a_person_and_from_a_backup(
    store: WalletStore, row: DidRow | PeerRow
) -> None:
    before = all_of(store)
    change: ch.Change = ch.AddDid(row) if isinstance(row, DidRow) else ch.AddPeer(row)
    with pytest.raises(InputError), store.contacts() as contacts:
        _ = contacts.add_did(row) if isinstance(row, DidRow) else contacts.add_peer(row)
    with pytest.raises(StorageError) as caught:
        store.apply([change])
    assert caught.value.hint and all_of(store) == before


def test_a_backup_adds_what_is_not_there_and_counts_it_once(store: WalletStore) -> None:
    new: list[ch.Change] = [
        ch.AddDid(replace(DID, name="x", did="did:ipid:x")),
        ch.AddPeer(replace(PEER, name="twice")),
    ]
    assert store.apply([ch.AddDid(DID), ch.AddPeer(PEER)]) == 0
    assert store.apply(new) == 2
    assert store.apply(new) == 0
    assert [change.describe() for change in new] == ['add the DID "x"', 'add the peer "twice"']


def test_a_backup_replaces_neither_name_nor_document_nor_date(store: WalletStore) -> None:
    before = all_of(store)
    offered: list[ch.Change] = [
        ch.AddDid(replace(DID, name="its name elsewhere")),
        ch.AddDid(replace(DID, document="{}", created="")),
        ch.AddPeer(replace(PEER, added="")),
    ]
    assert store.apply(offered) == 0
    assert all_of(store) == before


@pytest.mark.parametrize(
    "change", [ch.AddDid(replace(DID, did="did:ipid:x")), ch.AddPeer(replace(PEER, did="did:ipid:x"))], ids=repr
)
def test_a_name_that_belongs_to_another_contradicts(store: WalletStore, change: ch.Change) -> None:
    before = all_of(store)
    with pytest.raises(StorageError, match="belongs to another DID"):
        store.apply([ch.AddPeer(PeerRow("good", "did:ipid:good", "")), change])
    assert all_of(store) == before
