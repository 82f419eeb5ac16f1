"""What an import decides, item by item, and why; with the mix-ups of the Desktop Wallet's own import as cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ledger_recovery.errors import OtherNetwork
from ledger_recovery.files.boundary import decide_mobile_accounts, ledger_as_mobile, mobile_as_desktop
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge import Kind, Outcome, plan_import
from ledger_recovery.wallet.changes import BindNetwork
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    WalletRow,
    WalletSnapshot,
)
from ledger_recovery.wallet.names import RECOVERED_NOTE
from ledger_recovery.wallet.store import WalletStore
from tests.unit.files.merging import Row, codes, file_of, importing, told, wallet_of
from tests.unit.wallet import rows
from tests.unit.wallet.reference import ReferenceWallet

ONE, TWO = IdentityKey(rows.LEDGERS[0], None, 0), IdentityKey(rows.LEDGERS[1], None, 0)
NEXT = IdentityKey(rows.LEDGERS[0], None, 1)


def placeholder(key: IdentityKey, name: str = "") -> IdentityRow:
    return IdentityRow(key, name or f"Recovered: Index {key.index}", IdentityStatus.RECOVERED, 1)


def real(key: IdentityKey, name: str = "Passport", **fields: Any) -> IdentityRow:
    found = IdentityRow(
        key, name, IdentityStatus.CONFIRMED, 1, identity_object=f"object of {key}", randomness="11" * 32
    )
    return replace(found, **fields)


def account(number: int, key: IdentityKey, name: str | None = None, **fields: Any) -> AccountRow:
    address = rows.address(number)
    return AccountRow(address, address[:8] if name is None else name, key, **fields)


def credential(number: int, key: IdentityKey, counter: int, **fields: Any) -> CredentialRow:
    cred_id = rows.cred_id(f"{key} {counter}")
    return replace(CredentialRow(cred_id, rows.address(number), key, counter, 0), **fields)


def decided(wallet: ReferenceWallet, *found: Row) -> list[tuple[Outcome, str]]:
    """Outcome and reason for each of the rows, without those of the Ledgers."""
    plan = plan_import(wallet.snapshot(), file_of(*found))
    return [(d.outcome, d.reason) for d in plan.decisions if d.kind is not Kind.LEDGER]


# --- network ------------------------------------------------------------------------------------------------------


def test_a_file_of_another_network_is_refused_with_both_hashes() -> None:
    with pytest.raises(OtherNetwork) as caught:
        plan_import(WalletSnapshot(genesis_hash=rows.GENESIS), file_of(genesis="ab" * 32))
    assert rows.GENESIS in caught.value.sentence and "ab" * 32 in caught.value.sentence
    assert (caught.value.file_genesis, caught.value.wallet_genesis) == ("ab" * 32, rows.GENESIS)
    assert caught.value.hint


def test_a_wallet_without_a_network_gets_the_files() -> None:
    plan = plan_import(WalletSnapshot(), file_of(genesis=rows.GENESIS))
    assert plan.changes == (BindNetwork(rows.GENESIS),)
    assert plan_import(WalletSnapshot(genesis_hash=rows.GENESIS), file_of(genesis=rows.GENESIS)).nothing_new


@pytest.mark.parametrize("genesis", [None, "mainnet", "AB" * 32])
def test_a_file_that_names_no_network_is_a_question_for_the_person(genesis: str | None) -> None:
    plan = plan_import(WalletSnapshot(genesis_hash=rows.GENESIS), file_of(genesis=genesis))
    assert plan.network_unproven and plan.nothing_new
    assert not plan_import(WalletSnapshot(), file_of(genesis=rows.GENESIS)).network_unproven


# --- identities: the mix-ups of importHelpers.ts --------------------------------------------------------------------


def test_placeholders_of_two_ledgers_are_two_identities() -> None:
    """Rule 2 of the reference takes equal content for one identity, and loses the second Ledger's accounts."""
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE), credential(1, ONE, 0)))
    after, _ = importing(wallet, file_of(placeholder(TWO), account(2, TWO), credential(2, TWO, 0)))
    assert {row.address: row.identity for row in after.snapshot().accounts} == {
        rows.address(1): ONE,
        rows.address(2): TWO,
    }
    assert {row.identity for row in after.snapshot().credentials} == {ONE, TWO}


