"""EVM accounts in wallet files: our own export carries them, a merge only adds, other formats say what they lack."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.errors import DamagedFile, NewerVersion
from ledger_recovery.files.content import WalletContent, content_from_bytes, content_to_bytes
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge import ImportPlan, Outcome, plan_import
from ledger_recovery.files.to_desktop import to_desktop
from ledger_recovery.wallet.evm_model import EvmAccountRow, EvmKind, EvmSnapshot
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from tests.unit.files.merging import told
from tests.unit.files.support import compact
from tests.unit.files.test_content import FULL
from tests.unit.wallet import evm_rows as made

WITH_EVM = replace(FULL, evm=made.SNAPSHOT)


def document(snapshot: WalletSnapshot) -> dict[str, object]:
    found = json.loads(content_to_bytes(WalletContent(snapshot))[8:])
    assert isinstance(found, dict)
    return found


def packed(fields: dict[str, object]) -> bytes:
    text = compact(fields)
    return len(text).to_bytes(8, "big") + text


def test_every_row_comes_back() -> None:
    content = WalletContent(WITH_EVM, "2026-01-01T00:00:00Z")
    assert content_from_bytes(content_to_bytes(content)) == content
    assert document(WITH_EVM)["schema"] == 2


def test_a_wallet_without_any_is_written_for_older_programs_too() -> None:
    plain = document(FULL)
    assert plain["schema"] == 1 and not [name for name in plain if name.startswith("evm")]
    assert content_from_bytes(packed(plain)).snapshot == FULL


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        ({"schema": 3}, NewerVersion),
        ({"schema": 1}, DamagedFile),
        ({"evm_accounts": []}, DamagedFile),
        ({"evm_holdings": None}, DamagedFile),
        ({"evm_sightings": [{"address": "0x"}]}, DamagedFile),
        ({"evm_places": [*document(WITH_EVM)["evm_places"], document(WITH_EVM)["evm_places"][0]]}, DamagedFile),  # type: ignore[misc,index]
        ({"pets": []}, DamagedFile),
    ],
)
def test_what_cannot_be_a_wallet_is_refused(edit: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        content_from_bytes(packed(document(WITH_EVM) | edit))


def merged(known: EvmSnapshot, offered: EvmSnapshot) -> ImportPlan:
    return plan_import(WalletSnapshot(evm=known), ImportedWallet(evm=offered))


def applied(path: Path, offered: EvmSnapshot) -> EvmSnapshot:
    with WalletStore.open_or_create(path) as store:
        store.apply(merged(store.evm(), offered).changes)
        return store.evm()


def test_a_file_brings_everything_once(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    assert applied(path, made.SNAPSHOT) == made.SNAPSHOT
    again = merged(made.SNAPSHOT, made.SNAPSHOT)
    assert again.nothing_new and {d.outcome for d in again.decisions} == {Outcome.KNOWN}
    assert len(again.decisions) == 3


def test_a_row_that_stands_twice_meets_itself() -> None:
    doubled = EvmSnapshot(**{name: getattr(made.SNAPSHOT, name) * 2 for name in EvmSnapshot.__slots__})
    assert merged(EvmSnapshot(), doubled).changes == merged(EvmSnapshot(), made.SNAPSHOT).changes


def test_a_persons_name_stays_and_a_machines_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    applied(path, made.SNAPSHOT)
    theirs = replace(
        made.SNAPSHOT, accounts=(replace(made.USED, name="theirs"), replace(made.PLACEHOLDER, name="theirs too"))
    )
    assert [row.name for row in applied(path, theirs).accounts] == [made.USED.name, "theirs too"]
    assert [row.name for row in applied(path, made.SNAPSHOT).accounts] == [made.USED.name, "theirs too"]
    blank = replace(made.SNAPSHOT, accounts=(made.USED, replace(made.PLACEHOLDER, name=" ")))
    assert merged(made.SNAPSHOT, blank).nothing_new


def test_a_placeholder_is_used_if_the_file_says_so_and_stays_used(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    applied(path, made.SNAPSHOT)
    used = replace(made.SNAPSHOT, accounts=(made.USED, replace(made.PLACEHOLDER, placeholder=False)))
    assert not applied(path, used).accounts[1].placeholder
    assert not applied(path, made.SNAPSHOT).accounts[1].placeholder


def test_only_newer_facts_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    applied(path, made.SNAPSHOT)
    newer = replace(made.SEEN_ABSENT, block_height=101, kind=EvmKind.EOA, nonce=1)
    older = replace(made.HELD, block_height=99, amount="1")
    earlier = replace(made.SEEN_SAFE, block_height=99, balance="9")
    rows = applied(path, replace(made.SNAPSHOT, sightings=(newer, earlier), holdings=(older,)))
    assert newer in rows.sightings and made.SEEN_SAFE in rows.sightings and rows.holdings == (made.HELD,)


def test_older_facts_of_a_known_account_are_no_news() -> None:
    older = tuple(replace(row, block_height=1) for row in made.SNAPSHOT.sightings)
    assert merged(made.SNAPSHOT, replace(made.SNAPSHOT, sightings=older)).nothing_new


def test_a_place_that_leads_elsewhere_is_told_and_left_out() -> None:
    moved = replace(made.place(0), address=made.text(1))
    plan = merged(made.SNAPSHOT, EvmSnapshot((made.PLACEHOLDER,), (moved,)))
    assert plan.changes == () and plan.conflicts[0].code == "evm-place"
    assert Outcome.LEFT_OUT in {d.outcome for d in plan.decisions}


def test_malformed_rows_are_left_out() -> None:
    bad = EvmSnapshot(
        accounts=(EvmAccountRow("0x00", "bad\x1b"), made.PLACEHOLDER),
        places=(replace(made.place(1), index=-1),),
        smart_accounts=(replace(made.SMART, salt="-"),),
        sightings=(replace(made.SEEN_ABSENT, block_hash=""),),
    )
    plan = merged(EvmSnapshot(), bad)
    assert [d.outcome for d in plan.decisions].count(Outcome.LEFT_OUT) == 3
    assert len(plan.changes) == 1
    assert "bad" in told(plan) and "\x1b" not in told(plan)


def test_the_desktop_format_says_what_it_leaves_out() -> None:
    notes = to_desktop(WITH_EVM, "202611").notes
    assert "2 EVM accounts were left out: the Desktop Wallet has no place for them" in notes
    assert not any("EVM" in note for note in to_desktop(FULL, "202611").notes)
