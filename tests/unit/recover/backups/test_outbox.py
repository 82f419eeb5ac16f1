"""The upload under way on disk: whole or not there, private, and under a name that leads nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.errors import StorageError, WalletBusy
from ledger_recovery.recover.service.backups.outbox import Outbox, Upload
from ledger_recovery.wallet.backup_model import BackupCounts

UPLOAD = Upload("a" * 52, 3, "", 7, "key-key-key-key-key", BackupCounts(1, 2, 3, 4, 5, 6, 7), b"bundle\nwith lines")


def test_an_upload_under_way_comes_back_as_it_was(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "ref")
    assert outbox.get() is None
    outbox.put(UPLOAD)
    assert Outbox(tmp_path, "ref").get() == UPLOAD
    assert Outbox(tmp_path, "other").get() is None
    (path,) = (tmp_path / "backup-outbox").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    outbox.clear()
    outbox.clear()
    assert outbox.get() is None


def test_an_upload_that_is_not_whole_counts_for_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "ref")
    outbox.put(UPLOAD)
    path = tmp_path / "backup-outbox" / "ref"
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert outbox.get() is None, length
    path.write_bytes(whole.replace(b'"generation":3', b'"generation":[]'))
    assert outbox.get() is None


def test_an_upload_of_a_program_that_counted_no_evm_accounts_is_sent_all_the_same(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "ref")
    outbox.put(UPLOAD)
    path = tmp_path / "backup-outbox" / "ref"
    path.write_bytes(path.read_bytes().replace(b'"evm_accounts":7,', b""))
    assert outbox.get() == replace(UPLOAD, holds=replace(UPLOAD.holds, evm_accounts=0))


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="keys"):
        Outbox(tmp_path, "../elsewhere")


def test_one_program_uploads_at_a_time(tmp_path: Path) -> None:
    with Outbox(tmp_path, "ref").alone():
        with pytest.raises(WalletBusy), Outbox(tmp_path, "ref").alone():
            pass
        with Outbox(tmp_path, "other").alone():
            pass
