"""The reconciler: wallet, network, placeholders; what changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.errors import InputError
from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.wallet.changes import (
    AddCredential,
    AddIdentity,
    AddWallet,
    BindNetwork,
)
from ledger_recovery.wallet.model import (
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    WalletRow,
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
)
from tests.support.recover_strategies import GENESIS, ONE, TWO, own_id


def test_an_unknown_ledger_is_added_even_when_nothing_was_found() -> None:
    assert reconcile(EMPTY, run()).changes == (AddWallet(WalletRow(ONE)),)


def test_the_network_is_bound_with_the_first_hit() -> None:
    assert reconcile(EMPTY, run(hit(cell_key(0, 0)))).changes[:2] == (BindNetwork(GENESIS), AddWallet(WalletRow(ONE)))


def test_a_wallet_of_another_network_is_refused_and_both_are_named() -> None:
    with pytest.raises(InputError) as refused:
        reconcile(WalletSnapshot(genesis_hash="42" * 32), run())
    assert "42" * 32 in refused.value.sentence and GENESIS in refused.value.sentence and refused.value.hint


@pytest.mark.parametrize("value", ["", "1A" * 32, "1a" * 31, "1a" * 32 + "\n"])
def test_findings_refuse_a_fingerprint_that_is_not_one(value: str) -> None:
    with pytest.raises(ValueError, match="64 lower-case hex"):
        Findings(value, GENESIS, 1, ())


@pytest.mark.parametrize(
    ("key", "name", "version"),
    [
        (cell_key(4, 0), "Recovered: Index 4", 1),
        (cell_key(4, 0, KeyScheme.LEGACY_V0), "Recovered: Index 4", 0),
        (CellKey(IdentityRef(4, 7), KeyScheme.PROVIDER_V1, 0), "Recovered: Provider 7 Index 4", 1),
    ],
    ids=["legacy v1", "legacy v0", "provider"],
)
def test_a_used_index_gets_a_placeholder_with_unknown_attributes(key: CellKey, name: str, version: int) -> None:
    identity = IdentityKey(ONE, key.identity.provider, 4)
    expected = AddIdentity(IdentityRow(identity, name, IdentityStatus.RECOVERED, version))
    assert changes_of(AddIdentity, EMPTY, run(hit(key))) == [expected]
    assert expected.row.identity_object is None and expected.row.detail is None


def test_mixed_key_generation_versions_give_one_placeholder_and_are_told() -> None:
    found = run(hit(cell_key(0, 0, KeyScheme.LEGACY_V0)), hit(cell_key(0, 1)))
    (added,) = changes_of(AddIdentity, EMPTY, found)
    assert isinstance(added, AddIdentity) and added.row.keygen_version == 1
    assert codes(EMPTY, found) == ["mixed-keygen"]


def test_an_index_whose_only_hit_was_removed_is_used_but_owns_no_account() -> None:
    found = run(hit(cell_key(0, 0), account([STRANGER])))
    assert [type(c) for c in reconcile(EMPTY, found).changes] == [BindNetwork, AddWallet, AddIdentity, AddCredential]
    (added,) = changes_of(AddCredential, EMPTY, found)
    assert isinstance(added, AddCredential)
    assert added.row.removed and added.row.credential_index is None and added.row.policy is None


def test_an_existing_identity_is_left_alone() -> None:
    real = IdentityRow(IdentityKey(ONE, None, 0), "mine", IdentityStatus.CONFIRMED, 1, randomness="ab")
    assert changes_of(AddIdentity, WalletSnapshot(identities=(real,)), run(hit(cell_key(0, 0)))) == []


@pytest.mark.parametrize(
    ("status", "version", "code"),
    [(IdentityStatus.CONFIRMED, 0, "keygen-version"), (IdentityStatus.REJECTED, 1, "identity-rejected")],
)
def test_what_does_not_fit_an_existing_identity_is_told(status: IdentityStatus, version: int, code: str) -> None:
    odd = WalletSnapshot(identities=(IdentityRow(IdentityKey(ONE, None, 0), "mine", status, version),))
    assert codes(odd, run(hit(cell_key(0, 0)))) == [code]


def test_the_same_index_of_another_ledger_is_another_identity() -> None:
    other = WalletSnapshot(identities=(IdentityRow(IdentityKey(TWO, None, 0), "theirs", IdentityStatus.CONFIRMED, 1),))
    assert len(changes_of(AddIdentity, other, run(hit(cell_key(0, 0))))) == 1


@pytest.mark.parametrize("state", ["unknown", "absent", "declined"])
def test_an_index_without_hits_changes_nothing(state: str) -> None:
    key = cell_key(0, 0)
    cells: tuple[Cell, ...] = ()
    if state == "unknown":
        cells = (Cell(key, own_id(ONE, key), reason_code="TIMEOUT", reason="no answer"),)
    elif state == "absent":
        cells = (Cell(key, own_id(ONE, key), CellState.ABSENT, Basis.DIRECT),)
    status = IndexStatus.DECLINED if state == "declined" else IndexStatus.SCANNED
    found = replace(run(), outcomes=(IndexOutcome(IdentityRef(0), status, cells),))
    assert reconcile(WalletSnapshot(wallets=(WalletRow(ONE),)), found) == reconcile(
        WalletSnapshot(wallets=(WalletRow(ONE),)), run()
    )
