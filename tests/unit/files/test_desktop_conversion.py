"""Between Desktop Wallet files and our rows: nothing of the sample lost, placeholders as its recovery writes them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.checks import snapshot_problems
from ledger_recovery.files.desktop import ZERO_SHIELDED, DesktopExport
from ledger_recovery.files.desktop_read import read_desktop
from ledger_recovery.files.desktop_write import write_desktop
from ledger_recovery.files.from_desktop import from_desktop
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.to_desktop import to_desktop
from ledger_recovery.wallet.model import (
    AccountRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    WalletRow,
    WalletSnapshot,
)
from tests.unit.files.support import compact, desktop_sample, sample
from tests.unit.wallet.rows import LEDGERS, address, cred_id

MONTH = "202503"
"""In which the sample's placeholder was made."""

PROVIDER_IDENTITY = IdentityRow(IdentityKey(LEDGERS[0], 3, 0), "Provider ID", IdentityStatus.CONFIRMED, 1)
LEGACY_IDENTITY = IdentityRow(IdentityKey(LEDGERS[0], None, 0), "Legacy ID", IdentityStatus.CONFIRMED, 1)


def imported(content: bytes | None = None) -> ImportedWallet:
    return from_desktop(read_desktop(sample("desktop-export.plain.json") if content is None else content))


def as_snapshot(found: ImportedWallet) -> WalletSnapshot:
    return WalletSnapshot(
        found.genesis_hash,
        found.wallets,
        found.identities,
        found.accounts,
        found.credentials,
        found.external_credentials,
        found.address_book,
    )


def without_file_ids(export: DesktopExport) -> dict[str, Any]:
    """The content of an export with Ledgers and identities by what they are, in an order of its own."""
    document = json.loads(write_desktop(export))
    wallets = {row.pop("id"): row["identifier"] for row in document["wallets"]}
    identities = {}
    for row in document["identities"]:
        identities[row.pop("id")] = (wallets[row["walletId"]], row["identityNumber"])
        row["walletId"] = wallets[row["walletId"]]
    for table in ("accounts", "credentials"):
        for row in document[table]:
            row["identityId"] = identities[row["identityId"]]
    return {
        table: sorted(json.dumps(row, sort_keys=True) for row in rows) if isinstance(rows, list) else rows
        for table, rows in document.items()
    }


def test_the_sample_there_and_back_is_the_same_wallet() -> None:
    export = read_desktop(sample("desktop-export.plain.json"))
    back = to_desktop(as_snapshot(from_desktop(export)), MONTH)
    assert without_file_ids(back) == without_file_ids(export)
    assert back.notes == ()


def test_there_and_back_again_changes_nothing_more() -> None:
    """Also for an old file, whose first export is in today's form already."""
    for name in ("desktop-export.plain.json", "desktop-export-old.plain.json"):
        once = to_desktop(as_snapshot(imported(sample(name))), MONTH)
        again = to_desktop(as_snapshot(from_desktop(once)), MONTH)
        assert write_desktop(once) == write_desktop(again)


def test_the_export_follows_from_the_content_not_from_its_order() -> None:
    snapshot = as_snapshot(imported())
    turned = replace(
        snapshot,
        wallets=snapshot.wallets[::-1],
        identities=snapshot.identities[::-1],
        accounts=snapshot.accounts[::-1],
        credentials=snapshot.credentials[::-1],
        address_book=snapshot.address_book[::-1],
    )
    assert write_desktop(to_desktop(snapshot, MONTH)) == write_desktop(to_desktop(turned, MONTH))


@pytest.mark.parametrize("name", ["desktop-export.plain.json", "desktop-export-old.plain.json"])
def test_the_rows_of_a_sample_make_a_wallet(name: str) -> None:
    found = imported(sample(name))
    assert list(snapshot_problems(as_snapshot(found))) == []
    assert found.notes == ()


