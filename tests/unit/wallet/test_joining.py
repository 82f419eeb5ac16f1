"""What a known row takes from another account of the same thing, case by case, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.wallet.joining import (
    join_account,
    join_book,
    join_credential,
    join_external,
    join_identity,
    same_issue,
)
from ledger_recovery.wallet.model import (
    AccountStatus,
    AddressBookRow,
    ExternalCredentialRow,
    IdentityRow,
    IdentityStatus,
    KeyStatus,
)
from ledger_recovery.wallet.names import RECOVERED_NOTE
from tests.unit.wallet import rows, strategies

KEY = rows.KEY
REAL = replace(rows.IDENTITY, status=IdentityStatus.CONFIRMED, detail=None, name="Passport")
PLACEHOLDER = IdentityRow(KEY, "Recovered: Index 0", IdentityStatus.RECOVERED, 1)
PENDING = IdentityRow(KEY, "Passport", IdentityStatus.PENDING, 0, code_uri="https://idp.example/2")


@pytest.mark.parametrize(
    ("known", "offered", "joined"),
    [
        (PLACEHOLDER, REAL, REAL),
        (REAL, PLACEHOLDER, REAL),
        (replace(PLACEHOLDER, name="mine"), REAL, replace(REAL, name="mine")),
        (PLACEHOLDER, replace(REAL, name=" "), replace(REAL, name=PLACEHOLDER.name)),
        (PLACEHOLDER, replace(PLACEHOLDER, name="mine"), replace(PLACEHOLDER, name="mine")),
        (PLACEHOLDER, replace(PLACEHOLDER, identity_object="{invented}"), PLACEHOLDER),
        (PENDING, REAL, REAL),
        (REAL, PENDING, REAL),
        (PENDING, PLACEHOLDER, PENDING),
        (PLACEHOLDER, PENDING, PENDING),
        (replace(PENDING, status=IdentityStatus.REJECTED, detail="no"), REAL, REAL),
        (REAL, replace(REAL, name="other"), REAL),
        (replace(REAL, name=PLACEHOLDER.name), REAL, REAL),
        (replace(REAL, randomness=None), REAL, REAL),
        (replace(REAL, randomness=None, identity_object=None), REAL, REAL),
        (replace(REAL, randomness=None), replace(REAL, identity_object="{another}"), replace(REAL, randomness=None)),
        (replace(PENDING, identity_object="{another}"), REAL, replace(PENDING, identity_object="{another}")),
    ],
)
def test_identities(known: IdentityRow, offered: IdentityRow, joined: IdentityRow) -> None:
    assert join_identity(known, offered) == joined


def test_a_placeholder_of_a_provider_path_has_a_machine_made_name_too() -> None:
    key = rows.PROVIDER_KEY
    made = IdentityRow(key, "Recovered: Provider 0 Index 7", IdentityStatus.RECOVERED, 1)
    assert join_identity(made, replace(REAL, key=key)).name == "Passport"


ADDRESS = rows.address(0)
PLAIN = replace(rows.PLAIN_ACCOUNT, address=ADDRESS)
ZERO = ("c0" + "0" * 94) * 4


@pytest.mark.parametrize(
    ("changes", "offered", "taken"),
    [
        ({"name": ADDRESS[:8]}, {"name": "savings"}, {"name": "savings"}),
        ({"name": "savings"}, {"name": ADDRESS[:8]}, {}),
        ({"name": ADDRESS[:1]}, {"name": "savings"}, {}),  # the Desktop Wallet overwrites these three
        ({"name": ADDRESS[3:9]}, {"name": "savings"}, {}),
        ({"name": ""}, {"name": "savings"}, {}),
        ({"name": ADDRESS[:8]}, {"name": ""}, {}),
        ({"status": AccountStatus.PENDING}, {"signature_threshold": 2}, {"status": AccountStatus.CONFIRMED}),
        ({}, {"status": AccountStatus.PENDING}, {}),
        ({"status": AccountStatus.REJECTED}, {}, {"status": AccountStatus.CONFIRMED}),
        ({}, {"deployment_transaction_id": "22" * 32}, {"deployment_transaction_id": "22" * 32}),
        ({"deployment_transaction_id": "11" * 32}, {"deployment_transaction_id": "22" * 32}, {}),
        ({}, {"transaction_filter": '{"transfer":false}'}, {"transaction_filter": '{"transfer":false}'}),
        ({"transaction_filter": '{"transfer":true}'}, {"transaction_filter": '{"transfer":false}'}, {}),
        ({"self_amounts": ZERO}, {"self_amounts": "a6" * 192}, {"self_amounts": "a6" * 192}),
        ({"self_amounts": "a6" * 192}, {"self_amounts": "b7" * 192}, {}),
        ({"self_amounts": ""}, {"self_amounts": ZERO}, {}),
        ({}, {"identity": rows.KEY}, {}),
        ({}, {"signature_threshold": 3}, {}),
        ({}, {"is_initial": True}, {}),
    ],
)
def test_accounts(changes: dict[str, Any], offered: dict[str, Any], taken: dict[str, Any]) -> None:
    known = replace(PLAIN, **changes)
    joined = join_account(known, replace(PLAIN, **{"name": known.name, **offered}))
    if "status" in taken:
        taken = {**taken, "signature_threshold": offered.get("signature_threshold", 1)}
    assert joined == replace(known, **taken)


def test_newer_facts_of_the_chain_come_with_their_threshold() -> None:
    old = replace(PLAIN, facts=replace(rows.FACTS, block_height=5))
    new = replace(PLAIN, facts=replace(rows.FACTS, block_height=6, balance=1), signature_threshold=2)
    assert join_account(old, new) == new
    assert join_account(new, old) == new
    assert join_account(new, replace(PLAIN, signature_threshold=7)) == new
    pending = replace(new, status=AccountStatus.PENDING)
    assert join_account(pending, replace(PLAIN, signature_threshold=7)) == new


def test_shielded_amounts_are_taken_as_one() -> None:
    told = replace(PLAIN, self_amounts="a6" * 192, incoming_amounts='["85"]', total_decrypted="7", all_decrypted=False)
    assert join_account(replace(PLAIN, self_amounts=ZERO), told) == told


@pytest.mark.parametrize(
    ("known", "offered", "joined"),
    [
        ({"randomness": None}, {"randomness": "{r}"}, {"randomness": "{r}"}),
        ({"randomness": "{r}"}, {"randomness": "{s}"}, {"randomness": "{r}"}),
        ({"randomness": "{r}"}, {"randomness": None}, {"randomness": "{r}"}),
        ({"removed": True, "credential_index": None}, {}, {"removed": True, "credential_index": None}),
        ({}, {"removed": True, "credential_index": None}, {}),
        (
            {"key_status": KeyStatus.NOT_CHECKED},
            {"key_status": KeyStatus.PARTLY},
            {"key_status": KeyStatus.PARTLY},
        ),
        ({"key_status": KeyStatus.CAN_SIGN}, {"key_status": KeyStatus.KEYS_CHANGED}, {}),
        ({}, {"scheme": "legacy-v1"}, {}),
    ],
)
def test_credentials(known: dict[str, Any], offered: dict[str, Any], joined: dict[str, Any]) -> None:
    before = replace(rows.CREDENTIAL, **known)
    assert join_credential(before, replace(rows.CREDENTIAL, **offered)) == replace(before, **joined)


@pytest.mark.parametrize(
    ("known", "offered", "joined"),
    [
        (None, "sister", "sister"),
        ("", "sister", "sister"),
        ("sister", "brother", "sister"),
        ("sister", None, "sister"),
        (None, "", None),
    ],
)
def test_notes_of_co_holders(known: str | None, offered: str | None, joined: str | None) -> None:
    row = ExternalCredentialRow(rows.cred_id("x"), ADDRESS)
    assert join_external(replace(row, note=known), replace(row, note=offered)).note == joined


SHORT = ADDRESS[:8]
# (name, note, read only) of the wallet's entry, the file's, and what becomes of them. The first nine lines are the
# Desktop Wallet's own table (app/utils/importHelpers.ts); the others are where it loses something.
BOOK = [
    (("Al", "n", False), ("Al", "n", False), ("Al", "n", False)),
    ((SHORT, "n", True), ("Joint", "n", True), ("Joint", "n", True)),
    (("Mine", "n", True), ("Joint", "n", True), ("Mine", "n", True)),
    (("Mine", "n", True), ("Al", "n", False), ("Mine", "n", True)),
    (("Al", "n", False), ("Bob", "n", False), ("Al", "n", False)),
    (("Al", "", False), ("Al", "rent", False), ("Al", "rent", False)),
    (("Al", "rent", False), ("Al", "loan", False), ("Al", "rent", False)),
    (("Al", None, False), ("Al", None, True), ("Al", None, True)),
    (("Al", None, True), ("Al", None, False), ("Al", None, True)),
    (("Al", None, False), ("Joint", None, True), ("Joint", 'formerly "Al"', True)),
    (("Al", "rent", False), ("Joint", "x", True), ("Joint", 'rent (formerly "Al")', True)),
    (("Al", None, False), (SHORT, None, True), ("Al", None, True)),
    ((SHORT, None, True), ("Al", None, False), ("Al", None, True)),
    ((SHORT, None, False), ("Al", None, False), ("Al", None, False)),
    (("A", None, True), ("Joint", None, True), ("A", None, True)),
    (("", None, True), ("Joint", None, True), ("", None, True)),
    (("Al", RECOVERED_NOTE, True), ("Al", "rent", True), ("Al", "rent", True)),
    (("Al", "rent", True), ("Al", RECOVERED_NOTE, True), ("Al", "rent", True)),
    (("Al", None, True), ("Al", RECOVERED_NOTE, True), ("Al", RECOVERED_NOTE, True)),
    (("Al", None, True), ("", None, True), ("Al", None, True)),
]
Entry = tuple[str, str | None, bool]


@pytest.mark.parametrize(("known", "offered", "joined"), BOOK)
def test_address_book_entries(known: Entry, offered: Entry, joined: Entry) -> None:
    assert join_book(AddressBookRow(ADDRESS, *known), AddressBookRow(ADDRESS, *offered)) == AddressBookRow(
        ADDRESS, *joined
    )


SAME_ACCOUNT = strategies.ACCOUNTS.map(lambda row: replace(row, address=ADDRESS))
SAME_BOOK = st.builds(AddressBookRow, st.just(ADDRESS), st.just(SHORT) | strategies.TEXTS, strategies.UNKNOWN_OR_TEXT)
SAME_IDENTITY = strategies.IDENTITIES.map(lambda row: replace(row, key=KEY))
SAME_CREDENTIAL = strategies.credentials().map(lambda row: replace(row, cred_id=rows.cred_id("x")))
PAIRS: st.SearchStrategy[tuple[Callable[[Any, Any], Any], Any, Any]] = st.one_of(
    st.tuples(st.just(join_identity), SAME_IDENTITY, SAME_IDENTITY),
    st.tuples(st.just(join_account), SAME_ACCOUNT, SAME_ACCOUNT),
    st.tuples(st.just(join_credential), SAME_CREDENTIAL, SAME_CREDENTIAL),
    st.tuples(st.just(join_book), SAME_BOOK, SAME_BOOK),
)


@settings(max_examples=300, deadline=None)
@given(PAIRS)
def test_joining_twice_is_joining_once(pair: tuple[Callable[[Any, Any], Any], Any, Any]) -> None:
    join, known, offered = pair
    joined = join(known, offered)
    assert join(joined, offered) == joined
    assert join(joined, known) == joined
    assert join(known, known) == known


@settings(max_examples=200, deadline=None)
@given(SAME_IDENTITY, SAME_IDENTITY)
def test_an_identity_object_never_gets_lost_or_mixed(known: IdentityRow, offered: IdentityRow) -> None:
    joined = join_identity(known, offered)
    if known.identity_object and not known.is_placeholder and known.identity_object.strip():
        assert joined.identity_object == known.identity_object
    if not same_issue(known, offered):
        assert joined == known
