"""What the Box's keeper does: offers, check, cleaning, copies, devices; and the rule of retention."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup import protocol
from ledger_recovery.backup.copies import pack_copy, unpack_copy
from ledger_recovery.backup.pairing import parse_link
from ledger_recovery.box import admin
from ledger_recovery.box.check import check
from ledger_recovery.box.offering import note_address
from ledger_recovery.box.retention import DAY, Kept, prunable
from ledger_recovery.errors import BackupConflict, DamagedFile, InputError, NotOurFile, StorageError
from tests.unit.box.boxes import (
    ADDRESS,
    NOW,
    ROOMY,
    as_json,
    bundle,
    certificate,
    digest,
    everything_below,
    owner,
    pair_request,
    running_box,
)

ID = owner().backup_id
FIRST = bundle()
SECOND = bundle(2, digest(FIRST))


def blob(directory: Path, data: bytes) -> Path:
    return directory / "blobs" / digest(data)[:2] / digest(data)


async def filled(directory: Path) -> str:
    """A Box with two generations and a DID; returns the DID."""
    async with running_box(directory) as box:
        note_address(box.room, ADDRESS)
        machine = await box.enabled()
        did: str = (await machine.ask("POST", protocol.dids_path(ID))).json()["did"]
        assert (await machine.put(FIRST)).status_code == 201
        assert (await machine.put(SECOND, 2, digest(FIRST), dids=(did,))).status_code == 201
    return did


@pytest.fixture
def box_directory(tmp_path: Path) -> Path:
    directory = tmp_path / "box"
    asyncio.run(filled(directory))
    return directory


def test_a_sound_box_checks_out(box_directory: Path) -> None:
    for read_data in (False, True):
        report = check(box_directory, read_data=read_data)
        assert report.sound
        assert (report.backups, report.generations, report.blobs, report.orphans) == (1, 2, 3, 0)
        assert report.size == len(everything_below(box_directory / "blobs"))


def test_a_changed_byte_is_found_by_reading_a_missing_file_without(box_directory: Path) -> None:
    path = blob(box_directory, FIRST)
    path.write_bytes(FIRST[:-1] + b"\x00")
    assert check(box_directory).sound
    report = check(box_directory, read_data=True)
    assert report.problems == (f"blob {digest(FIRST)} was altered",)
    path.write_bytes(FIRST[:-1])
    assert "bytes instead of" in check(box_directory).problems[0]
    path.unlink()
    assert check(box_directory).problems == (f"blob {digest(FIRST)} is missing",)


def test_orphans_are_told_and_cleaned(box_directory: Path) -> None:
    stray = box_directory / "blobs" / "00" / ("0" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    assert check(box_directory).orphans == 1
    assert admin.gc(box_directory).blobs == 1
    assert not stray.exists()
    assert check(box_directory, read_data=True).sound


async def test_a_damaged_newest_generation_does_not_push_out_the_last_whole_one(tmp_path: Path) -> None:
    from dataclasses import replace

    async with running_box(tmp_path, replace(ROOMY, generations_kept=1)) as box:
        machine = await box.enabled()
        assert (await machine.put(FIRST)).status_code == 201
        assert (await machine.put(SECOND, 2, digest(FIRST))).status_code == 201
        blob(tmp_path, SECOND).write_bytes(b"rot")
        check(tmp_path, read_data=True)
        third = bundle(3, digest(SECOND))
        assert (await machine.put(third, 3, digest(SECOND))).status_code == 201
        blob(tmp_path, third).unlink()
        check(tmp_path)
        fourth = bundle(4, digest(third))
        with box.room.db.read() as connection:
            assert [n for (n,) in connection.execute("SELECT generation FROM generations")] == [3]
        assert (await machine.put(fourth, 4, digest(third))).status_code == 201


# --- copies -----------------------------------------------------------------------------------------------------


def test_a_copy_on_a_stick_comes_into_another_box(box_directory: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (copied,) = admin.extract(box_directory, ID, stick)
    assert copied.path.parent == stick
    assert copied.generation == 2
    data, part = unpack_copy(copied.path.read_bytes())
    assert data == SECOND
    assert part is not None

    other = tmp_path / "other"
    loaded = asyncio.run(_taken_over(other, copied.path, part))
    assert (loaded.backup_id, loaded.generation, loaded.new) == (ID, 2, True)
    assert not admin.load(other, copied.path).new


async def _taken_over(other: Path, path: Path, part_of_copy: bytes) -> admin.Loaded:
    async with running_box(other) as box:
        loaded = await asyncio.to_thread(admin.load, other, path)
        machine = await box.pair("new laptop")
        body = as_json(certificate(machine="new laptop").to_json())
        joined = await machine.ask("POST", protocol.certificates_path(ID), body)
        assert joined.json()["newest"]["digest"] == digest(SECOND)
        assert (await machine.ask("GET", protocol.generation_path(ID, 2))).content == SECOND
        part = await machine.ask("GET", protocol.part_path(ID, 2))
        assert part.content == part_of_copy
    return loaded


def test_a_copy_is_of_the_newest_whole_generation(box_directory: Path, tmp_path: Path) -> None:
    blob(box_directory, SECOND).write_bytes(b"rot")
    (copied,) = admin.extract(box_directory, ID, tmp_path)
    assert copied.generation == 1
    blob(box_directory, FIRST).unlink()
    with pytest.raises(StorageError, match="whole"):
        admin.extract(box_directory, ID, tmp_path)


def test_what_is_no_copy_is_not_taken(box_directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    for data, kind in (
        (b"hello", NotOurFile),
        (pack_copy(SECOND, b"{}")[:-1], DamagedFile),
        (bundle(2, digest(FIRST), payload=b"other"), BackupConflict),
    ):
        file.write_bytes(data)
        with pytest.raises(kind):
            admin.load(box_directory, file)
    with pytest.raises(InputError, match="cannot be read"):
        admin.load(box_directory, tmp_path / "missing")
    assert admin.gc(box_directory).blobs == 1
    assert check(box_directory, read_data=True).sound


def test_ids_and_places_that_are_none(box_directory: Path, tmp_path: Path) -> None:
    for backup_id, match in (("../../etc", "52 characters"), ("a" * 52, "no such backup")):
        with pytest.raises(InputError, match=match):
            admin.extract(box_directory, backup_id, tmp_path)
    with pytest.raises(InputError, match="not a directory"):
        admin.extract(box_directory, ID, tmp_path / "missing")
    for act in (admin.gc, admin.devices, admin.offer, check):
        with pytest.raises(InputError, match="no Box"):
            act(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


# --- devices and offers -----------------------------------------------------------------------------------------


async def test_the_keeper_lists_and_revokes(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        machine = await box.enabled()
        (seen,) = await asyncio.to_thread(admin.devices, tmp_path)
        assert (seen.id, seen.backups) == (machine.device_id, 1)
        await asyncio.to_thread(admin.revoke, tmp_path, machine.device_id)
        assert (await machine.ask("GET", protocol.backup_path(ID))).status_code == 401
        with pytest.raises(InputError, match="no such computer"):
            await asyncio.to_thread(admin.revoke, tmp_path, machine.device_id)
        # What it uploaded stays: paired and certified again, it goes on.
        assert (await (await box.pair()).enable()).status_code == 200


async def test_an_offer_made_beside_a_running_box_pairs(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        note_address(box.room, ADDRESS)
        offer = await asyncio.to_thread(lambda: admin.offer(tmp_path))
        link = offer.link
    # The offer's clock is this computer's, which is ahead of the test's Box.
    assert parse_link(link, NOW).url == ADDRESS.url
    async with running_box(tmp_path) as box:
        token = parse_link(link, NOW).token_text
        assert (await box.http.post("/v1/pair", json=pair_request(token))).status_code in {201, 403}


# --- retention --------------------------------------------------------------------------------------------------

_STORED = st.lists(
    st.builds(Kept, st.integers(1, 50), st.integers(0, 100 * DAY), st.booleans()),
    max_size=20,
    unique_by=lambda k: k.generation,
)


@settings(max_examples=200, deadline=None)
@given(_STORED, st.integers(1, 10), st.integers(0, 50), st.integers(0, 150 * DAY))
def test_the_newest_and_the_newest_whole_generation_stay(stored: list[Kept], keep: int, days: int, now: int) -> None:
    going = set(prunable(stored, keep=keep, days=days, now=now))
    staying = [k for k in stored if k.generation not in going]
    assert len(staying) <= keep + 1
    if stored:
        assert max(stored, key=lambda k: k.generation) in staying
    whole = [k for k in stored if not k.damaged]
    if whole:
        assert max(whole, key=lambda k: k.generation) in staying
    if not days:
        newest = sorted(stored, key=lambda k: -k.generation)[:keep]
        assert all(k in staying for k in newest)
    assert set(prunable(staying, keep=keep, days=days, now=now)) == set()
