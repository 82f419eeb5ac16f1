"""What changes the wallet queues a backup in the same transaction; what changes nothing, or fails, queues nothing."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet import backup_triggers
from ledger_recovery.wallet import changes as ch
from ledger_recovery.wallet import evm_changes as evm
from ledger_recovery.wallet.backup_model import Pending, Saved
from ledger_recovery.wallet.evm_model import EvmAccountRow
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    KeyStatus,
    WalletRow,
)
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import evm_rows, rows
from tests.unit.wallet.test_durability import failing
from tests.unit.wallet.test_vault import CHEAP, password

NEW_KEY = IdentityKey(rows.LEDGERS[0], None, 5)
BOOK_ENTRY = AddressBookRow(rows.address(8), "Alice")
OLD_ENTRY = AddressBookRow(rows.address(6), "a shop that closed")


def save_all(store: WalletStore) -> None:
    """As a worker does that uploads everything at once."""
    taken = store.backups().take()
    known = taken.state.saved
    generation = known.generation + 1 if known else 1
    assert store.backups().saved(Saved(generation, f"{generation:064x}", "2026-11-22T12:00:00Z"), taken.ticket)


def pending(store: WalletStore) -> Pending | None:
    return store.backups().state().pending


def put_secret(store: WalletStore, name: str, data: bytes, *, replace: bool = False) -> None:
    with store.vault(CHEAP).open_or_prepare(password()) as unlocked:
        store.apply([*unlocked.put("mobile-export", name, SecretBytes(data), replace=replace)])


@pytest.fixture(name="filled_wallet", scope="module")
def _filled_wallet(empty_wallet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with something in every table but `network`; to be copied, not opened."""
    path = Path(shutil.copy(empty_wallet, tmp_path_factory.mktemp("filled") / "wallet.db"))
    with WalletStore.open(path) as store:
        store.apply(rows.EVERYTHING[1:])
        store.apply(evm_rows.EVERYTHING)
        store.apply([ch.AddDid(rows.DID), ch.AddPeer(rows.PEER), ch.AddAddressBookEntry(OLD_ENTRY)])
        put_secret(store, "phone", b"first")
    return path


@pytest.fixture(name="filled")
def _filled(filled_wallet: Path, tmp_path: Path) -> Iterator[WalletStore]:
    with WalletStore.open(Path(shutil.copy(filled_wallet, tmp_path))) as store:
        yield store


