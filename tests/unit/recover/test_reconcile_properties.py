"""What holds for every wallet and every finding: idempotent, order-free, additive, one Ledger at a time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.address import encode_address
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.wallet.changes import AddAccount, AddCredential, AddIdentity
from ledger_recovery.wallet.model import WalletSnapshot
from tests.support.memory_wallet import applied
from tests.support.recover_strategies import ONE, TWO, findings, snapshots

moderate = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@moderate
@given(snapshots(), findings())
def test_applying_and_reconciling_again_changes_nothing(snapshot: WalletSnapshot, found: Findings) -> None:
    after = applied(snapshot, reconcile(snapshot, found).changes)
    assert reconcile(after, found).changes == ()


@moderate
@given(snapshots(), findings())
def test_a_newer_block_that_shows_the_same_changes_nothing(snapshot: WalletSnapshot, found: Findings) -> None:
    after = applied(snapshot, reconcile(snapshot, replace(found, height=200)).changes)
    assert reconcile(after, replace(found, height=201)).changes == ()


@moderate
@given(snapshots(), findings(), st.data())
def test_the_order_of_outcomes_and_cells_does_not_matter(
    snapshot: WalletSnapshot, found: Findings, data: st.DataObject
) -> None:
    cells = [replace(o, cells=tuple(data.draw(st.permutations(o.cells)))) for o in found.outcomes]
    shuffled = replace(found, outcomes=tuple(data.draw(st.permutations(cells))))
    assert reconcile(snapshot, shuffled) == reconcile(snapshot, found)


@moderate
@given(snapshots(), findings())
def test_what_a_wallet_holds_stays(snapshot: WalletSnapshot, found: Findings) -> None:
    after = applied(snapshot, reconcile(snapshot, found).changes)
    accounts = {a.address: a for a in after.accounts}
    credentials = {c.cred_id: c for c in after.credentials}
    book = {b.address: b for b in after.address_book}
    assert set(snapshot.identities) <= set(after.identities)
    assert set(snapshot.wallets) <= set(after.wallets)
    assert set(snapshot.external_credentials) <= set(after.external_credentials)
    for row in snapshot.accounts:
        kept = accounts[row.address]
        assert replace(row, status=kept.status, signature_threshold=kept.signature_threshold, facts=kept.facts) == kept
        if row.facts is not None:
            assert kept.facts is not None and kept.facts.block_height >= row.facts.block_height
    for old in snapshot.credentials:
        new = credentials[old.cred_id]
        assert (old.identity, old.account_address, old.counter, old.randomness) == (
            new.identity,
            new.account_address,
            new.counter,
            new.randomness,
        )
        assert old.policy in (None, new.policy)
        assert not (old.removed and not new.removed)
    for entry in snapshot.address_book:
        assert replace(entry, read_only=True) == replace(book[entry.address], read_only=True)


@moderate
@given(snapshots(), findings())
def test_everything_added_hangs_on_the_ledger_that_was_searched(snapshot: WalletSnapshot, found: Findings) -> None:
    for change in reconcile(snapshot, found).changes:
        match change:
            case AddIdentity(identity):
                assert identity.key.fingerprint == ONE
            case AddAccount(account):
                assert account.identity.fingerprint == ONE
            case AddCredential(credential):
                assert credential.identity.fingerprint == ONE


@moderate
@given(findings(ONE), findings(TWO))
def test_two_ledgers_do_not_mix(one: Findings, two: Findings) -> None:
    alone = applied(WalletSnapshot(), reconcile(WalletSnapshot(), one).changes)
    both = applied(alone, reconcile(alone, two).changes)
    assert [i for i in both.identities if i.key.fingerprint == ONE] == list(alone.identities)
    assert [c for c in both.credentials if c.identity.fingerprint == ONE] == list(alone.credentials)


@moderate
@given(snapshots(), findings())
def test_an_account_without_an_active_credential_of_ours_is_not_claimed(
    snapshot: WalletSnapshot, found: Findings
) -> None:
    sightings = [c.sighting for o in found.outcomes for c in o.deployed if c.sighting is not None]
    controlled = {encode_address(s.account.address) for s in sightings if s.credential is not None}
    added = {c.row.address for c in reconcile(snapshot, found).changes if isinstance(c, AddAccount)}
    assert added == controlled - {a.address for a in snapshot.accounts}