def test_identities_are_known_by_ledger_and_index() -> None:
    found = imported()
    keys = {row.name: row.key for row in found.identities}
    assert keys["Recovered: Index 1"] == IdentityKey(found.wallets[0].fingerprint, None, 1)
    assert keys["Work ID"] == IdentityKey(found.wallets[1].fingerprint, None, 0)
    schemes = {row.identity: row.scheme for row in found.credentials}
    assert schemes[keys["Passport ID"]] == "legacy-v0"
    assert schemes[keys["Work ID"]] == "legacy-v1"


def test_what_a_recovery_invented_is_unknown() -> None:
    found = imported()
    placeholder = next(row for row in found.identities if row.is_placeholder)
    assert placeholder == IdentityRow(placeholder.key, "Recovered: Index 1", IdentityStatus.RECOVERED, 1)
    removed = [row for row in found.credentials if row.removed]
    assert [(row.policy, row.credential_index) for row in removed] == [(None, None)]


def test_no_index_alone_does_not_make_a_credential_removed() -> None:
    """It may be one that is still to join its account."""
    document = desktop_sample()
    document["credentials"][0]["credentialIndex"] = None
    row = imported(compact(document)).credentials[0]
    assert (row.removed, row.credential_index) == (False, None)
    assert row.policy == document["credentials"][0]["policy"]


def test_the_policy_of_a_recovered_credential_is_kept_as_it_stands() -> None:
    policies = [row.policy for row in imported().credentials]
    assert '{"validTo":"202310","createdAt":"202210","revealedAttributes":{"countryOfResidence":"444b"}}' in policies


def change(table: str, number: int, **fields: object) -> bytes:
    document = desktop_sample()
    document[table][number].update(fields)
    return compact(document)


LEFT_OUT = {
    "account without identity": (change("accounts", 0, identityId=99), "accounts", "its identity is not in the file"),
    "account status": (change("accounts", 0, status="great"), "accounts", "status"),
    "account address": (change("accounts", 1, address="3" * 50), "accounts", "fails the checksum"),
    "no address": (change("accounts", 0, address=""), "accounts", "never came on chain"),
    "credential without identity": (change("credentials", 0, identityId=99), "credentials", "its identity is not"),
    "credential ID": (change("credentials", 0, credId="00"), "credentials", "not 96 hexadecimal"),
    "external": (change("externalCredentials", 0, credId="00"), "external_credentials", "not 96 hexadecimal"),
    "book": (change("addressBook", 2, address=""), "address_book", "has no address"),
}


