"""Restoring from files, onto other Boxes, into wallets that have things of their own; DIDs, peers and the vault."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.backup.content import VaultRows
from ledger_recovery.backup.copies import pack_copy
from ledger_recovery.errors import (
    BoxError,
    BoxRefused,
    DamagedFile,
    DidKeyMissing,
    InputError,
    NoSuchBackup,
    OtherBackup,
    OtherNetwork,
    StorageError,
)
from ledger_recovery.files.merge import Outcome
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.backups.merging import free_name, merge_dids, merge_peers, merge_vault
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.changes import AddDid, AddPeer, BindNetwork, CreateVault, StoreSecret
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.vault_model import VaultCost
from tests.support.memory_box import MemoryBox
from tests.unit.recover.backups.machines import Machine
from tests.unit.wallet.rows import GENESIS

CHEAP = VaultCost(memory_kib=64, iterations=1, lanes=1)
SOMEBODY = "did:ipid:k51qzi5uqu5dlkjtlk38ktz7y2kqzfp5hy0w4nzbiq3j3kcr7l0uqydq2p4n3l"


async def test_a_backup_under_other_words_stays_its_own(machine: Machine, second: Machine, box: MemoryBox) -> None:
    """Restoring somebody else's backup merges it, and this machine keeps saving under its own words."""
    machine.change(1)
    secret = await machine.enable()
    await second.enable()
    mine = second.state().link
    result = await second.restore(secret)
    assert not result.linked
    assert second.state().link == mine
    assert second.entries() == {"entry 1"}
    assert len(box.backups) == 2


async def test_a_file_restores_without_any_box(machine: Machine, bare: Machine, box: MemoryBox, tmp_path: Path) -> None:
    machine.change(1)
    secret = await machine.enable()
    (kept,) = box.backups.values()
    _, bundle, part = kept.generations[-1]
    copy = tmp_path / "copy.lrb"
    copy.write_bytes(pack_copy(bundle, part))
    result = await backups.restore(bare.settings, secret, file=copy, deps=bare.deps)
    assert (result.linked, result.plan.source) == (False, str(copy))
    assert bare.entries() == {"entry 1"}
    with pytest.raises(OtherBackup):
        await backups.restore(bare.settings, SecretBytes(b"x" * 32), file=copy, deps=bare.deps)
    with pytest.raises(InputError, match="no Identity Box"):
        await backups.plan_restore(bare.settings, secret, deps=bare.deps)


async def test_a_file_restores_onto_another_box(
    machine: Machine, bare: Machine, box: MemoryBox, tmp_path: Path
) -> None:
    secret = await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    await machine.flush()
    (kept,) = box.backups.values()
    copy = tmp_path / "copy.lrb"
    copy.write_bytes(pack_copy(*kept.generations[-1][1:]))
    bare.box = MemoryBox("the other Box")
    await bare.pair()
    with pytest.raises(NoSuchBackup):
        await backups.plan_restore(bare.settings, secret, deps=bare.deps)
    result = await backups.restore(bare.settings, secret, file=copy, deps=bare.deps)
    assert (result.linked, result.dids_restored, result.did_problem) == (True, (row.did,), None)
    assert result.status.kind is BackupKind.SAVED


async def test_a_backup_of_another_network_changes_nothing(machine: Machine, second: Machine) -> None:
    with WalletStore.open(machine.settings.wallet) as store:
        store.apply([BindNetwork(GENESIS)])
    secret = await machine.enable()
    with WalletStore.open(second.settings.wallet) as store:
        store.apply([BindNetwork("00" * 32)])
    await second.pair()
    with pytest.raises(OtherNetwork):
        await second.restore(secret)
    assert second.state().link is None


