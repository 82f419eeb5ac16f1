"""The reconciler: credential rows, ours and co-holders'; what contradicts the wallet."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chain.concordium.account import Policy
from ledger_recovery.derive.address import encode_address
from ledger_recovery.recover.model import Basis, Cell, CellState
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.reconcile.naming import policy_json
from ledger_recovery.wallet.changes import (
    AddCredential,
    AddExternalCredential,
    RefreshCredential,
)
from ledger_recovery.wallet.model import (
    CredentialRow,
    IdentityKey,
    KeyStatus,
)
from tests.support.cells import account, cell_key, fake_id
from tests.support.reconciling import (
    EMPTY,
    STRANGER,
    changes_of,
    codes,
    hit,
    run,
    wallet_after,
    with_credential,
)
from tests.support.recover_strategies import ONE, TWO, own_id


def test_a_credential_row_says_all_that_is_known() -> None:
    key = cell_key(2, 200)
    cred_id = own_id(ONE, key)
    holder = account([STRANGER, cred_id])
    (added,) = changes_of(AddCredential, EMPTY, run(hit(key, holder), checks={cred_id: KeyStatus.CAN_SIGN}))
    assert added == AddCredential(
        CredentialRow(
            cred_id=cred_id.hex(),
            account_address=encode_address(holder.address),
            identity=IdentityKey(ONE, None, 2),
            counter=200,
            credential_index=1,
            policy='{"validTo":"202701","createdAt":"202201","revealedAttributes":{"nationality":"DK"}}',
            scheme="legacy-v1",
            key_status=KeyStatus.CAN_SIGN,
        )
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(b"DK", "DK"), ("Åse".encode(), "Åse"), (b"\xff\x00", "ff00"), (b"", ""), (b'"\n', '"\n')],
)
def test_revealed_attributes_are_plain_text_or_hex(value: bytes, text: str) -> None:
    stored = policy_json(Policy("202201", "202701", (("firstName", value),)))
    assert stored is not None and json.loads(stored)["revealedAttributes"] == {"firstName": text}


def test_a_stored_policy_holds_its_texts_as_they_are() -> None:
    stored = policy_json(Policy("202201", "202701", (("firstName", "Åse".encode()),)))
    assert stored == '{"validTo":"202701","createdAt":"202201","revealedAttributes":{"firstName":"Åse"}}'


def test_an_unknown_policy_stays_unknown_and_is_filled_later() -> None:
    key = cell_key(0, 0)
    holder = account([own_id(ONE, key)])
    bare = replace(holder, credentials=(replace(holder.credentials[0], policy=None),))
    snapshot = wallet_after(run(hit(key, bare)))
    assert snapshot.credentials[0].policy is None
    (change,) = reconcile(snapshot, run(hit(key, holder))).changes
    assert isinstance(change, RefreshCredential) and change.policy is not None


def test_a_stored_policy_is_kept() -> None:
    found = run(hit(cell_key(0, 0)))
    assert reconcile(with_credential(found, policy='{"own":1}'), found).changes == ()


def test_a_key_check_is_stored_and_not_undone_by_none() -> None:
    key = cell_key(0, 0)
    plain, checked = run(hit(key)), run(hit(key), checks={own_id(ONE, key): KeyStatus.KEYS_CHANGED})
    snapshot = wallet_after(plain)
    (change,) = reconcile(snapshot, checked).changes
    assert isinstance(change, RefreshCredential) and change.key_status is KeyStatus.KEYS_CHANGED
    assert reconcile(wallet_after(checked, snapshot), plain).changes == ()


@pytest.mark.parametrize(
    "edits",
    [{"identity": IdentityKey(ONE, None, 8)}, {"account_address": "x"}, {"counter": 9}, {"scheme": "legacy-v0"}],
    ids=lambda e: next(iter(e)),
)
def test_a_credential_stored_elsewhere_is_told_and_not_overwritten(edits: dict[str, object]) -> None:
    found = run(hit(cell_key(0, 0)))
    snapshot = with_credential(found, **edits)
    assert codes(snapshot, found) == ["credential-elsewhere"]
    assert reconcile(snapshot, found).changes == ()


def test_another_credential_in_its_place_is_told_and_the_found_one_left_out() -> None:
    found = run(hit(cell_key(0, 0)))
    snapshot = with_credential(found, cred_id="ab" * 48)
    assert codes(snapshot, found) == ["credential-slot"]
    assert changes_of(AddCredential, snapshot, found) == []


@pytest.mark.parametrize("edits", [{"cred_id": "ab" * 48}, {"counter": 9}], ids=lambda e: next(iter(e)))
def test_a_conflict_does_not_keep_the_next_credentials_out(edits: dict[str, object]) -> None:
    snapshot = with_credential(run(hit(cell_key(0, 0))), **edits)
    added = changes_of(AddCredential, snapshot, run(hit(cell_key(0, 0)), hit(cell_key(0, 1))))
    assert [c.row.counter for c in added if isinstance(c, AddCredential)] == [1]


def test_a_removed_credential_does_not_come_back() -> None:
    found = run(hit(cell_key(0, 0)))
    snapshot = with_credential(found, removed=True, credential_index=None)
    assert codes(snapshot, found) == ["credential-came-back"]
    assert reconcile(snapshot, found).changes == ()


def test_an_older_block_does_not_turn_a_credential_index_back() -> None:
    key = cell_key(0, 1)
    snapshot = wallet_after(run(hit(key, account([STRANGER, own_id(ONE, key)])), height=100))
    other = run(hit(key, account([STRANGER, fake_id("x"), own_id(ONE, key)])), height=99)
    assert changes_of(RefreshCredential, snapshot, other) == []
    assert len(changes_of(RefreshCredential, snapshot, replace(other, height=100))) == 1


def test_co_holders_are_external_and_ours_are_not() -> None:
    key, unanswered = cell_key(0, 0), cell_key(0, 1)
    holder = account([own_id(ONE, key), STRANGER, own_id(ONE, unanswered)])
    unknown = Cell(unanswered, own_id(ONE, unanswered), reason_code="TIMEOUT", reason="no answer")
    found = run(hit(key, holder), unknown)
    added = changes_of(AddExternalCredential, EMPTY, found)
    assert [c.row.cred_id for c in added if isinstance(c, AddExternalCredential)] == [STRANGER.hex()]


def test_co_holders_come_sorted_by_account_and_credential() -> None:
    keys = sorted(
        (cell_key(0, counter) for counter in range(2)),
        key=lambda key: encode_address(account([own_id(ONE, key)]).address),
    )
    one, two, three, four = sorted(fake_id("co-holder", n) for n in range(4))
    cells = [
        hit(keys[0], account([own_id(ONE, keys[0]), four, three])),
        hit(keys[1], account([own_id(ONE, keys[1]), two, one])),
    ]
    rows = [
        c.row for c in changes_of(AddExternalCredential, EMPTY, run(*cells)) if isinstance(c, AddExternalCredential)
    ]
    assert [row.cred_id for row in rows] == [cred_id.hex() for cred_id in (three, four, one, two)]


def test_a_credential_of_another_own_ledger_is_not_external() -> None:
    mine, theirs = cell_key(0, 0), cell_key(0, 1)
    holder = account([own_id(ONE, mine), own_id(TWO, theirs)])
    snapshot = wallet_after(run(hit(mine, holder)))
    first = wallet_after(run(hit(theirs, holder, TWO), fingerprint=TWO))
    assert [e.cred_id for e in snapshot.external_credentials] == [own_id(TWO, theirs).hex()]
    assert changes_of(AddExternalCredential, first, run(hit(mine, holder))) == []


def test_an_account_that_shows_an_absent_credential_is_told() -> None:
    key, denied = cell_key(0, 0), cell_key(0, 1)
    holder = account([own_id(ONE, key), own_id(ONE, denied)])
    absent = Cell(denied, own_id(ONE, denied), CellState.ABSENT, Basis.DIRECT, ("node:1",))
    assert codes(EMPTY, run(hit(key, holder), absent)) == ["absent-but-seen"]


def test_one_credential_from_two_counters_counts_once_and_is_told() -> None:
    first, second = hit(cell_key(0, 0)), hit(cell_key(0, 1))
    twin = replace(second, cred_id=first.cred_id, sighting=first.sighting)
    assert codes(EMPTY, run(twin, first)) == ["credential-twice"]
    (added,) = changes_of(AddCredential, EMPTY, run(twin, first))
    assert isinstance(added, AddCredential) and added.row.counter == 0


def test_one_counter_with_two_credentials_counts_once_and_is_told() -> None:
    first = hit(cell_key(0, 0))
    other = replace(hit(cell_key(0, 1)), key=first.key)
    assert codes(EMPTY, run(first, other)) == ["credential-twice"]
    assert len(changes_of(AddCredential, EMPTY, run(first, other))) == 1
    assert reconcile(EMPTY, run(first, other)) == reconcile(EMPTY, run(other, first))


def test_one_cell_told_twice_is_no_conflict() -> None:
    found = hit(cell_key(0, 0))
    assert codes(EMPTY, run(found, found)) == []


def test_conflicts_name_their_subject_outside_the_sentence() -> None:
    conflict = Conflict("x", "it differs", IdentityKey(ONE, 7, 3), "3addr", "ab" * 48)
    assert conflict.describe() == "provider 7 identity 3, account 3addr, credential abababab…: it differs"
    assert Conflict("x", "it differs").describe() == "it differs"
