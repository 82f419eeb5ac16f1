"""The promise itself: in whatever order things happen, a change is in the newest backup or it is queued."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet import changes as ch
from ledger_recovery.wallet.backup_model import Taken
from ledger_recovery.wallet.model import AddressBookRow
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows
from tests.unit.wallet.test_backups import FAILING, saved


@dataclass(frozen=True)
class Bundled:
    """What a worker took, and of which beginning (link or Box) it was."""

    taken: Taken
    beginning: int


class Interleaved(RuleBasedStateMachine):
    """A person, two workers, and a Box whose answers come in any order or never."""

    empty_wallet: Path
    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        path = Path(shutil.copy(self.empty_wallet, self.directory.name))
        self.store = WalletStore.open(path)
        self.room = self.store.backups()
        self.number = self.generation = self.told = self.beginning = self.ticket = 0
        self.pin = 0
        self.linked = False
        self.newest: Taken | None = None

    @initialize()
    def begin(self) -> None:
        self.link()

    @rule(count=st.integers(1, 3))
    def change(self, count: int) -> None:
        entries = [AddressBookRow(f"address {self.number + index}", "name") for index in range(count)]
        self.number += count
        self.store.apply([ch.AddAddressBookEntry(entry) for entry in entries])

    @rule()
    def change_that_fails(self) -> None:
        with pytest.raises(StorageError):
            self.store.apply([ch.AddAddressBookEntry(AddressBookRow("x", "x")), ch.MarkOwnAddress("nowhere")])

    @rule()
    def request(self) -> None:
        assert self.room.request("now") == self.linked

    @rule(target=taken)
    def take(self) -> Bundled:
        return Bundled(self.room.take(), self.beginning)

    @rule(bundle=taken)
    def upload_and_tell(self, bundle: Bundled) -> None:
        self.generation += 1
        counted = self.room.saved(saved(self.generation), bundle.taken.ticket)
        assert counted == (self.linked and bundle.beginning == self.beginning)
        if counted:
            self.newest, self.told = bundle.taken, self.generation

    @rule(bundle=taken)
    def told_late(self, bundle: Bundled) -> None:
        """Of a generation that a newer one has followed already."""
        if self.newest is not None and self.told > 1:
            self.room.saved(saved(self.told - 1), bundle.taken.ticket)

    @rule()
    def link(self) -> None:
        self.room.link(rows.LINK)
        self.linked, self.newest = True, None
        self.beginning += 1

    @rule()
    def unlink(self) -> None:
        self.room.unlink()
        self.linked, self.newest = False, None
        self.beginning += 1

    @rule()
    def pair_another_box(self) -> None:
        self.pin += 1
        self.room.pair(replace(rows.BOX, pin=f"{self.pin:064x}"))
        if self.linked:
            self.newest = None
            self.beginning += 1

    @rule()
    def fail(self) -> None:
        assert self.room.failed(FAILING) == self.linked

    @invariant()
    def nothing_is_lost(self) -> None:
        now = self.room.take()
        assert now.ticket >= self.ticket
        self.ticket = now.ticket
        if not self.linked:
            assert now.pending is None
        elif now.pending is None:
            assert self.newest is not None and self.newest.snapshot == now.snapshot
        elif self.newest is not None:
            assert now.pending.changes == now.ticket - self.newest.ticket
        if self.newest is not None and self.newest.ticket == now.ticket:
            assert now.pending is None

    def teardown(self) -> None:
        self.store.close()
        self.directory.cleanup()


def test_no_order_of_events_loses_a_change(empty_wallet: Path) -> None:
    class Here(Interleaved):
        pass

    Here.empty_wallet = empty_wallet
    few = settings(max_examples=15, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(Here, settings=few)
