"""A put that dies or fails at any step leaves the old generation or the new one, and nothing that cannot be cleaned."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger_recovery.box import private, storing
from ledger_recovery.box.blobs import Blobs
from ledger_recovery.box.generations import add_garbage, list_generations
from tests.unit.box.boxes import Box, bundle, digest, running_box

FIRST = bundle()
SECOND = bundle(2, digest(FIRST))


class Killed(BaseException):
    """Stands for kill -9: nothing of the program runs after it."""


STEPS: dict[str, tuple[object, str]] = {
    "before the temporary file": (private, "make_file"),
    "before its data is on the disk": (os, "fsync"),
    "before the rename": (os, "replace"),
    "before the directory is synced": (private, "sync_directory"),
    "before the row": (storing, "add_generation"),
}


async def stored(box: Box) -> list[int]:
    with box.room.db.read() as connection:
        return [row.generation for row in list_generations(connection, 1)]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
async def test_a_failing_disk_is_told_and_the_next_try_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    async with running_box(tmp_path) as box:
        machine = await box.enabled()
        assert (await machine.put(FIRST)).status_code == 201
        with monkeypatch.context() as patched:
            patched.setattr(*STEPS[step], _failing(OSError(code, "planted")))
            answer = await machine.put(SECOND, 2, digest(FIRST))
        of_the_disk = (507, "full") if code == errno.ENOSPC else (503, "storage")
        wanted = (500, "defect") if step == "before the row" else of_the_disk
        assert (answer.status_code, answer.json()["code"]) == wanted
        assert await stored(box) == [1]
        box.room.clean()
        assert list(box.room.blobs.every()) == [digest(FIRST)]
        assert list((tmp_path / "tmp").iterdir()) == []
        assert (await machine.put(SECOND, 2, digest(FIRST))).status_code == 201
        assert await stored(box) == [1, 2]


@pytest.mark.parametrize("step", ["before its data is on the disk", "before the rename", "before the row"])
async def test_what_a_kill_leaves_is_cleaned_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async with running_box(tmp_path) as box:
        machine = await box.enabled()
        assert (await machine.put(FIRST)).status_code == 201
        # The folder of the second one is there: making it would be one more step before the temporary file.
        (tmp_path / "blobs" / digest(SECOND)[:2]).mkdir(exist_ok=True)
        if step == "before the row":
            box.room.blobs.put(SECOND)
        else:
            with monkeypatch.context() as patched:
                patched.setattr(*STEPS[step], _failing(Killed()))
                patched.setattr(Path, "unlink", lambda *_, **__: None)
                with pytest.raises(Killed):
                    box.room.blobs.put(SECOND)
            assert len(list((tmp_path / "tmp").iterdir())) == 1
    async with running_box(tmp_path) as box:
        assert box.room.blobs.remove_temporaries() == (0 if step == "before the row" else 1)
        box.room.clean()
        assert list(box.room.blobs.every()) == [digest(FIRST)]
        assert await stored(box) == [1]


async def test_a_blob_that_was_swept_before_its_row_is_written_again(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = await box.enabled()
    put = Blobs.put
    swept: list[str] = []

    def swept_once(self: Blobs, data: bytes) -> str:
        name = put(self, data)
        if not swept:
            swept.append(name)
            box.room.clean()
        return name

    monkeypatch.setattr(Blobs, "put", swept_once)
    assert (await machine.put(FIRST)).status_code == 201
    assert swept == [digest(FIRST)]
    assert box.room.blobs.is_whole(digest(FIRST))


async def test_the_sweep_spares_what_a_row_names(box: Box) -> None:
    machine = await box.enabled()
    assert (await machine.put(FIRST)).status_code == 201
    box.room.db.write(lambda c: add_garbage(c, [digest(FIRST)]))
    assert box.room.sweep() == 0
    assert box.room.blobs.is_whole(digest(FIRST))


def test_a_blob_that_was_altered_on_the_disk_is_written_anew(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"content")
    path = tmp_path / "blobs" / name[:2] / name
    path.write_bytes(b"CONTENT")
    assert not blobs.is_whole(name)
    assert blobs.put(b"content") == name
    assert blobs.is_whole(name)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "..", "../" * 3 + "box.key", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_digests_name_blobs(tmp_path: Path, name: str) -> None:
    blobs = Blobs(tmp_path)
    for ask in (blobs.open, blobs.size, blobs.remove):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(name)


def test_a_blob_is_synced_before_and_after_its_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(os, "fsync", _noting(happened, "fsync", os.fsync))
    monkeypatch.setattr(os, "replace", _noting(happened, "rename", os.replace))
    blobs = Blobs(tmp_path)
    blobs.put(b"first in this folder")
    assert happened == ["fsync", "fsync", "rename", "fsync"]


def _failing(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def _noting(happened: list[str], name: str, real: Callable[..., object]) -> Callable[..., object]:
    def noted(*args: object, **kwargs: object) -> object:
        happened.append(name)
        return real(*args, **kwargs)

    return noted
