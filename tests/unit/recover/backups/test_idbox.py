"""A backup of the original Identity Box, taken over: keys to the paired Box, names and peers to the wallet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_recovery.errors import InputError
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from tests.support.memory_box import MemoryBox
from tests.unit.backup.idbox_samples import samples
from tests.unit.recover.backups.machines import Machine


async def test_an_original_backup_moves_to_our_box(machine: Machine, box: MemoryBox, tmp_path: Path) -> None:
    sample = next(one for one in samples() if one.own and one.peers and one.pems)
    folder = tmp_path / sample.backup_id
    (folder / "did-docs").mkdir(parents=True)
    (folder / "backup").write_text(sample.bundle)
    for name, pem in sample.pems.items():
        (folder / name).write_bytes(pem)
    for name, text in sample.documents.items():
        (folder / "did-docs" / name).write_text(text)
    plan = backups.plan_idbox(machine.settings, sample.words, folder, sample.password, deps=machine.deps)
    assert plan.needs_box
    with pytest.raises(InputError, match="need a Box"):
        await backups.import_idbox(machine.settings, sample.words, folder, sample.password, deps=machine.deps)
    assert backups.peer_list(machine.settings) == ()
    await machine.enable()
    for expected in (len(sample.own) + len(sample.peers), 0):
        result = await backups.import_idbox(machine.settings, sample.words, folder, sample.password, deps=machine.deps)
        assert result.applied == expected
    assert {row.did for row in backups.did_list(machine.settings)} == {str(one["did"]) for one in sample.own}
    assert {row.did for row in backups.peer_list(machine.settings)} == set(sample.peers.values())
    assert (await machine.flush()).kind is BackupKind.SAVED
    (kept,) = box.backups.values()
    assert set(kept.dids) == {str(one["did"]) for one in sample.own}


async def test_peers_alone_need_no_box(machine: Machine, tmp_path: Path) -> None:
    sample = next(one for one in samples() if one.own and one.peers)
    file = tmp_path / "backup"
    file.write_text(sample.bundle)
    result = await backups.import_idbox(machine.settings, sample.words, file, peers_only=True, deps=machine.deps)
    assert result.applied == len(sample.peers)
    assert len(result.plan.left_out) == len(sample.own)
