"""Snapshots and changes: every row comes back as it went in, and applying means what the reference says."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddCredential,
    AddExternalCredential,
    AddIdentity,
    AddWallet,
    BindNetwork,
    Change,
    ConfirmAccount,
    MarkOwnAddress,
    MergeAccount,
    MergeAddressBookEntry,
    MergeCredential,
    MergeExternalCredential,
    MergeIdentity,
    RefreshAccount,
    RefreshCredential,
)
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    KeyStatus,
    WalletRow,
    WalletSnapshot,
)
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows, strategies
from tests.unit.wallet.reference import ContradictionError, ReferenceWallet


def test_a_new_wallet_is_empty(store: WalletStore) -> None:
    assert store.snapshot() == WalletSnapshot()
    assert store.apply([]) == 0


def test_every_row_comes_back_as_it_went_in(store: WalletStore, wallet_path: Path) -> None:
    expected, count = ReferenceWallet().after(rows.EVERYTHING)
    assert store.apply(rows.EVERYTHING) == count == len(rows.EVERYTHING)
    assert store.snapshot() == expected.snapshot()
    store.close()
    with WalletStore.open(wallet_path) as reopened:
        assert reopened.snapshot() == expected.snapshot()
        assert reopened.integrity_check() == ()


def test_applying_again_changes_nothing(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    assert store.apply(rows.EVERYTHING) == 0
    assert store.snapshot() == before


@settings(max_examples=30, deadline=None)
@given(transactions=strategies.TRANSACTIONS, founded=st.sampled_from([True, True, False]))
def test_applying_means_what_the_reference_says(
    empty_wallet: Path, transactions: list[list[Change]], founded: bool
) -> None:
    """Each transaction as a whole: the same state and count, or the same refusal and the state before."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(shutil.copy(empty_wallet, directory))
        with WalletStore.open(path) as store:
            reference = ReferenceWallet()
            for changes in [list(strategies.FOUNDATION)] * founded + transactions:
                try:
                    reference, count = reference.after(changes)
                except ContradictionError:
                    with pytest.raises(StorageError):
                        store.apply(changes)
                else:
                    assert store.apply(changes) == count
                assert store.snapshot() == reference.snapshot()
            assert store.integrity_check() == ()


def test_the_order_of_a_snapshot_does_not_depend_on_history(store: WalletStore) -> None:
    wallets = [AddWallet(WalletRow(ledger)) for ledger in reversed(rows.LEDGERS)]
    keys = itertools.product(rows.LEDGERS, (None, 0, 2, 10), (0, 2, 10))
    identities = [AddIdentity(IdentityRow(IdentityKey(*key), "n", IdentityStatus.PENDING, 1)) for key in keys]
    store.apply([*wallets, *reversed(identities)])
    assert [row.key for row in store.snapshot().identities] == [change.row.key for change in identities]


def test_nothing_a_person_has_is_overwritten(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    placeholder = IdentityRow(rows.KEY, "Recovered: Index 0", IdentityStatus.RECOVERED, 1)
    facts = replace(rows.FACTS, balance=1)
    again = replace(rows.PLAIN_ACCOUNT, address=rows.ACCOUNT.address, name="4HDxpm6a", facts=facts)
    assert store.apply([AddIdentity(placeholder), AddAccount(again)]) == 0
    assert store.snapshot() == before


def refreshed(**changed: Any) -> RefreshCredential:
    """What the chain says of CREDENTIAL, with some of it changed."""
    same = rows.CREDENTIAL
    known = {name: getattr(same, name) for name in ("cred_id", "credential_index", "removed", "key_status", "policy")}
    return RefreshCredential(**{**known, **changed})


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (RefreshAccount(rows.address(0), 2, rows.FACTS), 0),
        (RefreshAccount(rows.address(0), 3, rows.FACTS), 1),
        (RefreshAccount(rows.address(0), 2, replace(rows.FACTS, balance=7)), 1),
        (RefreshAccount(rows.address(0), 2, replace(rows.FACTS, at_disposal=7)), 1),
        (RefreshAccount(rows.address(1), 1, rows.FACTS), 1),
        (refreshed(), 0),
        (refreshed(policy="another"), 0),
        (refreshed(credential_index=None), 1),
        (refreshed(credential_index=4), 1),
        (refreshed(key_status=KeyStatus.KEYS_CHANGED), 1),
        (MarkOwnAddress(rows.OWN_BOOK_ENTRY.address), 0),
        (MarkOwnAddress(rows.BOOK_ENTRY.address), 1),
        (ConfirmAccount(rows.address(0)), 1),
        (ConfirmAccount(rows.address(1)), 0),
        (MergeIdentity(rows.IDENTITY), 0),
        (MergeIdentity(replace(rows.IDENTITY, key=rows.PROVIDER_KEY)), 1),
        (MergeAccount(rows.ACCOUNT), 0),
        (MergeAccount(replace(rows.ACCOUNT, identity=rows.PROVIDER_KEY)), 0),
        (MergeAccount(replace(rows.ACCOUNT, status=AccountStatus.CONFIRMED)), 1),
        (MergeAccount(replace(rows.PLAIN_ACCOUNT, facts=rows.FACTS)), 1),
        (MergeAccount(replace(rows.PLAIN_ACCOUNT, address=rows.address(1, alias=5), self_amounts="a6")), 1),
        (MergeCredential(replace(rows.CREDENTIAL, randomness="{another}")), 0),
        (MergeCredential(replace(rows.REMOVED_CREDENTIAL, randomness="{first}")), 1),
        (MergeExternalCredential(rows.EXTERNAL), 0),
        (MergeExternalCredential(ExternalCredentialRow(rows.cred_id("unnoted"), rows.address(1), "first")), 1),
        (MergeAddressBookEntry(rows.BOOK_ENTRY), 0),
        (MergeAddressBookEntry(replace(rows.OWN_BOOK_ENTRY, note="first")), 1),
    ],
)
def test_each_single_difference_is_stored_and_counted_once(store: WalletStore, change: Change, count: int) -> None:
    store.apply(rows.EVERYTHING)
    expected, _ = ReferenceWallet().after([*rows.EVERYTHING, change])
    assert store.apply([change]) == count
    assert store.snapshot() == expected.snapshot()
    assert store.apply([change]) == 0


