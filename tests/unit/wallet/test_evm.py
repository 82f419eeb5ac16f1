"""EVM rows in the wallet: they come back as they were, newer facts win, nothing contradicts or goes away."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    NameEvmAccount,
    RefreshEvmHolding,
    RefreshEvmSighting,
    UseEvmAccount,
)
from ledger_recovery.wallet.evm_checks import evm_problems
from ledger_recovery.wallet.evm_model import EvmKind, EvmSnapshot, is_made_name
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import evm_rows as made
from tests.unit.wallet import rows


@pytest.fixture(name="store")
def _store(wallet_path: Path) -> WalletStore:
    return WalletStore.open(wallet_path)


def test_every_row_comes_back_and_a_second_time_changes_nothing(store: WalletStore) -> None:
    assert store.apply(made.EVERYTHING) == len(made.EVERYTHING)
    assert store.evm() == store.snapshot().evm == made.SNAPSHOT
    assert list(evm_problems(made.SNAPSHOT)) == []
    assert store.apply(made.EVERYTHING) == 0
    assert store.apply(rows.EVERYTHING) == len(rows.EVERYTHING)
    assert store.evm() == made.SNAPSHOT


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_block_wins_whatever_order_facts_come_in(store: WalletStore, seed: int) -> None:
    seen = [replace(made.SEEN_ABSENT, block_height=n, balance=str(n), kind=EvmKind.EOA) for n in range(4)]
    held = [replace(made.HELD, block_height=n, amount=str(n)) for n in range(4)]
    facts: list[Change] = [*map(RefreshEvmSighting, seen), *map(RefreshEvmHolding, held)]
    random.Random(seed).shuffle(facts)
    store.apply(facts)
    assert store.evm() == EvmSnapshot(sightings=(seen[3],), holdings=(held[3],))


def test_a_placeholder_becomes_an_account_and_never_the_other_way(store: WalletStore) -> None:
    store.apply(made.EVERYTHING)
    address = made.PLACEHOLDER.address
    assert store.apply([UseEvmAccount(address)]) == 1
    assert store.apply([UseEvmAccount(address), AddEvmAccount(made.PLACEHOLDER)]) == 0
    assert not store.evm().accounts[1].placeholder


def test_a_name_of_a_person_stays(store: WalletStore) -> None:
    store.apply(made.EVERYTHING)
    assert store.apply([NameEvmAccount(made.USED.address, "ledger_live #0", "other")]) == 0
    assert store.apply([NameEvmAccount(made.PLACEHOLDER.address, "ledger_live #1", "mine")]) == 1
    assert [row.name for row in store.evm().accounts] == [made.USED.name, "mine"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (AddEvmPlace(replace(made.place(0), address=made.text(1))), "another address"),
        (AddEvmPlace(made.place(5)), "does not hold"),
        (UseEvmAccount(made.text(5)), "does not hold"),
        (NameEvmAccount(made.text(5), "a", "b"), "does not hold"),
        (AddEvmAccount(replace(made.USED, address="0X" + "0" * 40)), "contradicts"),
        (RefreshEvmSighting(replace(made.SEEN, address=made.text(4), balance="-1")), "contradicts"),
        (RefreshEvmSighting(replace(made.SEEN, address=made.text(4), block_height=2**64)), "cannot be stored"),
    ],
)
def test_what_cannot_be_true_is_refused_and_nothing_is_stored(
    store: WalletStore, change: Change, sentence: str
) -> None:
    store.apply(made.EVERYTHING)
    with pytest.raises(StorageError, match=sentence):
        store.apply([UseEvmAccount(made.PLACEHOLDER.address), change])
    assert store.evm() == made.SNAPSHOT


def test_one_place_of_two_ledgers_is_two_rows(store: WalletStore) -> None:
    store.apply(made.EVERYTHING)
    other = made.place(1, "ledger_live", 0, made.OTHER_LEDGER)
    assert store.apply([AddEvmPlace(other)]) == 1
    assert other in store.evm().places


@pytest.mark.parametrize("change", made.EVERYTHING)
def test_a_dry_run_says_what_each_change_does(change: Change) -> None:
    line = change.describe()
    assert line and "\n" not in line and "None" not in line


def test_names_made_of_places_are_told_from_a_persons() -> None:
    places = (made.place(0), made.place(0, "bip44", 3))
    assert is_made_name("bip44 #3", places) and is_made_name("ledger_live #0", places)
    assert not is_made_name("ledger_live #3", places) and not is_made_name("savings #1", places)


BAD = {
    "doubled account": replace(made.SNAPSHOT, accounts=(made.USED, made.USED, made.PLACEHOLDER)),
    "doubled place": replace(made.SNAPSHOT, places=(made.place(0), made.place(0))),
    "place of nothing": replace(made.SNAPSHOT, places=(made.place(8),)),
    "sighting of nothing": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, address=made.text(8)),)),
    "holding of nothing": replace(made.SNAPSHOT, holdings=(replace(made.HELD, address=made.text(8)),)),
    "capital letters": EvmSnapshot(accounts=(replace(made.USED, address="0x" + "A" * 40),)),
    "balance": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, balance="01"),)),
    "kind of block": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, block_hash=""),)),
    "chain": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, chain_id=0),)),
    "owners": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, owners="me"),)),
    "delegate": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, delegate=""),)),
    "nonce": replace(made.SNAPSHOT, sightings=(replace(made.SEEN, nonce=-1),)),
    "salt": replace(made.SNAPSHOT, smart_accounts=(replace(made.SMART, salt="x"),)),
    "first owners": replace(made.SNAPSHOT, smart_accounts=(replace(made.SMART, first_owners=""),)),
    "owner": replace(made.SNAPSHOT, smart_accounts=(replace(made.SMART, owner=""),)),
    "decimals": replace(made.SNAPSHOT, holdings=(replace(made.HELD, decimals=256),)),
    "token": replace(made.SNAPSHOT, holdings=(replace(made.HELD, token=""),)),
    "held on no chain": replace(made.SNAPSHOT, holdings=(replace(made.HELD, chain_id=0),)),
    "index": replace(made.SNAPSHOT, places=(replace(made.place(0), index=2**31),)),
    "scheme": replace(made.SNAPSHOT, places=(replace(made.place(0), scheme=""),)),
    "fingerprint": replace(made.SNAPSHOT, places=(replace(made.place(0), fingerprint="x"),)),
}


@pytest.mark.parametrize("snapshot", BAD.values(), ids=BAD.keys())
def test_rows_that_no_wallet_can_hold_are_told(snapshot: EvmSnapshot) -> None:
    assert list(evm_problems(snapshot))