@pytest.fixture(name="linked_wallet", scope="module")
def _linked_wallet(filled_wallet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with backups on, and everything saved."""
    path = Path(shutil.copy(filled_wallet, tmp_path_factory.mktemp("linked")))
    with WalletStore.open(path) as store:
        store.backups().link(rows.LINK)
        save_all(store)
        assert pending(store) is None
    return path


@pytest.fixture(name="linked")
def _linked(linked_wallet: Path, tmp_path: Path) -> Iterator[WalletStore]:
    with WalletStore.open(Path(shutil.copy(linked_wallet, tmp_path))) as store:
        yield store


APPLIED: dict[str, ch.Change] = {
    "network": ch.BindNetwork(rows.GENESIS),
    "Ledgers": ch.AddWallet(WalletRow("cc" * 32)),
    "identities": ch.AddIdentity(replace(rows.IDENTITY, key=NEW_KEY)),
    "identities merged": ch.MergeIdentity(replace(rows.IDENTITY, key=rows.PROVIDER_KEY, name="real")),
    "accounts": ch.AddAccount(AccountRow(rows.address(3), "third", rows.KEY, facts=rows.FACTS)),
    "accounts confirmed": ch.ConfirmAccount(rows.address(0)),
    "accounts refreshed": ch.RefreshAccount(rows.address(0), 3, rows.FACTS),
    "accounts merged": ch.MergeAccount(replace(rows.PLAIN_ACCOUNT, deployment_transaction_id="44" * 32)),
    "credentials": ch.AddCredential(CredentialRow(rows.cred_id("new"), rows.address(1), rows.PROVIDER_KEY, 7, 0)),
    "credentials refreshed": ch.RefreshCredential(rows.CREDENTIAL.cred_id, 4, False, KeyStatus.CAN_SIGN, None),
    "credentials merged": ch.MergeCredential(replace(rows.REMOVED_CREDENTIAL, randomness="{first}")),
    "co-holders": ch.AddExternalCredential(ExternalCredentialRow(rows.cred_id("another"), rows.address(1))),
    "co-holders merged": ch.MergeExternalCredential(
        ExternalCredentialRow(rows.cred_id("unnoted"), rows.address(1), "my brother")
    ),
    "address book": ch.AddAddressBookEntry(BOOK_ENTRY),
    "address book marked": ch.MarkOwnAddress(rows.BOOK_ENTRY.address),
    "address book merged": ch.MergeAddressBookEntry(replace(rows.OWN_BOOK_ENTRY, note="for the roof")),
    "DIDs": ch.AddDid(replace(rows.DID, name="second", did="did:ipid:second")),
    "peers": ch.AddPeer(replace(rows.PEER, name="second")),
    "EVM addresses": evm.AddEvmAccount(EvmAccountRow(evm_rows.text(3), "third")),
    "EVM addresses used": evm.UseEvmAccount(evm_rows.PLACEHOLDER.address),
    "EVM addresses named": evm.NameEvmAccount(evm_rows.PLACEHOLDER.address, evm_rows.PLACEHOLDER.name, "mine"),
    "derivation paths": evm.AddEvmPlace(evm_rows.place(1, "bip44")),
    "contract wallets": evm.AddEvmSmartAccount(replace(evm_rows.SMART, address=evm_rows.text(901))),
}


EVM_FACTS: tuple[ch.Change, ...] = (
    evm.RefreshEvmSighting(replace(evm_rows.SEEN_ABSENT, block_height=200)),
    evm.RefreshEvmHolding(replace(evm_rows.HELD, block_height=200)),
)


def rename_own(store: WalletStore) -> None:
    with store.address_book() as book:
        book.rename(rows.OWN_BOOK_ENTRY.address, "house")


def set_note(store: WalletStore) -> None:
    with store.address_book() as book:
        book.set_note(rows.BOOK_ENTRY.address, "Tuesdays")


def add_entry(store: WalletStore) -> None:
    with store.address_book() as book:
        book.add(rows.address(7), "Bob")


def remove_did(store: WalletStore) -> None:
    with store.contacts() as contacts:
        contacts.remove_did(rows.DID.name)


def remove_peer(store: WalletStore) -> None:
    with store.contacts() as contacts:
        contacts.remove_peer(rows.PEER.name)


def add_contacts(store: WalletStore) -> None:
    with store.contacts() as contacts:
        contacts.add_did(replace(rows.DID, name="third", did="did:ipid:third"))
        contacts.add_peer(replace(rows.PEER, name="third", did="did:ipid:third"))


def change_password(store: WalletStore) -> None:
    store.vault(CHEAP).change_password(password(), password("battery staple"))


Action = Callable[[WalletStore], object]


def word_of(name: str) -> str:
    """The word that the name of a case begins with."""
    return next(word for word in backup_triggers.BACKED_UP.values() if name.startswith(word))


def applying(change: ch.Change) -> Action:
    return lambda store: store.apply([change])


# What a person or the program does -> the words of the status line, and how many rows it changes.
ACTIONS: dict[str, tuple[Action, str, int]] = {
    **{name: (applying(change), word_of(name), 1) for name, change in APPLIED.items()},
    "an own account renamed": (rename_own, "address book, accounts", 2),
    "a note": (set_note, "address book", 1),
    "an entry added": (add_entry, "address book", 1),
    "an entry removed": (lambda store: store.remove_address(OLD_ENTRY.address), "address book", 1),
    "a secret put": (lambda store: put_secret(store, "tablet", b"second"), "vault", 1),
    "a secret replaced": (lambda store: put_secret(store, "phone", b"other", replace=True), "vault", 1),
    "vault password": (change_password, "vault", 1),
    "vault forgotten": (lambda store: store.vault(CHEAP).forget(), "vault", 2),
    "contacts added": (add_contacts, "DIDs, peers", 2),
    "a DID removed": (remove_did, "DIDs", 1),
    "a peer removed": (remove_peer, "peers", 1),
    "an import": (
        lambda store: store.apply([*APPLIED.values()]),
        ", ".join(dict.fromkeys(map(word_of, APPLIED))),
        len(APPLIED),
    ),
}


def test_every_kind_of_change_is_tried() -> None:
    kinds = {kind for part in get_args(ch.Change) for kind in (get_args(part) or (part,))}
    vault = {ch.CreateVault, ch.StoreSecret}
    facts = {type(change) for change in EVM_FACTS}
    assert {type(change) for change in APPLIED.values()} | vault | facts == kinds


def test_facts_that_the_chains_tell_again_queue_nothing(linked: WalletStore) -> None:
    assert linked.apply(EVM_FACTS) == len(EVM_FACTS)
    assert pending(linked) is None


@pytest.mark.parametrize(("do", "why", "count"), ACTIONS.values(), ids=ACTIONS.keys())
def test_a_change_queues_a_backup_and_says_why_and_one_that_fails_does_not(
    linked: WalletStore, do: Action, why: str, count: int
) -> None:
    before = linked.backups().take()
    with failing(linked, "commit", 0), pytest.raises(StorageError):
        do(linked)
    assert linked.backups().take() == before
    do(linked)
    found = pending(linked)
    assert found is not None
    assert (found.why, found.changes, found.ticket) == (why, count, before.ticket + count)
    assert found.since.endswith("Z") and len(found.since) == len("2026-11-22T12:00:00Z")


@pytest.mark.parametrize("hook", ["before_cursor_execute", "after_cursor_execute"])
def test_whichever_statement_of_an_import_fails_nothing_is_queued(linked: WalletStore, hook: str) -> None:
    before = linked.backups().take()
    for passes in range(0, 1000, 3):
        with failing(linked, hook, passes):
            try:
                linked.apply([*APPLIED.values()])
            except StorageError:
                failed = True
            else:
                failed = False
        if not failed:
            break
        assert linked.backups().take() == before
    assert passes > len(APPLIED)


def test_while_backups_are_off_nothing_is_queued(filled: WalletStore) -> None:
    for do, _, _ in ACTIONS.values():
        do(filled)
    assert filled.backups().take().ticket == 0 and pending(filled) is None


def test_after_they_were_switched_off_nothing_is_queued(linked: WalletStore) -> None:
    linked.backups().unlink()
    for do, _, _ in ACTIONS.values():
        do(linked)
    assert pending(linked) is None and not linked.backups().request("now")


UNCHANGED: dict[str, Action] = {
    "applied again": lambda store: store.apply([*rows.EVERYTHING[1:], ch.AddDid(rows.DID), ch.AddPeer(rows.PEER)]),
    "facts of a newer block": lambda store: store.apply(
        [ch.RefreshAccount(rows.address(1), 1, replace(rows.FACTS, balance=7))]
    ),
    "named as before": lambda store: store.apply([ch.MergeAddressBookEntry(rows.BOOK_ENTRY)]),
    "read": lambda store: (store.snapshot(), store.vault(CHEAP).status(), store.integrity_check()),
}


@pytest.mark.parametrize("do", UNCHANGED.values(), ids=UNCHANGED.keys())
def test_what_changes_nothing_of_a_persons_queues_nothing(linked: WalletStore, do: Action) -> None:
    do(linked)
    assert pending(linked) is None


def test_commands_that_are_taken_back_queue_nothing(linked: WalletStore) -> None:
    with pytest.raises(InputError), linked.address_book() as book:
        book.add(rows.address(7), "Bob")
        book.remove(rows.address(9))
    with pytest.raises(InputError), linked.contacts() as contacts:
        contacts.remove_peer(rows.PEER.name)
        contacts.remove_did("nobody")
    assert pending(linked) is None


def test_rows_that_another_program_deletes_are_queued_too(linked: WalletStore) -> None:
    raw = sqlite3.connect(linked.path)
    raw.execute("DELETE FROM vault_items")
    raw.execute("INSERT OR REPLACE INTO address_book SELECT * FROM address_book")
    raw.commit()
    raw.close()
    found = pending(linked)
    assert found is not None and (found.why, found.changes) == ("vault, address book", 4)


KILLED_SOONER_OR_LATER = """
import sys
from pathlib import Path
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows
with WalletStore.open(Path(sys.argv[1])) as store:
    for number in range(10_000):
        with store.address_book() as book:
            book.add(rows.address(100 + number), "somebody")
        print(number, flush=True)
"""


@pytest.mark.parametrize("answered", [1, 20])
def test_a_killed_program_leaves_no_change_without_its_place_in_the_queue(
    store: WalletStore, wallet_path: Path, answered: int
) -> None:
    store.backups().link(rows.LINK)
    save_all(store)
    command = [sys.executable, "-c", KILLED_SOONER_OR_LATER, str(wallet_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        for _ in range(answered):
            assert program.stdout.readline()
        program.send_signal(signal.SIGKILL)
    taken = store.backups().take()
    assert taken.pending is not None
    assert taken.pending.changes == len(taken.snapshot.address_book) >= answered