def test_an_alias_is_the_same_account(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    alias = rows.address(0, alias=7)
    assert alias != rows.ACCOUNT.address
    assert store.apply([AddAccount(replace(rows.ACCOUNT, address=alias))]) == 0
    assert store.apply([ConfirmAccount(alias)]) == 1
    assert store.snapshot().accounts[0].status is AccountStatus.CONFIRMED


def test_older_facts_do_not_replace_newer_ones(store: WalletStore) -> None:
    store.apply([*rows.EVERYTHING, RefreshAccount(rows.address(1), 3, replace(rows.FACTS, block_height=20))])
    before = store.snapshot()
    assert store.apply([RefreshAccount(rows.address(1), 1, replace(rows.FACTS, block_height=19))]) == 0
    assert store.snapshot() == before


def test_a_known_policy_is_kept_and_an_unknown_one_filled(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    known, unknown = rows.CREDENTIAL.cred_id, rows.REMOVED_CREDENTIAL.cred_id
    store.apply([RefreshCredential(cred_id, None, True, KeyStatus.KEYS_CHANGED, "{}") for cred_id in (known, unknown)])
    policies = {row.cred_id: row.policy for row in store.snapshot().credentials}
    assert policies == {known: rows.CREDENTIAL.policy, unknown: "{}"}


OTHER_LEDGER = IdentityKey("cc" * 32, None, 0)
OTHER_INDEX = IdentityKey(rows.LEDGERS[0], None, 1)
CONTRADICTIONS: dict[str, Change] = {
    "other network": BindNetwork("00" * 32),
    "unknown Ledger": AddIdentity(replace(rows.IDENTITY, key=OTHER_LEDGER)),
    "a provider that means none": AddIdentity(replace(rows.IDENTITY, key=IdentityKey(rows.LEDGERS[0], -1, 0))),
    "unknown identity of an account": AddAccount(AccountRow(rows.address(3), "n", OTHER_INDEX)),
    "unknown identity of a credential": AddCredential(replace(rows.CREDENTIAL, identity=OTHER_INDEX)),
    "credential of another account": AddCredential(replace(rows.CREDENTIAL, account_address=rows.address(1))),
    "credential of another identity": AddCredential(replace(rows.CREDENTIAL, identity=rows.PROVIDER_KEY)),
    "credential of another counter": AddCredential(replace(rows.CREDENTIAL, counter=1)),
    "credential of another scheme": AddCredential(replace(rows.CREDENTIAL, scheme="legacy-v1")),
    "another credential of one counter": AddCredential(replace(rows.CREDENTIAL, cred_id=rows.cred_id("other"))),
    "removed credential with an index": RefreshCredential(
        rows.CREDENTIAL.cred_id, 3, True, KeyStatus.NOT_CHECKED, None
    ),
    "counter beyond a byte": AddCredential(replace(rows.CREDENTIAL, cred_id=rows.cred_id("x"), counter=256)),
    "credential ID that is not hex": AddCredential(replace(rows.CREDENTIAL, cred_id="G" * 96, counter=9)),
    "unknown account to confirm": ConfirmAccount(rows.address(3)),
    "unknown account to refresh": RefreshAccount(rows.address(3), 1, rows.FACTS),
    "unknown credential to refresh": RefreshCredential(rows.cred_id("x"), 0, False, KeyStatus.CAN_SIGN, None),
    "co-holder of an unknown account": AddExternalCredential(replace(rows.EXTERNAL, account_address=rows.address(3))),
    "co-holder of another account": AddExternalCredential(replace(rows.EXTERNAL, account_address=rows.address(1))),
    "unknown address book entry": MarkOwnAddress(rows.address(3)),
    "unknown identity to merge": MergeIdentity(replace(rows.IDENTITY, key=OTHER_INDEX)),
    "unknown account to merge": MergeAccount(replace(rows.ACCOUNT, address=rows.address(3))),
    "unknown credential to merge": MergeCredential(replace(rows.CREDENTIAL, cred_id=rows.cred_id("x"))),
    "merged credential of another identity": MergeCredential(replace(rows.CREDENTIAL, identity=rows.PROVIDER_KEY)),
    "merged credential of another counter": MergeCredential(replace(rows.CREDENTIAL, counter=1)),
    "merged credential of another account": MergeCredential(replace(rows.CREDENTIAL, account_address=rows.address(1))),
    "unknown co-holder to merge": MergeExternalCredential(replace(rows.EXTERNAL, cred_id=rows.cred_id("x"))),
    "merged co-holder of another account": MergeExternalCredential(
        replace(rows.EXTERNAL, account_address=rows.address(1))
    ),
    "unknown entry to merge": MergeAddressBookEntry(AddressBookRow(rows.address(3), "n")),
    "threshold of none": AddAccount(AccountRow(rows.address(3), "n", rows.KEY, signature_threshold=0)),
    "balance beyond 64 bits": RefreshAccount(rows.address(0), 1, replace(rows.FACTS, balance=2**64)),
    "negative balance": RefreshAccount(rows.address(0), 1, replace(rows.FACTS, balance=-1)),
    "number beyond SQLite": AddAccount(AccountRow(rows.address(3), "n", rows.KEY, signature_threshold=2**63)),
    "text that is no Unicode": AddAccount(AccountRow(rows.address(3), "\ud800", rows.KEY)),
    "network that is not hex": BindNetwork("testnet"),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_contradiction_is_refused_and_nothing_of_its_transaction_stored(store: WalletStore, change: Change) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    good: Change = AddAccount(AccountRow(rows.address(4), "good", rows.KEY))
    with pytest.raises(StorageError) as caught:
        store.apply([good, change])
    assert "stored" in caught.value.sentence or "cannot be right" in caught.value.sentence
    assert caught.value.hint
    assert store.snapshot() == before


def test_a_credential_may_be_a_co_holder_of_one_ledger_and_own_of_another(store: WalletStore) -> None:
    store.apply(rows.EVERYTHING)
    own = CredentialRow(rows.EXTERNAL.cred_id, rows.address(0), rows.PROVIDER_KEY, 5, 1, scheme="provider-v1")
    assert store.apply([AddCredential(own)]) == 1


def statements_of(store: WalletStore, changes: list[Change]) -> list[str]:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(store._engine, "before_cursor_execute", note)
    store.apply(changes)
    event.remove(store._engine, "before_cursor_execute", note)
    return seen


def many_accounts(count: int) -> list[Change]:
    found: list[Change] = [AddWallet(WalletRow(rows.LEDGERS[0]))]
    for number in range(count):
        key = IdentityKey(rows.LEDGERS[0], None, number // 200)
        if number % 200 == 0:
            found.append(AddIdentity(IdentityRow(key, "n", IdentityStatus.RECOVERED, 1)))
        found.append(AddAccount(AccountRow(rows.address(number), "n", key, facts=rows.FACTS)))
        found.append(
            AddCredential(CredentialRow(rows.cred_id(f"{number}"), rows.address(number), key, number % 200, 0))
        )
    return found


def test_ten_times_the_accounts_take_ten_times_the_statements(store: WalletStore) -> None:
    """Work grows with the changes only; measured by hand, 10 000 accounts take about 5 s on a slow core."""
    few = len(statements_of(store, many_accounts(100)))
    added = len(statements_of(store, many_accounts(1100))) - few
    assert added <= 11 * few
    assert len(store.snapshot().accounts) == 1100


def test_nothing_is_ever_deleted(store: WalletStore) -> None:
    refresh: list[Change] = [
        RefreshAccount(rows.address(0), 1, rows.FACTS),
        RefreshCredential(rows.CREDENTIAL.cred_id, None, True, KeyStatus.NOT_CHECKED, None),
        ConfirmAccount(rows.address(0)),
        MarkOwnAddress(rows.BOOK_ENTRY.address),
    ]
    seen = statements_of(store, [*rows.EVERYTHING, *refresh, *rows.EVERYTHING])
    assert seen[0] == "BEGIN IMMEDIATE"
    assert {statement.split()[0] for statement in seen[1:]} == {"SELECT", "INSERT", "UPDATE"}