def test_one_ledgers_placeholder_does_not_rename_anothers() -> None:
    """Rule 3 of the reference does, and hangs the account under it, without any error."""
    wallet = wallet_of(file_of(placeholder(ONE)), file_of(placeholder(TWO)))
    after, _ = importing(wallet, file_of(placeholder(TWO, "Office"), account(2, TWO)))
    named = {row.key: row.name for row in after.snapshot().identities}
    assert named == {ONE: "Recovered: Index 0", TWO: "Office"}
    assert after.snapshot().accounts[0].identity == TWO


def test_a_backup_with_a_placeholder_goes_over_the_real_identity() -> None:
    """The reference refuses the whole import."""
    wallet = wallet_of(file_of(real(ONE)))
    after, _ = importing(wallet, file_of(placeholder(ONE), account(1, ONE)))
    assert after.identities[ONE] == real(ONE)
    assert decided(wallet, placeholder(ONE)) == [(Outcome.KNOWN, "yours is real, the file's only a placeholder")]


def test_an_issued_identity_replaces_a_pending_one() -> None:
    """The reference refuses the whole import."""
    wallet = wallet_of(file_of(IdentityRow(ONE, "Passport", IdentityStatus.PENDING, 1)))
    assert decided(wallet, real(ONE)) == [(Outcome.MERGED, "confirmed replaces pending")]
    assert importing(wallet, file_of(real(ONE)))[0].identities[ONE] == real(ONE)


def test_what_the_desktop_wallet_invented_for_a_placeholder_is_not_taken() -> None:
    invented = replace(placeholder(ONE), identity_object='{"v":0}', identity_provider="{}", randomness="", detail="")
    assert wallet_of(file_of(invented)).identities[ONE] == placeholder(ONE)
    assert wallet_of(file_of(placeholder(ONE)), file_of(invented)).identities[ONE] == placeholder(ONE)


def test_a_persons_name_of_a_placeholder_outlives_it() -> None:
    wallet = wallet_of(file_of(placeholder(ONE, "the old one")))
    [(outcome, reason)] = decided(wallet, real(ONE))
    assert outcome is Outcome.MERGED
    assert reason == (
        'replaces the placeholder "the old one"; your name "the old one" kept, because it is not machine-made'
    )
    assert importing(wallet, file_of(real(ONE)))[0].identities[ONE].name == "the old one"


def test_two_different_issues_are_told_and_the_wallets_stays_whole() -> None:
    known = real(ONE, randomness=None)
    wallet = wallet_of(file_of(known))
    after, plan = importing(wallet, file_of(real(ONE, identity_object="another", randomness="22" * 32)))
    assert codes(plan) == ["identity-object"]
    assert after.identities[ONE] == known


def test_other_key_generation_is_told() -> None:
    _, plan = importing(wallet_of(file_of(placeholder(ONE))), file_of(real(ONE, keygen_version=0)))
    assert codes(plan) == ["keygen-version"]


def test_an_identity_without_its_ledger_is_left_out_with_all_that_hangs_on_it() -> None:
    orphan = ImportedWallet(identities=(real(ONE),), accounts=(account(1, ONE),), credentials=(credential(1, ONE, 0),))
    plan = plan_import(WalletSnapshot(), orphan)
    assert [decision.outcome for decision in plan.decisions] == [Outcome.LEFT_OUT] * 3
    assert plan.nothing_new
    assert "Ledger is neither in the file nor in the wallet" in plan.decisions[0].reason


# --- accounts -----------------------------------------------------------------------------------------------------


def test_a_shared_account_stays_where_it_is_and_gets_the_other_credential() -> None:
    """A co-signer's wallet that was recovered first; the reference aborts half-way."""
    wallet = wallet_of(file_of(placeholder(TWO), account(1, TWO), credential(1, TWO, 0)))
    file = file_of(real(ONE), account(1, ONE, "Joint"), credential(1, ONE, 1))
    after, plan = importing(wallet, file)
    assert after.snapshot().accounts == (account(1, TWO, "Joint"),)
    assert {row.identity for row in after.snapshot().credentials} == {ONE, TWO}
    [decision] = [d for d in plan.decisions if d.kind is Kind.ACCOUNT]
    assert "stays under the identity that the wallet has it under" in decision.reason


