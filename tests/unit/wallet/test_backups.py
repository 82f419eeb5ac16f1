"""The wallet's side of its backups: Box and link, what was saved, seen and failed, and the tickets between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.errors import StorageError
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet import changes as ch
from ledger_recovery.wallet.backup_model import (
    BackupCounts,
    BackupState,
    Failing,
    Pending,
    Saved,
    Seen,
    Taken,
)
from ledger_recovery.wallet.backups import BackupRoom
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows
from tests.unit.wallet.test_durability import failing
from tests.unit.wallet.test_vault import CHEAP, password

COUNTS = BackupCounts(1, 2, 3, 4, 5, 6, 7)
AT = "2026-11-22T12:00:00Z"
FAILING = Failing(AT, "box", "the Box does not answer", 3, "2026-11-22T12:05:00Z")
OTHER_BOX = replace(rows.BOX, pin="b1" * 32, name="another")


def saved(generation: int = 1) -> Saved:
    return Saved(generation, f"{generation:064x}", AT, COUNTS)


def as_seen(generation: int) -> Seen:
    return Seen(generation, f"{generation:064x}")


@pytest.fixture(name="room")
def _room(store: WalletStore) -> BackupRoom:
    """Of a wallet that is paired, with backups on."""
    room = store.backups()
    room.pair(rows.BOX)
    room.link(rows.LINK)
    return room


def test_a_new_wallet_knows_nothing_of_backups(store: WalletStore) -> None:
    room = store.backups()
    assert room.state() == BackupState()
    assert room.take() == Taken(WalletSnapshot(), None, (), (), None, BackupState(), 0)
    assert not room.request("now") and not room.failed(FAILING) and not room.saved(saved(), 0)
    assert room.state() == BackupState()


def test_box_and_link_come_back_as_they_went_in(room: BackupRoom, store: WalletStore) -> None:
    store.close()
    with WalletStore.open(store.path) as reopened:
        state = reopened.backups().state()
    assert (state.box, state.link) == (rows.BOX, rows.LINK)
    assert state.pending is not None and state.pending.why == "backups enabled" and state.pending.changes == 1


def test_what_is_taken_is_all_that_the_wallet_holds(room: BackupRoom, store: WalletStore) -> None:
    store.apply([*rows.EVERYTHING, ch.AddDid(rows.DID), ch.AddPeer(rows.PEER)])
    with store.vault(CHEAP).open_or_prepare(password()) as unlocked:
        store.apply([*unlocked.put("mobile-export", "phone", SecretBytes(b"one"))])
    with store.vault(CHEAP).unlock(password()) as unlocked:
        store.apply([*unlocked.put("mobile-export", "a tablet", SecretBytes(b"two"))])
    taken = room.take()
    assert taken.snapshot == store.snapshot()
    assert (taken.dids, taken.peers) == ((rows.DID,), (rows.PEER,))
    assert taken.vault is not None
    _, items = taken.vault
    assert [item.name for item in items] == ["a tablet", "phone"]
    assert taken.state == room.state() and taken.pending == taken.state.pending
    assert taken.pending is not None and taken.ticket == taken.pending.ticket


def test_what_was_taken_makes_the_same_wallet_elsewhere(room: BackupRoom, store: WalletStore, tmp_path: Path) -> None:
    with store.vault(CHEAP).open_or_prepare(password()) as unlocked:
        store.apply([*rows.EVERYTHING, *unlocked.put("mobile-export", "phone", SecretBytes(b"one"))])
    store.apply([ch.AddDid(rows.DID), ch.AddPeer(rows.PEER)])
    taken = room.take()
    assert taken.vault is not None
    header, items = taken.vault
    with WalletStore.create(tmp_path / "other.db") as other:
        changes: list[ch.Change] = [*rows.EVERYTHING, ch.CreateVault(header), *map(ch.StoreSecret, items)]
        other.apply([*changes, *map(ch.AddDid, taken.dids), *map(ch.AddPeer, taken.peers)])
        again = other.backups().take()
    assert (again.snapshot, again.vault, again.dids, again.peers) == (
        taken.snapshot,
        taken.vault,
        taken.dids,
        taken.peers,
    )


def test_all_saved_leaves_nothing_queued_and_nothing_failing(room: BackupRoom) -> None:
    assert room.failed(FAILING)
    assert room.state().failing == FAILING
    assert room.saved(saved(), room.take().ticket)
    state = room.state()
    assert (state.saved, state.seen, state.pending, state.failing) == (saved(), as_seen(1), None, None)


def test_what_changed_while_the_backup_was_made_stays_queued(room: BackupRoom, store: WalletStore) -> None:
    taken = room.take()
    store.apply([ch.AddPeer(rows.PEER), ch.AddDid(rows.DID)])
    assert room.saved(saved(), taken.ticket)
    pending = room.state().pending
    assert pending is not None and (pending.changes, pending.ticket) == (2, taken.ticket + 2)
    assert room.saved(saved(2), pending.ticket)
    assert room.state().pending is None


def test_the_older_of_two_uploads_that_ends_up_as_the_newest_generation_is_queued_again(
    room: BackupRoom, store: WalletStore
) -> None:
    older = room.take()
    store.apply([ch.AddPeer(rows.PEER)])
    newer = room.take()
    assert room.saved(saved(1), newer.ticket) and room.state().pending is None
    assert room.saved(saved(2), older.ticket)
    state = room.state()
    assert state.saved == saved(2)
    assert state.pending == Pending(AT, "changes that the newest backup lacks", 1, newer.ticket)


def test_a_late_word_of_an_older_generation_changes_nothing(room: BackupRoom, store: WalletStore) -> None:
    older = room.take()
    store.apply([ch.AddPeer(rows.PEER)])
    assert room.saved(saved(2), older.ticket)
    before = room.state()
    assert room.saved(saved(1), room.take().ticket)
    assert room.state() == before and before.pending is not None


def test_a_backup_of_a_copy_that_knew_more_does_not_count_and_another_one_is_queued(room: BackupRoom) -> None:
    """The wallet file was put back from a copy that somebody had made, and a worker remembers the later one."""
    ticket = room.take().ticket
    room.saved(saved(), ticket)
    assert not room.saved(saved(2), ticket + 5)
    state = room.state()
    assert (state.saved, state.seen) == (saved(), as_seen(1))
    assert state.pending is not None and (state.pending.changes, state.pending.ticket) == (1, ticket + 1)


def test_a_request_is_queued_like_a_change(room: BackupRoom) -> None:
    room.saved(saved(), room.take().ticket)
    assert room.request("asked for") and room.request("asked for") and room.request("w" * 1000)
    pending = room.state().pending
    assert pending is not None and (pending.why, pending.changes) == ("asked for, " + "w" * 40, 3)


def test_reasons_that_never_end_have_an_end(room: BackupRoom) -> None:
    for number in range(40):
        room.request(f"reason number {number}")
    pending = room.state().pending
    assert pending is not None and len(pending.why) == 400 and pending.changes == 41


@pytest.mark.parametrize("sentence", ["no answer", "n" * 5000], ids=len)
def test_the_newest_failure_is_kept_in_bounds(room: BackupRoom, sentence: str) -> None:
    room.failed(FAILING)
    room.failed(replace(FAILING, attempts=4, sentence=sentence))
    assert room.state().failing == replace(FAILING, attempts=4, sentence=sentence[:1000])


def test_switching_off_keeps_only_what_was_seen(room: BackupRoom) -> None:
    room.saved(saved(4), room.take().ticket)
    room.request("now")
    room.failed(FAILING)
    room.unlink()
    assert room.state() == BackupState(box=rows.BOX)
    assert room.seen(rows.LINK.backup_id) == as_seen(4)
    room.unlink()
    room.unpair()
    assert room.state() == BackupState()


def off_and_on(room: BackupRoom) -> None:
    room.unlink()
    room.link(rows.LINK)


def no_box_and_the_same_again(room: BackupRoom) -> None:
    room.unpair()
    room.pair(rows.BOX)


LATER: dict[str, Callable[[BackupRoom], None]] = {
    "another ID": lambda room: room.link(replace(rows.LINK, backup_id="b" * 52)),
    "the same ID again": lambda room: room.link(rows.LINK),
    "off and on": off_and_on,
    "another Box": lambda room: room.pair(OTHER_BOX),
    "a Box after none": no_box_and_the_same_again,
}


@pytest.mark.parametrize("do", LATER.values(), ids=LATER.keys())
def test_what_was_taken_before_a_new_beginning_does_not_count_after_it(
    room: BackupRoom, do: Callable[[BackupRoom], None]
) -> None:
    taken = room.take()
    room.saved(saved(), taken.ticket)
    do(room)
    state = room.state()
    assert state.saved is None and state.failing is None
    assert state.pending is not None and state.pending.changes == 1 and state.pending.ticket == taken.ticket + 1
    assert not room.saved(saved(2), taken.ticket)
    assert room.state() == state
    assert room.saved(saved(2), state.pending.ticket) and room.state().pending is None


def test_the_same_box_at_another_address_changes_nothing_else(room: BackupRoom) -> None:
    room.saved(saved(), room.take().ticket)
    before = room.state()
    moved = replace(rows.BOX, url="https://192.0.2.7:4433", certificate=b"renewed")
    room.pair(moved)
    assert room.state() == replace(before, box=moved)


def test_what_was_seen_only_goes_forward(room: BackupRoom) -> None:
    other = "c" * 52
    assert room.seen(other) is None
    assert room.saw(other, as_seen(3)) and room.saw(other, as_seen(3)) and room.saw(other, as_seen(5))
    assert not room.saw(other, as_seen(4)) and not room.saw(other, Seen(5, "ff" * 32))
    assert room.seen(other) == as_seen(5)
    assert room.state().seen is None


@pytest.mark.parametrize("seen", [Seen(0, "00" * 32), Seen(1, "not hex"), Seen(1, "AA" * 32)], ids=str)
def test_what_cannot_be_a_generation_is_not_stored(room: BackupRoom, seen: Seen) -> None:
    with pytest.raises(StorageError):
        room.saw(rows.LINK.backup_id, seen)
    with pytest.raises(StorageError):
        room.saved(Saved(seen.generation, seen.digest, AT), room.take().ticket)
    state = room.state()
    assert (state.seen, state.saved) == (None, None) and state.pending is not None


STEPS: dict[str, Callable[[BackupRoom], object]] = {
    "pair": lambda room: room.pair(OTHER_BOX),
    "unpair": lambda room: room.unpair(),
    "link": lambda room: room.link(replace(rows.LINK, backup_id="b" * 52)),
    "unlink": lambda room: room.unlink(),
    "saved": lambda room: room.saved(saved(2), 2),
    "saw": lambda room: room.saw(rows.LINK.backup_id, as_seen(9)),
    "failed": lambda room: room.failed(replace(FAILING, attempts=9)),
    "request": lambda room: room.request("now"),
}


@pytest.mark.parametrize("hook", ["before_cursor_execute", "after_cursor_execute", "commit"])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_each_step_is_done_as_a_whole_or_not_at_all(
    room: BackupRoom, store: WalletStore, hook: str, step: Callable[[BackupRoom], object]
) -> None:
    room.saved(saved(), room.take().ticket)
    room.failed(FAILING)
    room.request("before")
    before = room.take()
    for passes in range(100):
        with failing(store, hook, passes):
            try:
                step(room)
            except StorageError:
                failed = True
            else:
                failed = False
        if not failed:
            break
        assert room.take() == before
    assert passes > 0
    assert room.take() != before
