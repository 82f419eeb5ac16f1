"""Wallet files and recovery together, on real sockets: what a backup lacks is found, and found accounts get names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.service import exit_status
from ledger_recovery.recover.service.wallet_files import FileFormat, export_file, import_file, verify_file
from ledger_recovery.wallet.changes import AddAccount, AddCredential, AddIdentity
from ledger_recovery.wallet.model import IdentityStatus, WalletSnapshot
from tests.e2e.conftest import Nodes, Scene, expectation
from tests.support.device import emulated_device
from tests.unit.files.support import cbc_file, compact, desktop_sample, password

MakeScene = Callable[..., Scene]
LEDGER = "3859554f"
FIRST = "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6"
SHARED = "3yGmMhT7o99DmWmuwrzorM9L3JP6j4UF5s2mK71K2J3nWQeMKq"
SHARED_CREDENTIAL = "aac1b5f6"


def without_shared_account(document: dict[str, Any]) -> None:
    """A hole: counter 1 of identity index 0 is gone with its account, the counters around it stay."""
    document["accounts"] = [row for row in document["accounts"] if row["address"] != SHARED]
    document["credentials"] = [row for row in document["credentials"] if row["accountAddress"] != SHARED]
    document["addressBook"] = [row for row in document["addressBook"] if row["address"] != SHARED]
    document["externalCredentials"] = []


def without_second_identity(document: dict[str, Any]) -> None:
    """Identity index 1 of the first Ledger is gone with all that hangs on it."""
    gone = {row["id"] for row in document["identities"] if row["identityNumber"] == 1}
    accounts = {row["address"] for row in document["accounts"] if row["identityId"] in gone}
    document["identities"] = [row for row in document["identities"] if row["id"] not in gone]
    document["accounts"] = [row for row in document["accounts"] if row["address"] not in accounts]
    document["credentials"] = [row for row in document["credentials"] if row["identityId"] not in gone]
    document["addressBook"] = [row for row in document["addressBook"] if row["address"] not in accounts]


def nothing_but_identities(document: dict[str, Any]) -> None:
    for table in ("accounts", "credentials", "addressBook", "externalCredentials"):
        document[table] = []


def cut_export(folder: Path, cut: Callable[[dict[str, Any]], None]) -> Path:
    document = desktop_sample()
    cut(document)
    path = folder / "cut.json"
    path.write_bytes(cbc_file(compact(document)))
    return path


def whole_export(folder: Path) -> Path:
    path = folder / "whole.json"
    path.write_bytes(cbc_file(compact(desktop_sample())))
    return path


def assert_everything_found(wallet: WalletSnapshot) -> None:
    """Each credential of the world is there, at its place; the export's own rows came along."""
    held = {c.cred_id: c for c in wallet.credentials}
    accounts = {a.address for a in wallet.accounts}
    for wanted in (c for c in expectation("sample").credentials if c.path == "legacy"):
        row = held[wanted.cred_id]
        assert (row.identity.index, row.counter, row.account_address) == (
            wanted.identity_index,
            wanted.counter,
            wanted.account,
        )
        assert row.removed is (wanted.status == "removed")
        assert row.account_address in accounts or row.removed


@pytest.mark.parametrize("cut", [without_shared_account, without_second_identity, nothing_but_identities])
async def test_recovery_finds_what_a_backup_lacks(
    cut: Callable[[dict[str, Any]], None], nodes: Nodes, scene: MakeScene, tmp_path: Path
) -> None:
    with emulated_device(automation="approve") as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        file = cut_export(tmp_path, cut)
        assert import_file(home.settings, file, password()).applied > 0
        before = home.wallet()
        result = await home.recover(ScanPolicy(last=3))
    assert exit_status(result) is ExitStatus.COMPLETE
    assert_everything_found(home.wallet())
    new = {a.address for a in home.wallet().accounts} - {a.address for a in before.accounts}
    assert new
    assert new == {change.row.address for change in result.changes if isinstance(change, AddAccount)}
    assert set(verify_file(home.settings, file, password()).file_lacks.accounts) == new
    kept = {i.key: (i.name, i.status) for i in before.identities}
    assert {i.key: (i.name, i.status) for i in home.wallet().identities if i.key in kept} == kept


async def test_an_import_gives_recovered_placeholders_their_identities_and_names(
    nodes: Nodes, scene: MakeScene, tmp_path: Path
) -> None:
    with emulated_device(automation="approve") as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        await home.recover(ScanPolicy(last=3))
        recovered = home.wallet()
        assert all(i.is_placeholder for i in recovered.identities)
        import_file(home.settings, whole_export(tmp_path), password())
        merged = home.wallet()
        again = await home.recover(ScanPolicy(last=3))
    first = next(i for i in merged.identities if i.key.fingerprint.startswith(LEDGER) and i.key.index == 0)
    assert (first.name, first.status) == ("Passport ID", IdentityStatus.CONFIRMED)
    assert first.identity_object
    names = {a.address: a.name for a in merged.accounts}
    assert (names[FIRST], names[SHARED]) == ("Everyday", "Joint savings")
    facts = {a.address: a.facts for a in merged.accounts}
    assert all(facts[a.address] == a.facts for a in recovered.accounts), "the chain's facts outlive an import"
    assert {c.cred_id for c in merged.credentials} >= {c.cred_id for c in recovered.credentials}
    assert next(c for c in merged.credentials if c.cred_id.startswith(SHARED_CREDENTIAL)).randomness
    assert not [c for c in again.changes if isinstance(c, AddIdentity | AddAccount | AddCredential)], (
        "recovery has nothing to add"
    )
    assert {a.address: a.name for a in home.wallet().accounts} == names


async def test_import_and_recovery_meet_in_either_order(nodes: Nodes, scene: MakeScene, tmp_path: Path) -> None:
    file = whole_export(tmp_path)
    ends = []
    with emulated_device(automation="approve") as device:
        start = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        for name, file_first in (("file", True), ("chain", False)):
            home = start.using(wallet=tmp_path / name / "wallet.sqlite")
            if file_first:
                import_file(home.settings, file, password())
            await home.recover(ScanPolicy(last=3))
            if not file_first:
                import_file(home.settings, file, password())
            ends.append(home.wallet())
    by_file, by_chain = ends
    assert by_file.identities == by_chain.identities
    assert {a.address: (a.name, a.identity) for a in by_file.accounts} == {
        a.address: (a.name, a.identity) for a in by_chain.accounts
    }
    assert [replace(c, policy=None) for c in by_file.credentials] == [
        replace(c, policy=None) for c in by_chain.credentials
    ]


@pytest.mark.parametrize("kind", [FileFormat.OWN, FileFormat.DESKTOP])
async def test_a_recovered_wallet_goes_through_a_file(
    kind: FileFormat, nodes: Nodes, scene: MakeScene, tmp_path: Path
) -> None:
    with emulated_device(automation="approve") as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        await home.recover(ScanPolicy(last=3))
    path = tmp_path / "export"
    export_file(home.settings, path, kind, password())
    second = home.using(wallet=tmp_path / "second" / "wallet.sqlite")
    import_file(second.settings, path, password())
    assert {c.cred_id for c in second.wallet().credentials} == {c.cred_id for c in home.wallet().credentials}
    assert {a.address for a in second.wallet().accounts} == {a.address for a in home.wallet().accounts}
    if kind is FileFormat.OWN:
        assert second.wallet() == home.wallet()