def test_an_alias_in_the_file_is_the_account_of_the_wallet() -> None:
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE)))
    after, _ = importing(wallet, file_of(placeholder(ONE), AccountRow(rows.address(1, alias=3), "Rent", ONE)))
    assert after.snapshot().accounts == (account(1, ONE, "Rent"),)


@pytest.mark.parametrize("name", ["3", "4", "", rows.address(1)[2:5], rows.address(1)[:7], rows.address(1)[:9]])
def test_only_the_first_eight_characters_are_a_machine_made_name(name: str) -> None:
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE, name)))
    [_, (outcome, reason)] = decided(wallet, placeholder(ONE), account(1, ONE, "Rent"))
    assert outcome is Outcome.KNOWN
    assert reason == f'name "{name}" kept, because it is not machine-made (the file has "Rent")'


def test_the_reason_for_a_kept_name_is_told() -> None:
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE, "Rent")))
    [_, (outcome, reason)] = decided(wallet, placeholder(ONE), account(1, ONE))
    assert (outcome, reason) == (Outcome.KNOWN, 'name "Rent" kept, because the file\'s is machine-made')


def test_a_pending_account_becomes_confirmed_and_never_back() -> None:
    pending = account(1, ONE, status=AccountStatus.PENDING)
    wallet = wallet_of(file_of(placeholder(ONE), pending))
    [_, (outcome, reason)] = decided(wallet, placeholder(ONE), account(1, ONE))
    assert (outcome, reason) == (Outcome.MERGED, "confirmed replaces pending")
    confirmed = wallet_of(file_of(placeholder(ONE), account(1, ONE)))
    assert decided(confirmed, placeholder(ONE), pending)[1] == (Outcome.KNOWN, "equal to yours")


LEFT_OUT: dict[str, tuple[Row, str]] = {
    "account of an unknown identity": (account(1, NEXT), "identity is neither in the file nor in the wallet"),
    "account without an address": (AccountRow("", "initial", ONE), "it has no address"),
    "account with a broken address": (AccountRow("4HDxpm6ag9", "n", ONE), "fails the checksum"),
    "account nobody could sign for": (account(1, ONE, signature_threshold=0), "threshold"),
    "credential of an unknown identity": (credential(1, NEXT, 0), "identity is neither"),
    "credential beyond the counters": (credential(1, ONE, 256), "counter is outside"),
    "credential that is no hex": (replace(credential(1, ONE, 0), cred_id="x"), "not 96 hexadecimal"),
    "removed credential with an index": (credential(1, ONE, 0, removed=True), "it is removed, yet"),
    "co-holder of an unknown account": (
        ExternalCredentialRow(rows.cred_id("c"), rows.address(5)),
        "account is neither",
    ),
    "co-holder that is no hex": (ExternalCredentialRow("x", rows.address(5)), "not 96 hexadecimal"),
    "address book entry without an address": (AddressBookRow("", "n"), "no address"),
    "Ledger that is no hex": (WalletRow("x"), "not 64 hexadecimal"),
    "identity beyond the indices": (real(IdentityKey(rows.LEDGERS[0], None, 2**31)), "outside 0..2147483647"),
}


