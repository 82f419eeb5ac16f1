"""Imports of any rows whatever: idempotent, additive, nothing lost, Ledgers kept apart; and order-free where it can be.

Order cannot matter where two files are views of one truth, each lacking or not yet knowing some of it. Where they
contradict each other (two given names, a shared account under two identities) the wallet's own stays, so the first
import wins.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge import plan_import
from ledger_recovery.wallet.canonical import canonical_key
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
from ledger_recovery.wallet.names import RECOVERED_NOTE, is_placeholder_name, placeholder_name, short_name
from ledger_recovery.wallet.store import WalletStore
from tests.unit.files.merging import importing
from tests.unit.wallet import rows, strategies
from tests.unit.wallet.reference import ReferenceWallet


def lists(rows_of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(rows_of, max_size=6).map(tuple)


FILES = st.builds(
    ImportedWallet,
    genesis_hash=st.none() | st.just(rows.GENESIS),
    wallets=st.just(tuple(map(WalletRow, rows.LEDGERS))) | lists(st.builds(WalletRow, strategies.LEDGER)),
    identities=lists(strategies.IDENTITIES),
    accounts=lists(strategies.ACCOUNTS),
    credentials=lists(strategies.credentials()),
    external_credentials=lists(strategies.EXTERNALS),
    address_book=lists(strategies.BOOK_ENTRIES),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(FILES, min_size=1, max_size=3))
def test_importing_again_changes_nothing_and_nothing_is_lost(files: list[ImportedWallet]) -> None:
    wallet = ReferenceWallet()
    for file in files:
        before = wallet.snapshot()
        wallet, plan = importing(wallet, file)
        assert len(plan.decisions) == items(file)
        again, empty = importing(wallet, file)
        assert empty.nothing_new and again.snapshot() == wallet.snapshot()
        check_nothing_lost(before, wallet.snapshot())
        check_ledgers_kept_apart(before, wallet.snapshot(), file)


@settings(max_examples=15, deadline=None)
@given(st.lists(FILES, min_size=1, max_size=3))
def test_the_store_makes_of_a_plan_what_the_plan_says(empty_wallet: Path, files: list[ImportedWallet]) -> None:
    wallet = ReferenceWallet()
    with tempfile.TemporaryDirectory() as directory:
        with WalletStore.open(Path(shutil.copy(empty_wallet, directory))) as store:
            for file in files:
                plan = plan_import(store.snapshot(), file)
                assert store.apply(plan.changes) == len(plan.changes)
                wallet, _ = importing(wallet, file)
                assert store.snapshot() == wallet.snapshot()
            assert store.integrity_check() == ()


def items(file: ImportedWallet) -> int:
    network = file.genesis_hash is not None
    return network + sum(
        map(
            len,
            (
                file.wallets,
                file.identities,
                file.accounts,
                file.credentials,
                file.external_credentials,
                file.address_book,
            ),
        )
    )


def check_nothing_lost(before: WalletSnapshot, after: WalletSnapshot) -> None:
    assert set(before.wallets) <= set(after.wallets)
    identities = {row.key: row for row in after.identities}
    for identity in before.identities:
        now = identities[identity.key]
        assert now.name == identity.name or is_placeholder_name(identity.name, identity.key)
        if not identity.is_placeholder:
            assert not now.is_placeholder
            for column in ("identity_object", "randomness", "identity_provider", "code_uri"):
                assert (
                    getattr(now, column) == getattr(identity, column) or not (getattr(identity, column) or "").strip()
                )
    accounts = {row.address: row for row in after.accounts}
    for account in before.accounts:
        kept = accounts[account.address]
        assert kept.name == account.name or account.name == short_name(account.address)
        assert kept.identity == account.identity
        assert kept.status is AccountStatus.CONFIRMED or account.status is not AccountStatus.CONFIRMED
    credentials = {row.cred_id: row for row in after.credentials}
    for credential in before.credentials:
        held = credentials[credential.cred_id]
        assert held.randomness == credential.randomness or credential.randomness is None
        assert (held.identity, held.counter, held.removed) == (
            credential.identity,
            credential.counter,
            credential.removed,
        )
        assert held.policy is not None or credential.policy is None
    check_no_note_lost(before, after)


def check_no_note_lost(before: WalletSnapshot, after: WalletSnapshot) -> None:
    external = {row.cred_id: row for row in after.external_credentials}
    ours = {row.cred_id for row in after.credentials}
    for row in before.external_credentials:
        if row.cred_id not in ours:
            assert keeps(row.note, external[row.cred_id].note)
    book = {row.address: row for row in after.address_book}
    for entry in before.address_book:
        now = book[entry.address]
        assert keeps(entry.note, now.note)
        made = entry.name == short_name(entry.address) or not entry.name.strip()
        assert made or now.name == entry.name or f'formerly "{entry.name}"' in (now.note or "")
        assert now.read_only or not entry.read_only


def keeps(note: str | None, now: str | None) -> bool:
    return note is None or note == RECOVERED_NOTE or note.strip() in (now or "")


def check_ledgers_kept_apart(before: WalletSnapshot, after: WalletSnapshot, file: ImportedWallet) -> None:
    """Every new account and credential hangs where the file has it, every identity name is of that very identity."""
    known = {canonical_key(row.address) for row in before.accounts}
    stated = {(canonical_key(row.address), row.identity) for row in file.accounts}
    new = {
        (canonical_key(row.address), row.identity) for row in after.accounts if canonical_key(row.address) not in known
    }
    assert new <= stated
    assert set(ids(after)) - set(ids(before)) <= {(row.cred_id, row.identity) for row in file.credentials}
    names = {(row.key, row.name) for row in (*before.identities, *file.identities)}
    assert {(row.key, row.name) for row in after.identities} <= names


def ids(snapshot: WalletSnapshot) -> list[tuple[str, IdentityKey]]:
    return [(row.cred_id, row.identity) for row in snapshot.credentials]


# --- views of one truth -------------------------------------------------------------------------------------------

KEYS = tuple(IdentityKey(ledger, None, index) for ledger in rows.LEDGERS for index in (0, 1))
PLAIN = '{"validTo":"202604","createdAt":"202504","revealedAttributes":{"nationality":"DK"}}'
TRUE_IDENTITIES = tuple(
    IdentityRow(
        key,
        f"Passport {key.index}",
        IdentityStatus.CONFIRMED,
        1,
        code_uri="https://idp.example",
        identity_provider='{"ipInfo":{}}',
        identity_object=f"object of {key}",
        randomness="11" * 32,
    )
    for key in KEYS
)
TRUE_ACCOUNTS = tuple(
    AccountRow(
        rows.address(number),
        f"account {number}",
        KEYS[number % 4],
        self_amounts="a6" * 192,
        deployment_transaction_id="22" * 32,
        transaction_filter='{"transfer":false}',
        facts=rows.FACTS if number % 2 else None,
    )
    for number in range(6)
)
TRUE_CREDENTIALS = tuple(
    CredentialRow(
        rows.cred_id(f"true {number}"),
        rows.address(number),
        KEYS[number % 4],
        number,
        0,
        PLAIN,
        "{r}",
        key_status=KeyStatus.CAN_SIGN,
    )
    for number in range(6)
)
TRUE_EXTERNAL = tuple(ExternalCredentialRow(rows.cred_id(f"co {n}"), rows.address(n), f"holder {n}") for n in range(3))
TRUE_BOOK = tuple(AddressBookRow(rows.address(n), f"account {n}", f"note {n}", n < 6) for n in range(9))


@st.composite
def views(draw: st.DrawFn) -> ImportedWallet:
    """A file that knows part of the truth: rows are missing, not finished yet, or as a recovery found them."""

    def missing() -> bool:
        return draw(st.sampled_from([False, False, True]))

    accounts = [degraded_account(draw, row) for row in TRUE_ACCOUNTS if not missing()]
    present = {row.address for row in accounts}
    return ImportedWallet(
        genesis_hash=draw(st.sampled_from([None, rows.GENESIS])),
        wallets=tuple(map(WalletRow, rows.LEDGERS)),
        identities=tuple(degraded_identity(draw, row) for row in TRUE_IDENTITIES),
        accounts=tuple(draw(st.permutations(accounts))),
        credentials=tuple(degraded_credential(draw, row) for row in TRUE_CREDENTIALS if not missing()),
        external_credentials=tuple(
            replace(row, note=draw(st.sampled_from([row.note, None])))
            for row in TRUE_EXTERNAL
            if row.account_address in present and not missing()
        ),
        address_book=tuple(degraded_entry(draw, row) for row in TRUE_BOOK if not missing()),
    )


def degraded_identity(draw: st.DrawFn, row: IdentityRow) -> IdentityRow:
    placeholder = IdentityRow(row.key, placeholder_name(row.key), IdentityStatus.RECOVERED, 1)
    pending = replace(row, status=IdentityStatus.PENDING, identity_object=None, randomness=None)
    return draw(st.sampled_from([row, placeholder, pending, replace(row, randomness=None)]))


def degraded_account(draw: st.DrawFn, row: AccountRow) -> AccountRow:
    recovered = AccountRow(row.address, short_name(row.address), row.identity, facts=row.facts)
    pending = replace(recovered, name=row.name, status=AccountStatus.PENDING, facts=None)
    return draw(st.sampled_from([row, recovered, pending, replace(row, transaction_filter="{}")]))


def degraded_credential(draw: st.DrawFn, row: CredentialRow) -> CredentialRow:
    recovered = replace(row, policy=PLAIN.replace("DK", "444b"), randomness=None, key_status=KeyStatus.NOT_CHECKED)
    return draw(st.sampled_from([row, recovered, replace(row, policy=None)]))


def degraded_entry(draw: st.DrawFn, row: AddressBookRow) -> AddressBookRow:
    recovered = AddressBookRow(row.address, short_name(row.address), RECOVERED_NOTE, row.read_only)
    contact = replace(row, read_only=False, note=draw(st.sampled_from([None, "", row.note])))
    return draw(st.sampled_from([row, recovered, contact if row.read_only else replace(row, note=None)]))


@settings(max_examples=60, deadline=None)
@given(st.lists(views(), min_size=2, max_size=3))
def test_the_order_of_files_that_tell_one_truth_does_not_matter(files: list[ImportedWallet]) -> None:
    forwards, backwards = ReferenceWallet(), ReferenceWallet()
    for file in files:
        forwards, plan = importing(forwards, file)
        assert all(conflict.code.startswith("stale-") for conflict in plan.conflicts)
    for file in reversed(files):
        backwards, _ = importing(backwards, file)
    assert notes_without_blanks(forwards.snapshot()) == notes_without_blanks(backwards.snapshot())


def notes_without_blanks(snapshot: WalletSnapshot) -> WalletSnapshot:
    """No note and an empty one say the same; the wallet keeps the form that it saw first."""
    book = tuple(replace(row, note=row.note or None) for row in snapshot.address_book)
    return replace(snapshot, address_book=book)
