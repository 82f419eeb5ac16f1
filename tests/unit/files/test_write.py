"""Export files on disk: the old state or the new one at every fault, private, verified before they have a name."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger_recovery.errors import DamagedFile, InputError, StorageError
from ledger_recovery.files import bounds
from ledger_recovery.files import write as write_module
from ledger_recovery.files.write import read_bounded, refuse_existing, save


def fine(_: bytes) -> None:
    """A verification that finds nothing wrong."""


def bad(_: bytes) -> None:
    raise DamagedFile("it does not open")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_new_file_is_whole_and_private(tmp_path: Path) -> None:
    seen: list[bytes] = []
    save(tmp_path / "e", b"export", seen.append)
    assert (tmp_path / "e").read_bytes() == b"export"
    assert stat.S_IMODE((tmp_path / "e").stat().st_mode) == 0o600
    assert names(tmp_path) == ["e"]
    assert seen == [b"export"]


def test_an_existing_file_is_not_replaced_unless_told_to(tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(b"old")
    with pytest.raises(InputError, match="something at"):
        save(tmp_path / "e", b"new", fine)
    assert (tmp_path / "e").read_bytes() == b"old"
    save(tmp_path / "e", b"new", fine, replace=True)
    assert (tmp_path / "e").read_bytes() == b"new"
    assert names(tmp_path) == ["e"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_that_does_not_verify_gets_no_name(tmp_path: Path, replace: bool) -> None:
    if replace:
        (tmp_path / "e").write_bytes(b"old")
    before = names(tmp_path)
    with pytest.raises(DamagedFile, match="does not open"):
        save(tmp_path / "e", b"new", bad, replace=replace)
    assert names(tmp_path) == before
    assert not replace or (tmp_path / "e").read_bytes() == b"old"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "e"

    def somebody_else(_: bytes) -> None:
        path.write_bytes(b"theirs")

    with pytest.raises(InputError, match="something at"):
        save(path, b"ours", somebody_else)
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["e"]


def test_a_file_system_without_links_still_takes_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    save(tmp_path / "e", b"new", fine)
    assert names(tmp_path) == ["e"]
    with pytest.raises(InputError):
        save(tmp_path / "e", b"newer", fine)
    assert (tmp_path / "e").read_bytes() == b"new"


def failing(original: Callable[..., object], at: int, code: int) -> Callable[..., object]:
    calls = iter(range(1_000_000))

    def call(*arguments: object, **named: object) -> object:
        if next(calls) == at:
            raise OSError(code, os.strerror(code))
        return original(*arguments, **named)

    return call


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("step", ["fsync", "open", "write", "rename", "link"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_fault_at_any_step_leaves_the_old_state_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, at: int, code: int, replace: bool
) -> None:
    path = tmp_path / "e"
    if replace:
        path.write_bytes(b"old")
    if step == "write":
        monkeypatch.setattr(write_module, "_write", failing(write_module._write, at, code))
    elif step in ("rename", "link"):
        name = "rename" if step == "rename" else "hardlink_to"
        monkeypatch.setattr(Path, name, failing(getattr(Path, name), at, code))
    else:
        monkeypatch.setattr(os, step, failing(getattr(os, step), at, code))
    try:
        save(path, b"new", fine, replace=replace)
        told = True
    except StorageError:
        told = False
    monkeypatch.undo()
    stored = path.read_bytes() if path.exists() else None
    assert stored in (b"new", b"old" if replace else None)
    assert stored == b"new" or not told
    assert names(tmp_path) == (["e"] if stored is not None else [])


def test_a_disk_that_loses_bytes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"other")
    with pytest.raises(StorageError, match="other bytes"):
        save(tmp_path / "e", b"new", fine)
    assert names(tmp_path) == []


def test_a_missing_folder_and_a_folder_are_refused_before_any_password(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        refuse_existing(tmp_path / "a" / "e", replace=False)
    with pytest.raises(InputError, match="something at"):
        refuse_existing(tmp_path, replace=True)
    with pytest.raises(InputError):
        refuse_existing(tmp_path / ("x" * 300), replace=False)


def test_a_link_leads_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    save(tmp_path / "link", b"new", fine, replace=True)
    assert (tmp_path / "real").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


def test_reading_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "e"
    path.write_bytes(b"12345")
    monkeypatch.setattr(write_module, "MAX_FILE_BYTES", 5)
    assert read_bounded(path) == b"12345"
    monkeypatch.setattr(write_module, "MAX_FILE_BYTES", 4)
    with pytest.raises(InputError, match="larger"):
        read_bounded(path)
    assert bounds.MAX_FILE_BYTES == 64 * 1024 * 1024


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_bounded(tmp_path / "missing")
    with pytest.raises(InputError, match="is not a file"):
        read_bounded(tmp_path)
    with pytest.raises(InputError, match="is not a file"):
        read_bounded(Path("/dev/zero"))


KILLED = """
import os, signal, sys
from pathlib import Path
from ledger_recovery.files.write import save
left, path = int(sys.argv[1]), Path(sys.argv[2])
FILE_EVENTS = ("open", "os.rename", "os.link", "os.remove", "os.chmod", "os.truncate")
def hook(event, arguments):
    global left
    if event in FILE_EVENTS:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
save(path, b"new", lambda data: None, replace=True)
"""


def test_killed_at_any_step_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "wallet.export"
    seen: list[bytes] = []
    for step in range(1, 100):
        path.write_bytes(b"old")
        ended = subprocess.run([sys.executable, "-c", KILLED, str(step), str(path)], check=False)
        seen.append(path.read_bytes())
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
    assert set(seen[:-1]) <= {b"old", b"new"}
    assert len(seen) > 4, "it was killed at several steps"
    assert b"old" in seen
    assert seen[-1] == b"new"