@pytest.mark.parametrize(("row", "reason"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_what_cannot_be_stored_is_left_out_and_told_and_the_rest_goes_on(row: Row, reason: str) -> None:
    _, plan = importing(ReferenceWallet(), file_of(placeholder(ONE), row, AddressBookRow(rows.address(9), "Al")))
    [left_out] = [decision for decision in plan.decisions if decision.outcome is Outcome.LEFT_OUT]
    assert reason in left_out.reason
    assert plan.decisions[-1].outcome is Outcome.ADDED or isinstance(row, AddressBookRow)


# --- credentials --------------------------------------------------------------------------------------------------


def test_randomness_and_plain_policy_of_a_recovered_credential_come_back() -> None:
    """The reference skips a credential that it knows, and loses both."""
    plain = '{"revealedAttributes":{"nationality":"DK"}}'
    coded = plain.replace("DK", "444b")
    wallet = wallet_of(file_of(placeholder(ONE), credential(1, ONE, 0, policy=coded)))
    full = credential(1, ONE, 0, policy=plain, randomness="{r}")
    after, plan = importing(wallet, file_of(placeholder(ONE), full))
    assert after.snapshot().credentials == (full,)
    assert plan.decisions[-1].reason == (
        "randomness taken, because yours had none; policy taken, because the file's says it in plain text"
    )


CONTRADICTIONS: dict[str, tuple[CredentialRow, str]] = {
    "other identity": (replace(credential(1, ONE, 0), identity=NEXT), "credential-elsewhere"),
    "other counter": (replace(credential(1, ONE, 0), counter=7), "credential-elsewhere"),
    "other account": (replace(credential(1, ONE, 0), account_address=rows.address(2)), "credential-elsewhere"),
    "other credential in its place": (replace(credential(1, ONE, 0), cred_id=rows.cred_id("x")), "credential-slot"),
    "removed in the file": (credential(1, ONE, 0, removed=True, credential_index=None), "credential-state"),
}


@pytest.mark.parametrize(("row", "code"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_credential_that_contradicts_the_wallet_is_told_and_the_wallets_kept(row: CredentialRow, code: str) -> None:
    wallet = wallet_of(file_of(placeholder(ONE), placeholder(NEXT), credential(1, ONE, 0)))
    after, plan = importing(wallet, file_of(placeholder(ONE), placeholder(NEXT), row))
    assert code in codes(plan)
    assert after.snapshot() == wallet.snapshot()


def test_two_credentials_of_the_file_in_one_place_are_told() -> None:
    twin = replace(credential(1, ONE, 0), cred_id=rows.cred_id("x"))
    after, plan = importing(ReferenceWallet(), file_of(placeholder(ONE), credential(1, ONE, 0), twin))
    assert codes(plan) == ["credential-slot"]
    assert after.snapshot().credentials == (credential(1, ONE, 0),)


def test_a_co_holders_note_is_filled_and_kept() -> None:
    """The reference computes the note and then ignores it."""
    bare = ExternalCredentialRow(rows.cred_id("c"), rows.address(1))
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE), bare))
    noted, _ = importing(wallet, file_of(replace(bare, note="Carol")))
    assert noted.external[bare.cred_id].note == "Carol"
    again, plan = importing(noted, file_of(replace(bare, note="Dave")))
    assert again.external[bare.cred_id].note == "Carol"
    assert plan.decisions[-1].reason == "your note kept"


def test_a_co_holder_on_another_account_is_told() -> None:
    bare = ExternalCredentialRow(rows.cred_id("c"), rows.address(1))
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE), account(2, ONE), bare))
    _, plan = importing(wallet, file_of(replace(bare, account_address=rows.address(2))))
    assert codes(plan) == ["external-elsewhere"] and plan.nothing_new


def test_an_own_credential_is_no_co_holders() -> None:
    own = credential(1, ONE, 0)
    wallet = wallet_of(file_of(placeholder(ONE), account(1, ONE), own))
    [(outcome, reason)] = decided(wallet, ExternalCredentialRow(own.cred_id, rows.address(1), "note"))
    assert (outcome, "as your own" in reason) == (Outcome.LEFT_OUT, True)


# --- address book -------------------------------------------------------------------------------------------------


def test_an_address_that_stands_in_the_file_twice_becomes_one_entry() -> None:
    """The reference refuses the whole import."""
    book = (AddressBookRow(rows.address(1), "Al"), AddressBookRow(rows.address(1), "Bo", "rent"))
    after, plan = importing(ReferenceWallet(), file_of(*book))
    assert after.snapshot().address_book == (AddressBookRow(rows.address(1), "Al", "rent"),)
    assert [decision.outcome for decision in plan.decisions] == [Outcome.ADDED, Outcome.MERGED]