@pytest.mark.parametrize(("content", "table", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_row_that_no_wallet_holds_is_left_out_and_told(content: bytes, table: str, reason: str) -> None:
    found = imported(content)
    assert len(getattr(found, table)) == len(getattr(imported(), table)) - 1
    assert [note for note in found.notes if "was left out" in note and reason in note]


def test_an_identity_of_a_missing_ledger_takes_its_rows_along_each_told() -> None:
    """The Desktop Wallet drops them in silence and lists them as imported."""
    found = imported(change("identities", 2, walletId=77))
    assert len(found.identities) == 2
    assert len(found.accounts) == 4
    assert len([note for note in found.notes if "identity" in note]) == 1 + 2 + 3


def test_a_genesis_block_that_is_none_is_damage() -> None:
    document = desktop_sample()
    document["genesis"]["genesisBlock"] = "mainnet"
    with pytest.raises(DamagedFile, match="genesisBlock"):
        imported(compact(document))
    document["genesis"]["genesisBlock"] = "AB" * 32
    assert imported(compact(document)).genesis_hash == "ab" * 32


def recovered_wallet() -> WalletSnapshot:
    """What a recovery leaves: a placeholder, an account found there, a removed credential of another."""
    key = IdentityKey(LEDGERS[0], None, 4)
    return WalletSnapshot(
        wallets=(WalletRow(LEDGERS[0]),),
        identities=(IdentityRow(key, "Recovered: Index 4", IdentityStatus.RECOVERED, 1),),
        accounts=(AccountRow(address(0), address(0)[:8], key),),
        credentials=(
            CredentialRow(cred_id("a"), address(0), key, 0, 0, '{"validTo":"202701"}'),
            CredentialRow(cred_id("b"), address(1), key, 1, None, removed=True),
        ),
    )


def test_recovered_rows_look_as_the_desktop_wallets_recovery_writes_them() -> None:
    export = to_desktop(recovered_wallet(), "202601")
    placeholder = read_desktop(sample("desktop-export.plain.json")).identities[1]
    assert placeholder.identity_object is not None
    identity = export.identities[0]
    assert identity.identity_object == placeholder.identity_object.replace(MONTH, "202601")
    assert (identity.detail, identity.code_uri, identity.randomness) == ("", "", "")
    assert identity.identity_provider == "{}"
    assert export.accounts[0].self_amounts == ZERO_SHIELDED
    assert export.credentials[1].policy == '{"validTo":"202601","createdAt":"202601","revealedAttributes":{}}'
    assert export.genesis is None


def provider_wallet(*credentials: CredentialRow, home: IdentityRow = PROVIDER_IDENTITY) -> DesktopExport:
    snapshot = WalletSnapshot(
        wallets=(WalletRow(LEDGERS[0]),),
        identities=(LEGACY_IDENTITY, PROVIDER_IDENTITY),
        accounts=(AccountRow(address(0), "joint", home.key),),
        credentials=credentials,
        external_credentials=(ExternalCredentialRow(cred_id("x"), address(0, alias=1)),),
    )
    return to_desktop(snapshot, MONTH)


PROVIDER_CREDENTIAL = CredentialRow(cred_id("p"), address(0), PROVIDER_IDENTITY.key, 0, 0, scheme="provider-v1")
LEGACY_CREDENTIAL = CredentialRow(cred_id("l"), address(0, alias=1), LEGACY_IDENTITY.key, 0, 1)


def test_provider_path_identities_stay_behind_with_what_hangs_on_them_alone() -> None:
    export = provider_wallet(PROVIDER_CREDENTIAL)
    assert [row.name for row in export.identities] == ["Legacy ID"]
    assert (export.accounts, export.credentials, export.external_credentials) == ((), (), ())
    assert len(export.notes) == 4


def test_an_account_of_both_paths_moves_to_its_legacy_identity() -> None:
    """And every address of it is spelled alike: the Desktop Wallet's keys know no aliases."""
    export = provider_wallet(PROVIDER_CREDENTIAL, LEGACY_CREDENTIAL)
    assert [row.identity_id for row in export.accounts] == [1]
    named = [row.account_address for row in export.credentials]
    named += [row.account_address for row in export.external_credentials]
    assert set(named) == {address(0)}
    assert len(export.notes) == 2


def test_a_scheme_that_its_identity_cannot_have_stays_behind() -> None:
    old = replace(LEGACY_CREDENTIAL, scheme="legacy-v0")
    export = provider_wallet(old, home=LEGACY_IDENTITY)
    assert (export.credentials, export.accounts) == ((), ())
    assert "another key scheme" in " ".join(export.notes)


def test_two_credentials_on_one_index_would_break_the_wallets_unique_key() -> None:
    other = replace(LEGACY_CREDENTIAL, cred_id=cred_id("m"), counter=1)
    export = provider_wallet(LEGACY_CREDENTIAL, other, home=LEGACY_IDENTITY)
    assert [row.credential_index for row in export.credentials] == [1, None]
    assert "without its index" in " ".join(export.notes)


def test_entries_of_accounts_that_stay_behind_can_be_edited() -> None:
    snapshot = as_snapshot(imported())
    bare = replace(snapshot, identities=(), accounts=(), credentials=(), external_credentials=())
    assert {row.read_only for row in to_desktop(bare, MONTH).address_book} == {False}
    assert {row.read_only for row in to_desktop(snapshot, MONTH).address_book} == {True, False}


@pytest.mark.parametrize("month", ["2025-03", "202513", "20250", "２０２５０３"])
def test_the_month_is_checked(month: str) -> None:
    with pytest.raises(ValueError, match="YYYYMM"):
        to_desktop(WalletSnapshot(), month)
