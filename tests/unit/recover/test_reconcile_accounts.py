"""The reconciler: accounts of ours and their address book entries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain.concordium.account import CredentialKind, Stake, StakeKind
from ledger_recovery.derive.address import decode_address, encode_address
from ledger_recovery.recover.reconcile import Reconciliation, reconcile
from ledger_recovery.recover.reconcile.naming import account_name
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddAddressBookEntry,
    AddCredential,
    ConfirmAccount,
    MarkOwnAddress,
    RefreshAccount,
    RefreshCredential,
)
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    AccountStatus,
    AddressBookRow,
    IdentityKey,
    WalletSnapshot,
)
from tests.support.cells import account, cell_key
from tests.support.reconciling import (
    EMPTY,
    STRANGER,
    changes_of,
    codes,
    hit,
    run,
    wallet_after,
    with_account,
)
from tests.support.recover_strategies import ONE, own_id


def test_a_new_account_is_named_by_its_first_eight_characters() -> None:
    key = cell_key(0, 0)
    holder = account([own_id(ONE, key)])
    address = encode_address(holder.address)
    (added,) = changes_of(AddAccount, EMPTY, run(hit(key, holder)))
    assert isinstance(added, AddAccount) and added.row.address == address
    assert added.row.name == address[:8] and added.row.status is AccountStatus.CONFIRMED
    assert added.row.facts is not None and (added.row.facts.balance, added.row.facts.block_height) == (5_000_000, 100)


def test_a_new_account_takes_its_name_from_the_address_book() -> None:
    key = cell_key(0, 0)
    address = encode_address(account([own_id(ONE, key)]).address)
    snapshot = WalletSnapshot(address_book=(AddressBookRow(address, "rent", "from Ann"),))
    (added,) = changes_of(AddAccount, snapshot, run(hit(key)))
    assert isinstance(added, AddAccount) and added.row.name == "rent"
    assert changes_of(MarkOwnAddress, snapshot, run(hit(key))) == [MarkOwnAddress(address)]
    assert changes_of(AddAddressBookEntry, snapshot, run(hit(key))) == []


def test_an_alias_in_the_address_book_is_the_same_account() -> None:
    key = cell_key(0, 0)
    alias = encode_address(account([own_id(ONE, key)]).address[:29] + b"\x01\x02\x03")
    snapshot = WalletSnapshot(address_book=(AddressBookRow(alias, "rent"),))
    assert changes_of(MarkOwnAddress, snapshot, run(hit(key))) == [MarkOwnAddress(alias)]
    assert changes_of(AddAddressBookEntry, snapshot, run(hit(key))) == []


def test_a_blank_address_book_name_names_nothing() -> None:
    assert account_name("3abcdefghij", AddressBookRow("3abcdefghij", " ")) == "3abcdefg"


def test_a_new_account_enters_the_address_book_as_own() -> None:
    key = cell_key(0, 0)
    address = encode_address(account([own_id(ONE, key)]).address)
    entry = AddressBookRow(address, address[:8], "Recovered account", read_only=True)
    assert changes_of(AddAddressBookEntry, EMPTY, run(hit(key))) == [AddAddressBookEntry(entry)]


def test_a_shared_account_is_claimed_once_by_the_lowest_credential_index() -> None:
    late, early = cell_key(0, 3), cell_key(5, 0)
    holder = account([STRANGER, own_id(ONE, early), own_id(ONE, late)])
    (added,) = changes_of(AddAccount, EMPTY, run(hit(late, holder), hit(early, holder)))
    assert isinstance(added, AddAccount) and added.row.identity == IdentityKey(ONE, None, 5)
    assert len(changes_of(AddCredential, EMPTY, run(hit(late, holder), hit(early, holder)))) == 2


def test_the_identity_of_an_existing_account_stays() -> None:
    late, early = cell_key(0, 3), cell_key(5, 0)
    holder = account([own_id(ONE, early), own_id(ONE, late)])
    first = wallet_after(run(hit(late, holder)))
    second = wallet_after(run(hit(late, holder), hit(early, holder)), first)
    assert [a.identity.index for a in second.accounts] == [0]


@pytest.mark.parametrize(
    ("kind", "counter", "initial"),
    [(CredentialKind.INITIAL, 0, True), (CredentialKind.NORMAL, 0, False), (CredentialKind.UNKNOWN, 0, False)],
)
def test_initial_is_what_the_chain_says_not_counter_0(kind: CredentialKind, counter: int, initial: bool) -> None:
    key = cell_key(0, counter)
    holder = account([own_id(ONE, key)])
    holder = replace(holder, credentials=(replace(holder.credentials[0], kind=kind),))
    (added,) = changes_of(AddAccount, EMPTY, run(hit(key, holder)))
    assert isinstance(added, AddAccount) and added.row.is_initial is initial


def test_a_later_credential_of_ours_on_a_strangers_initial_account_is_not_initial() -> None:
    key = cell_key(0, 1)
    holder = account([STRANGER, own_id(ONE, key)])
    strangers = replace(holder.credentials[0], kind=CredentialKind.INITIAL)
    holder = replace(holder, credentials=(strangers, holder.credentials[1]))
    (added,) = changes_of(AddAccount, EMPTY, run(hit(key, holder)))
    assert isinstance(added, AddAccount) and not added.row.is_initial


def test_a_pending_account_that_is_on_chain_is_confirmed() -> None:
    found = run(hit(cell_key(0, 0)))
    snapshot = with_account(found, status=AccountStatus.PENDING)
    assert reconcile(snapshot, found).changes == (ConfirmAccount(snapshot.accounts[0].address),)


def test_a_rejected_account_that_is_on_chain_is_told() -> None:
    found = run(hit(cell_key(0, 0)))
    assert codes(with_account(found, status=AccountStatus.REJECTED), found) == ["account-rejected"]


@pytest.mark.parametrize(
    ("height", "refreshed"),
    [(99, False), (100, True), (101, True)],
    ids=["older block", "same block", "newer block"],
)
def test_changed_facts_are_refreshed_unless_the_block_is_older(height: int, refreshed: bool) -> None:
    key = cell_key(0, 0)
    snapshot = wallet_after(run(hit(key)))
    richer = run(hit(key, account([own_id(ONE, key)], amount=6)), height=height)
    found = changes_of(RefreshAccount, snapshot, richer)
    assert [c.facts.balance for c in found if isinstance(c, RefreshAccount)] == ([6] if refreshed else [])


def test_an_unchanged_account_at_a_newer_block_is_not_touched() -> None:
    key = cell_key(0, 0)
    assert reconcile(wallet_after(run(hit(key))), run(hit(key), height=200)).changes == ()


def test_a_changed_threshold_is_refreshed() -> None:
    key = cell_key(0, 0)
    stricter = replace(account([own_id(ONE, key)]), threshold=2)
    (change,) = changes_of(RefreshAccount, wallet_after(run(hit(key))), run(hit(key, stricter)))
    assert isinstance(change, RefreshAccount) and change.signature_threshold == 2


def test_an_account_that_was_lost_by_removal_is_told_and_kept() -> None:
    key = cell_key(0, 1)
    shared = account([STRANGER, own_id(ONE, key)])
    snapshot = wallet_after(run(hit(key, shared)))
    found = run(hit(key, account([STRANGER])), height=101)
    assert codes(snapshot, found) == ["account-lost"]
    assert [type(c) for c in reconcile(snapshot, found).changes] == [RefreshCredential]
    assert len(wallet_after(found, snapshot).accounts) == 1


def test_an_account_that_another_credential_still_controls_is_not_lost() -> None:
    gone, kept = cell_key(0, 1), cell_key(0, 2)
    snapshot = wallet_after(run(hit(gone, account([STRANGER, own_id(ONE, gone), own_id(ONE, kept)]))))
    holder = account([STRANGER, own_id(ONE, kept)])
    assert codes(snapshot, run(hit(gone, holder), hit(kept, holder))) == []


def test_an_existing_account_row_alone_is_enough_for_its_book_entry() -> None:
    key = cell_key(0, 0)
    address = encode_address(account([own_id(ONE, key)]).address)
    snapshot = WalletSnapshot(accounts=(AccountRow(address, "savings", IdentityKey(ONE, None, 0)),))
    (entry,) = changes_of(AddAddressBookEntry, snapshot, run(hit(key)))
    assert isinstance(entry, AddAddressBookEntry) and entry.row.name == "savings"


def test_a_stored_credential_that_was_removed_too_does_not_keep_an_account() -> None:
    gone, gone_before = cell_key(0, 1), cell_key(0, 2)
    shared = account([STRANGER, own_id(ONE, gone), own_id(ONE, gone_before)])
    snapshot = wallet_after(run(hit(gone, shared), hit(gone_before, shared)))
    holder = account([STRANGER])
    snapshot = wallet_after(run(hit(gone_before, holder)), snapshot)
    assert codes(snapshot, run(hit(gone, holder))) == ["account-lost"]


def test_of_an_address_and_its_alias_the_entry_marked_as_own_counts() -> None:
    key = cell_key(0, 0)
    address = encode_address(account([own_id(ONE, key)]).address)
    alias = encode_address(account([own_id(ONE, key)]).address[:29] + b"\x01\x02\x03")
    book = (AddressBookRow(alias, "rent"), AddressBookRow(address, "own", read_only=True))
    for order in (book, book[::-1]):
        assert changes_of(MarkOwnAddress, WalletSnapshot(address_book=order), run(hit(key))) == []


def test_an_account_stored_under_an_alias_is_the_same_account() -> None:
    found = run(hit(cell_key(0, 0)))
    snapshot = wallet_after(found)
    alias = encode_address(decode_address(snapshot.accounts[0].address)[:29] + b"\x01\x02\x03")
    imported = replace(
        snapshot,
        accounts=(replace(snapshot.accounts[0], address=alias),),
        credentials=(replace(snapshot.credentials[0], account_address=alias),),
        address_book=(replace(snapshot.address_book[0], address=alias),),
    )
    assert reconcile(imported, found) == Reconciliation((), ())


def test_the_facts_of_an_account_are_those_of_the_block() -> None:
    key = cell_key(0, 0)
    holder = replace(
        account([own_id(ONE, key)], index=11, amount=100),
        at_disposal=90,
        locked=8,
        in_cooldown=7,
        stake=Stake(StakeKind.DELEGATOR, 6, 5),
    )
    (added,) = changes_of(AddAccount, EMPTY, run(hit(key, holder), height=42))
    assert isinstance(added, AddAccount)
    assert added.row.facts == AccountFacts(
        block_height=42,
        account_index=11,
        balance=100,
        at_disposal=90,
        staked=6,
        locked=8,
        in_cooldown=7,
        stake_kind="delegator",
        stake_target=5,
    )