def test_more_entries_than_one_statement_takes(store: WalletStore) -> None:
    """The reference refuses more than 500."""
    book = [AddressBookRow(rows.address(number), f"n{number}") for number in range(1200)]
    plan = plan_import(WalletSnapshot(), file_of(*book))
    assert store.apply(plan.changes) == 1200
    assert len(store.snapshot().address_book) == 1200


def test_an_own_account_has_one_entry_whatever_alias_the_file_names() -> None:
    known = AddressBookRow(rows.address(1), rows.address(1)[:8], RECOVERED_NOTE, True)
    wallet = wallet_of(file_of(known))
    alias = rows.address(1, alias=9)
    after, _ = importing(wallet, file_of(AddressBookRow(alias, "Rent", "flat", True)))
    assert after.snapshot().address_book == (AddressBookRow(rows.address(1), "Rent", "flat", True),)
    made, plan = importing(after, file_of(AddressBookRow(alias, alias[:8], RECOVERED_NOTE, True)))
    assert plan.nothing_new and made.snapshot() == after.snapshot()


def test_what_happens_to_a_name_and_a_note_is_told() -> None:
    wallet = wallet_of(file_of(AddressBookRow(rows.address(1), "Al"), AddressBookRow(rows.address(2), "Bo", "rent")))
    file = (AddressBookRow(rows.address(1), "Joint", None, True), AddressBookRow(rows.address(2), "Bob", "loan"))
    assert decided(wallet, *file) == [
        (
            Outcome.MERGED,
            'name "Joint" replaces "Al", because it is an own account; yours stands in the note; '
            "marked as an own account",
        ),
        (Outcome.KNOWN, 'your name "Bo" kept; your note kept'),
    ]


# --- warnings and texts -------------------------------------------------------------------------------------------


def test_a_backup_that_lags_behind_is_warned_about() -> None:
    wallet = wallet_of(file_of(placeholder(ONE), placeholder(NEXT), credential(1, ONE, 4)))
    _, plan = importing(wallet, file_of(real(ONE), credential(2, ONE, 2)))
    assert codes(plan) == ["stale-counter", "stale-identity-index"]
    assert "would use credential counter 3 next, and counters up to 4 are used" in plan.conflicts[0].sentence
    assert "would use identity index 1 next, and indices up to 1 are used" in plan.conflicts[1].sentence


def test_a_backup_that_knows_as_much_or_more_is_not_warned_about() -> None:
    wallet = wallet_of(file_of(placeholder(ONE), credential(1, ONE, 4)))
    for counter in (4, 5):
        _, plan = importing(wallet, file_of(placeholder(ONE), placeholder(NEXT), credential(1, ONE, counter)))
        assert codes(plan) == []


def test_another_ledgers_counters_are_no_measure() -> None:
    wallet = wallet_of(file_of(placeholder(ONE), placeholder(NEXT), credential(1, ONE, 4)))
    _, plan = importing(wallet, file_of(placeholder(TWO), credential(2, TWO, 0)))
    assert codes(plan) == []


def test_the_texts_of_a_hostile_file_do_not_reach_the_terminal_as_they_are() -> None:
    hostile = "\x1b[2J\u202e" + "x" * 5000
    found = (placeholder(ONE, hostile), account(1, ONE, hostile), AddressBookRow(hostile[:100], hostile, hostile))
    plan = plan_import(WalletSnapshot(), file_of(*found))
    lines = told(plan)
    assert "\x1b" not in lines and "\u202e" not in lines
    assert len(lines) < 3000


def test_every_item_has_one_outcome() -> None:
    plan = plan_import(WalletSnapshot(), file_of(placeholder(ONE), account(1, ONE), account(2, NEXT)))
    assert Counter(decision.outcome for decision in plan.decisions) == {Outcome.ADDED: 3, Outcome.LEFT_OUT: 1}


def test_what_cannot_cross_between_the_wallets_says_what_to_do_instead() -> None:
    [decision] = decide_mobile_accounts([rows.address(1)])
    assert decision.outcome is Outcome.LEFT_OUT and "cannot become a Ledger account" in decision.reason
    for refusal in (mobile_as_desktop(), ledger_as_mobile()):
        assert "--format" in refusal.hint
