"""Report files and the signing key on disk: private, whole or not at all, made once."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.recover.report import files as report_files
from ledger_recovery.recover.report import keys as report_keys
from ledger_recovery.recover.report import load_or_create_key, read_report, save_report
from ledger_recovery.recover.report.keys import KEY_FILE
from ledger_recovery.recover.report.sign import public_key_of


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_report_is_written_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "run.json"
    save_report(path, b"one\n")
    assert path.read_bytes() == b"one\n" and mode(path) == 0o600 and mode(path.parent) == 0o700
    save_report(path, b"two\n")
    assert read_report(path) == b"two\n"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_report_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "run.json"
    save_report(path, b"old\n")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", fail) if step == "fsync" else (Path, "replace", fail)))
    with pytest.raises(StorageError, match="No space left on device") as refused:
        save_report(path, b"new\n")
    assert refused.value.hint
    assert path.read_bytes() == b"old\n" and list(tmp_path.iterdir()) == [path]


def test_a_directory_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    with pytest.raises(StorageError, match="could not be written"):
        save_report(tmp_path / "run.json", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_reading_is_bounded_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_report(tmp_path / "missing.json")
    (tmp_path / "long.json").write_bytes(b"x" * 11)
    monkeypatch.setattr(report_files, "MAX_REPORT_BYTES", 10)
    with pytest.raises(InputError, match="larger than any report"):
        read_report(tmp_path / "long.json")


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    first = public_key_of(load_or_create_key(directory))
    assert public_key_of(load_or_create_key(directory)) == first
    assert mode(directory / KEY_FILE) == 0o600 and mode(directory) == 0o700
    assert [p.name for p in directory.iterdir()] == [KEY_FILE]
    assert public_key_of(load_or_create_key(tmp_path / "other")) != first


def test_all_who_make_the_key_at_once_get_the_same_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads see no key and hold back until all have made one of their own."""
    ready = threading.Barrier(8)
    write = report_files.write_private

    def write_and_wait(directory: Path, data: bytes) -> Path:
        path = write(directory, data)
        ready.wait(timeout=30)
        return path

    monkeypatch.setattr(report_keys, "write_private", write_and_wait)
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(public_key_of(load_or_create_key(tmp_path)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert [p.name for p in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("content", [b"", b"x", b"ab" * 32, b"ab" * 32 + b"\n\n", b"AB" * 32 + b"\n"])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StorageError, match="is not a report signing key") as refused:
        load_or_create_key(tmp_path)
    assert path.read_bytes() == content
    assert not content.strip() or content.decode().strip() not in refused.value.sentence.replace(str(path), "")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_or_create_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(StorageError, match="mode 0640") as refused:
        load_or_create_key(tmp_path)
    assert "chmod 600" in refused.value.hint


def test_a_link_in_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    load_or_create_key(tmp_path / "real")
    (tmp_path / KEY_FILE).symlink_to(tmp_path / "real" / KEY_FILE)
    with pytest.raises(StorageError, match="cannot be used"):
        load_or_create_key(tmp_path)


def test_a_pipe_in_place_of_the_key_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / KEY_FILE, 0o600)
    with pytest.raises(StorageError, match="is not a report signing key"):
        load_or_create_key(tmp_path)