async def test_an_apply_that_fails_leaves_the_wallet_as_it_was(
    machine: Machine, second: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.change(1)
    secret = await machine.enable()
    await second.pair()
    second.change(2)

    def full(*_: object) -> int:
        raise StorageError("the disk is full", "free some space")

    monkeypatch.setattr(WalletStore, "apply", full)
    with pytest.raises(StorageError):
        await second.restore(secret)
    assert second.entries() == {"entry 2"}
    assert second.state().link is None


# --- DIDs and peers ---------------------------------------------------------------------------------------------


async def test_dids_are_made_saved_published_and_deleted(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    assert backups.did_list(machine.settings) == (row,)
    assert backups.did_show(machine.settings, row.did) == row
    assert json.loads(row.document)["id"] == row.did
    assert (await machine.flush()).kind is BackupKind.SAVED
    verified = await backups.verify(machine.settings, deps=machine.deps)
    assert verified.dids == (row.did,)
    assert await backups.did_publish(machine.settings, "me", deps=machine.deps) == "told to IPFS"
    box.publishes = False
    with pytest.raises(BoxRefused, match="off"):
        await backups.did_publish(machine.settings, "me", deps=machine.deps)
    deleted = await backups.did_delete(machine.settings, "me", deps=machine.deps)
    assert deleted.keys_deleted
    (kept,) = box.backups.values()
    assert (kept.dids, backups.did_list(machine.settings)) == ({}, ())
    assert (await machine.flush()).kind is BackupKind.SAVED


async def test_a_name_that_cannot_be_used_makes_no_keys(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    await backups.did_create(machine.settings, "me", deps=machine.deps)
    for name in ("me", "", "two\nlines", "x" * 101):
        with pytest.raises(InputError):
            await backups.did_create(machine.settings, name, deps=machine.deps)
    assert box.asked.count("create_did") == 1


async def test_a_key_that_the_box_lost_fails_loudly(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    (kept,) = box.backups.values()
    kept.dids.clear()
    told = await machine.flush()
    assert told.kind is BackupKind.FAILING
    assert told.failing is not None
    assert told.failing.code == "did-key-missing"
    assert row.did in told.sentence


async def test_a_part_without_keys_is_told_before_and_after_the_restore(
    machine: Machine, bare: Machine, box: MemoryBox
) -> None:
    secret = await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    machine.change(1)
    await machine.flush()
    (kept,) = box.backups.values()
    newest, data, _ = kept.generations[-1]
    kept.generations[-1] = (newest, data, b"{}")
    kept.dids.clear()
    with pytest.raises(InputError):
        await backups.verify(machine.settings, deps=machine.deps)
    await bare.pair()
    plan = await backups.plan_restore(bare.settings, secret, deps=bare.deps)
    assert plan.did_problem is not None
    result = await bare.restore(secret)
    assert result.did_problem == plan.did_problem
    assert bare.entries() == {"entry 1"}
    assert [one.did for one in backups.did_list(bare.settings)] == [row.did]
    assert result.status.failing is not None
    assert result.status.failing.code == DidKeyMissing.code


async def test_a_box_that_gives_no_did_is_an_error(
    machine: Machine, box: MemoryBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger_recovery.backup.protocol_replies import DidReply
    from tests.support.memory_box import MemoryClient

    async def nonsense(_self: MemoryClient, _backup_id: str) -> DidReply:
        return DidReply("did:ipid:" + "k" * 50, {"id": "another"})

    await machine.enable()
    monkeypatch.setattr(MemoryClient, "create_did", nonsense)
    with pytest.raises(BoxError, match="no DID"):
        await backups.did_create(machine.settings, "me", deps=machine.deps)
    assert backups.did_list(machine.settings) == ()


async def test_peers_are_dids_and_come_back_with_the_backup(machine: Machine, bare: Machine) -> None:
    secret = await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    peer = backups.peer_add(machine.settings, "myself", row.did, deps=machine.deps)
    assert backups.peer_add(machine.settings, "myself", row.did, deps=machine.deps) == peer
    with pytest.raises(InputError):
        backups.peer_add(machine.settings, "nobody", "did:web:example.org", deps=machine.deps)
    assert (await machine.flush()).kind is BackupKind.SAVED
    await bare.pair()
    await bare.restore(secret)
    assert backups.peer_list(bare.settings) == (peer,)
    assert backups.peer_remove(bare.settings, "myself") == peer
    assert backups.peer_list(bare.settings) == ()


def test_a_taken_name_gets_a_number_and_known_ones_stay() -> None:
    here = (DidRow("me", "did:ipid:a", "{}", "t"),)
    theirs = (DidRow("me", "did:ipid:b", "{}", "t"), DidRow("other", "did:ipid:a", "{}", "t"))
    merged = merge_dids(here, theirs)
    assert merged.changes == (AddDid(replace(theirs[0], name="me (2)")),)
    assert [decision.outcome for decision in merged.decisions] == [Outcome.ADDED, Outcome.KNOWN]
    assert merged.decisions[1].kept_as == "me"
    peers = merge_peers((), (PeerRow("a", "did:ipid:a", "t"), PeerRow("b", "did:ipid:a", "t")))
    assert peers.changes == (AddPeer(PeerRow("a", "did:ipid:a", "t")),)


def test_a_free_name_stays_within_the_bound() -> None:
    long = "x" * 100
    assert free_name(long, {long}) == "x" * 96 + " (2)"
    assert free_name("a", {"a", "a (2)"}) == "a (3)"


# --- vault ------------------------------------------------------------------------------------------------------


def _vault(machine: Machine, password: bytes, *names: str) -> VaultRows:
    with WalletStore.open(machine.settings.wallet) as store:
        place = store.vault(CHEAP)
        for name in names:
            with place.open_or_prepare(SecretBytes(password)) as vault:
                store.apply(vault.put("mobile identity", name, SecretBytes(name.encode())))
        taken = store.backups().take().vault
    assert taken is not None
    return VaultRows(*taken)


async def test_the_vault_comes_back_under_its_own_password(machine: Machine, bare: Machine) -> None:
    _vault(machine, b"a password", "one", "two")
    secret = await machine.enable()
    await bare.pair()
    result = await bare.restore(secret)
    assert "2 items" in result.plan.vault_note
    with (
        WalletStore.open(bare.settings.wallet) as store,
        store.vault().unlock(SecretBytes(b"a password")) as vault,
        vault.get("mobile identity", "two") as item,
    ):
        assert item.reveal() == b"two"


def test_vaults_are_completed_or_left_apart(machine: Machine, second: Machine) -> None:
    whole, other = _vault(machine, b"password", "one", "two"), _vault(second, b"password", "one")
    fewer = VaultRows(whole.header, whole.items[:1])
    assert merge_vault(None, None).changes == ()
    assert merge_vault(None, whole).changes == (CreateVault(whole.header), *map(StoreSecret, whole.items))
    assert merge_vault(fewer, whole).changes == (StoreSecret(whole.items[1]),)
    assert merge_vault(whole, fewer).changes == ()
    apart = merge_vault(other, whole)
    assert apart.changes == ()
    assert "another key" in apart.note
    changed = VaultRows(replace(fewer.header, salt=b"s" * 16), fewer.items)
    assert "password that it has here" in merge_vault(changed, whole).note


async def test_a_vault_that_nobody_could_open_is_refused(machine: Machine, bare: Machine) -> None:
    _vault(machine, b"password", "one")
    import sqlite3

    with sqlite3.connect(machine.settings.wallet) as connection:
        connection.execute("UPDATE vault SET iterations = 9000")
    connection.close()
    secret = await machine.enable()
    await bare.pair()
    with pytest.raises(DamagedFile, match="vault"):
        await bare.restore(secret)
    assert bare.entries() == set()
