"""Accounts, identities and finished runs as text and JSON rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain.concordium.account import CredentialStatus
from ledger_recovery.cli import runs, views
from ledger_recovery.wallet import changes as ch
from ledger_recovery.wallet.model import AccountFacts, CredentialRow, IdentityKey, KeyStatus, WalletSnapshot
from tests.support import cli_service as scripted

FACTS = AccountFacts(1, 2, 3, None, 0, 0, 0, "none", None)


def test_the_account_table() -> None:
    (view,) = views.accounts(scripted.wallet())
    text = views.account_table([view], 200)
    assert text.splitlines()[0].split() == [
        *("name", "address", "balance", "(CCD)", "identity", "counter", "key", "check", "staking")
    ]
    name, address = scripted.ADDRESS[:8], scripted.ADDRESS
    assert (
        text.splitlines()[2]
        == f"{name}  {address}  1,234,567.890123  ID #0           3  can sign   validator with 5,000"
    )


def test_no_facts_is_unknown_and_never_zero() -> None:
    snapshot = scripted.wallet()
    bare = replace(snapshot, accounts=(replace(snapshot.accounts[0], facts=None),))
    line = views.account_table(views.accounts(bare), 200).splitlines()[2]
    assert line.count("unknown") == 2
    assert "0.000000" not in line


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (FACTS, ""),
        (None, "unknown"),
        (replace(FACTS, stake_kind="delegator", staked=1_500_000), "delegates 1.5 passively"),
        (replace(FACTS, stake_kind="delegator", staked=10**6, stake_target=3), "delegates 1 to validator 3"),
        (replace(FACTS, stake_kind="validator", staked=10**12), "validator with 1,000,000"),
        (replace(FACTS, stake_kind="newer", staked=10**6), "newer, 1 staked"),
    ],
)
def test_staking(facts: AccountFacts | None, text: str) -> None:
    assert views.staking(facts) == text


def test_one_credential_that_can_sign_is_enough_but_a_removed_one_is_not() -> None:
    snapshot = scripted.wallet()
    good = snapshot.credentials[0]
    changed = replace(good, cred_id="ff", counter=1, key_status=KeyStatus.KEYS_CHANGED)
    both = views.accounts(replace(snapshot, credentials=(changed, good)))[0]
    assert both.key_status is KeyStatus.CAN_SIGN
    left = views.accounts(replace(snapshot, credentials=(changed, replace(good, removed=True))))[0]
    assert left.key_status is KeyStatus.KEYS_CHANGED


def test_accounts_come_by_identity_then_counter() -> None:
    snapshot = scripted.wallet()
    (account,), (credential,) = snapshot.accounts, snapshot.credentials
    key = IdentityKey(scripted.FINGERPRINT, 0, 0)
    later = replace(account, address="B", identity=key)
    lower = replace(account, address="C")
    credentials = (
        credential,
        replace(credential, cred_id="1", account_address="B", identity=key, counter=0),
        replace(credential, cred_id="2", account_address="C", counter=0),
    )
    found = views.accounts(replace(snapshot, accounts=(later, account, lower), credentials=credentials))
    assert [v.row.address for v in found] == ["C", scripted.ADDRESS, "B"]


def test_placeholders_say_what_they_are() -> None:
    text = views.identity_table(scripted.wallet(), 100)
    assert "Recovered: Index 0" in text
    assert "no account can be created from it" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100
    assert views.identity_table(WalletSnapshot(), 100) == "no identities"


def test_next_safe_indices_of_every_family() -> None:
    assert views.next_identity_text({3: 1, None: 7}) == "next safe identity index: 7 (legacy path), 1 (provider 3)"
    assert views.next_identity_text({}) == ""


def test_amounts_in_json_are_text_because_they_pass_2_to_the_53() -> None:
    (view,) = views.accounts(scripted.wallet())
    facts = views.account_json(view)["facts"]
    assert isinstance(facts, dict)
    assert facts["balance"] == "1234567890123"


def test_a_dry_run_shows_what_it_would_leave_behind() -> None:
    wallet = scripted.wallet()
    planned = runs.known_after(WalletSnapshot(), scripted.as_changes(wallet))
    assert (planned.accounts, planned.identities, planned.credentials) == (
        wallet.accounts,
        wallet.identities,
        wallet.credentials,
    )
    newer = replace(FACTS, balance=99)
    cred_id = wallet.credentials[0].cred_id
    refreshed = runs.known_after(
        wallet,
        (
            ch.RefreshAccount(scripted.ADDRESS, 1, newer),
            ch.RefreshCredential(cred_id, None, True, KeyStatus.KEYS_CHANGED, None),
            ch.RefreshAccount("nobody", 1, newer),
        ),
    )
    assert refreshed.accounts[0].facts == newer
    row: CredentialRow = refreshed.credentials[0]
    assert (row.removed, row.key_status) == (True, KeyStatus.KEYS_CHANGED)


def test_a_run_shows_only_what_it_found() -> None:
    wallet = scripted.wallet()
    other = replace(wallet.accounts[0], address="other")
    stranger = replace(wallet.identities[0], key=IdentityKey("cd" * 32, None, 0))
    full = replace(wallet, accounts=(*wallet.accounts, other), identities=(*wallet.identities, stranger))
    found = runs.of_this_run(full, scripted.result(scripted.outcome(0, scripted.deployed(0, 3))))
    assert [a.address for a in found.accounts] == [scripted.ADDRESS]
    assert found.identities == wallet.identities
    nothing = runs.of_this_run(full, scripted.result(scripted.outcome(0)))
    assert (nothing.accounts, nothing.identities) == ((), ())


def test_an_account_that_only_a_removed_credential_reached_is_not_shown_as_found() -> None:
    mine = scripted.deployed(0, 3)
    assert mine.sighting is not None
    left = replace(mine, sighting=replace(mine.sighting, status=CredentialStatus.REMOVED, credential=None))
    found = runs.of_this_run(scripted.wallet(), scripted.result(scripted.outcome(0, left)))
    assert found.accounts == ()
    assert len(found.identities) == 1, "its index is used all the same"
