"""Backups over HTTP: put, head, get, conflict, repetition, deletion, retirement, retention."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.backup import protocol
from ledger_recovery.backup.box_part import open_part, part_from_bytes
from ledger_recovery.box.config import BoxLimits
from ledger_recovery.box.retention import DAY
from tests.unit.box.boxes import ROOMY, Box, Machine, as_json, bundle, certificate, digest, owner, running_box

ID = owner().backup_id
HEAD = protocol.backup_path(ID)


async def chain(machine: Machine, count: int) -> list[bytes]:
    """Generations 1 to `count`, stored."""
    made: list[bytes] = []
    for n in range(1, count + 1):
        previous = digest(made[-1]) if made else ""
        made.append(bundle(n, previous))
        answer = await machine.put(made[-1], n, previous)
        assert answer.status_code == 201, answer.text
    return made


async def test_a_generation_comes_back_byte_for_byte(box: Box) -> None:
    machine = await box.enabled()
    data = bundle()
    stored = await machine.put(data)
    assert stored.json() == {"generation": 1, "digest": digest(data), "stored_at": "2026-11-18T11:06:40Z"}
    got = await machine.ask("GET", protocol.generation_path(ID, 1))
    assert got.content == data
    assert got.headers["etag"] == f'"{digest(data)}"'
    assert got.headers["content-type"] == "application/octet-stream"


async def test_the_head_tells_the_newest_and_all(box: Box) -> None:
    machine = await box.enabled()
    empty = await machine.ask("GET", HEAD)
    assert empty.json() == {"newest": None, "generations": []}
    assert "etag" not in empty.headers
    made = await chain(machine, 3)
    told = await machine.ask("GET", HEAD)
    assert [g["generation"] for g in told.json()["generations"]] == [1, 2, 3]
    assert told.json()["newest"]["digest"] == digest(made[-1])
    short = await machine.ask("HEAD", HEAD)
    assert short.headers["etag"] == told.headers["etag"] == f'"{digest(made[-1])}"'
    assert short.headers["x-box-generation"] == "3"


async def test_the_same_upload_again_gets_the_same_answer(box: Box) -> None:
    machine = await box.enabled()
    first = await machine.put(bundle())
    box.clock.seconds += 60
    assert (await machine.put(bundle())).json() == first.json()
    assert (await machine.put(bundle(), key="another-key-of-16")).json() == first.json()
    assert len((await machine.ask("GET", HEAD)).json()["generations"]) == 1


async def test_an_idempotency_key_is_for_one_bundle(box: Box) -> None:
    machine = await box.enabled()
    (first,) = await chain(machine, 1)
    other = await machine.put(bundle(2, digest(first)), 2, digest(first), key="idempotency-key-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key")


async def test_a_second_machine_does_not_overwrite_silently(box: Box) -> None:
    laptop, desktop = await box.enabled(), await box.enabled("desktop")
    (first,) = await chain(laptop, 1)
    mine = bundle(2, digest(first))
    theirs = bundle(2, digest(first), certified=certificate(machine="desktop"), payload=b"other")
    assert (await laptop.put(mine, 2, digest(first))).status_code == 201
    refused = await desktop.put(theirs, 2, digest(first), key="desktop-key-00002")
    assert (refused.status_code, refused.json()["code"]) == (412, "conflict")
    assert refused.json()["newest"]["digest"] == digest(mine)
    merged = bundle(3, digest(mine), certified=certificate(machine="desktop"))
    assert (await desktop.put(merged, 3, digest(mine), key="desktop-key-00003")).status_code == 201


@pytest.mark.parametrize(
    ("generation", "previous"),
    [(2, ""), (3, "0" * 64), (1, "first")],
    ids=["there is one already", "follows an unknown one", "number used"],
)
async def test_what_does_not_follow_the_newest_is_refused(box: Box, generation: int, previous: str) -> None:
    machine = await box.enabled()
    (first,) = await chain(machine, 1)
    previous = digest(first) if previous == "first" else previous
    answer = await machine.put(
        bundle(generation, previous, payload=b"x"), generation, previous, key="a-key-of-16-chars"
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "conflict")


def _bad_bundles() -> dict[str, bytes]:
    good = bundle()
    return {
        "no bundle": b"hello",
        "cut": good[:-1],
        "altered": good[:-1] + b"\x00",
        "longer": good + b"\x00",
        "another generation": bundle(2),
        "follows another": bundle(1, "0" * 64),
        "another machine's": bundle(certified=certificate(machine="desktop")),
        "another upload key": bundle(certified=certificate(upload="other"), upload="other"),
        "another owner's": bundle(certified=certificate("mallory")),
        "forged": bundle(certified=replace(certificate(), signature=bytes(64))),
        "newer": good.replace(b"ledger-recovery-backup 1\n", b"ledger-recovery-backup 2\n", 1),
    }


@pytest.mark.parametrize("what", _bad_bundles())
async def test_a_bundle_that_is_not_right_is_not_kept(box: Box, what: str) -> None:
    machine = await box.enabled()
    answer = await machine.put(_bad_bundles()[what])
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-bundle")
    assert (await machine.ask("GET", HEAD)).json()["newest"] is None
    assert list(box.room.blobs.every()) == []


async def test_put_needs_its_headers(box: Box) -> None:
    machine = await box.enabled()
    path = protocol.generation_path(ID, 1)
    good = {"if-match": "none", "idempotency-key": "idempotency-key-1"}
    for missing, status in (("if-match", 428), ("idempotency-key", 400)):
        headers = {k: v for k, v in good.items() if k != missing}
        assert (await machine.ask("PUT", path, bundle(), headers)).status_code == status
    for bad in ({"if-match": "*"}, {"idempotency-key": "short"}, {"x-box-dids": "did:web:x"}):
        assert (await machine.ask("PUT", path, bundle(), good | bad)).status_code == 400


@pytest.mark.parametrize("number", ["0", "-1", "01", "1e3", "2" * 20, "x", "1%2F..%2F2"])
async def test_odd_generation_numbers_are_not_there(box: Box, number: str) -> None:
    machine = await box.enabled()
    await chain(machine, 1)
    answer = await machine.ask("GET", f"{HEAD}/generations/{number}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"no-such-generation", "not-found"}


# --- retention, retirement, deletion ----------------------------------------------------------------------------


async def test_only_the_newest_generations_stay_and_the_disk_with_them(tmp_path: Path) -> None:
    async with running_box(tmp_path, replace(ROOMY, generations_kept=2)) as box:
        machine = await box.enabled()
        made = await chain(machine, 5)
        head = (await machine.ask("GET", HEAD)).json()
        assert [g["generation"] for g in head["generations"]] == [4, 5]
        assert box.room.sweep() == 3
        assert sorted(box.room.blobs.every()) == sorted(digest(b) for b in made[-2:])
        assert (await machine.ask("GET", protocol.generation_path(ID, 3))).json()["code"] == "no-such-generation"


async def test_old_generations_go_after_days_but_the_newest_stays(tmp_path: Path) -> None:
    async with running_box(tmp_path, replace(ROOMY, retention_days=10)) as box:
        machine = await box.enabled()
        await chain(machine, 2)
        box.clock.seconds += 11 * DAY
        cleaned = box.room.clean()
        assert (cleaned.generations, cleaned.blobs) == (1, 1)
        assert [g["generation"] for g in (await machine.ask("GET", HEAD)).json()["generations"]] == [2]


async def test_only_the_owner_deletes(box: Box) -> None:
    machine = await box.enabled()
    await chain(machine, 2)
    one = protocol.generation_path(ID, 1)
    for by in (None, owner("mallory")):
        for path in (HEAD, one):
            refused = await machine.ask("DELETE", path, by=by)
            assert (refused.status_code, refused.json()["code"]) == (403, "not-owner")
    assert (await machine.ask("DELETE", one, by=owner())).status_code == 204
    assert (await machine.ask("DELETE", one, by=owner())).json()["code"] == "no-such-generation"
    assert (await machine.ask("DELETE", HEAD, by=owner())).status_code == 204
    assert (await machine.ask("GET", HEAD)).json()["code"] == "no-such-backup"
    box.room.sweep()
    assert list(box.room.blobs.every()) == []


async def test_an_owner_proof_is_for_one_request(box: Box) -> None:
    machine = await box.enabled()
    await chain(machine, 2)
    captured = machine.signer.headers("DELETE", protocol.generation_path(ID, 1), b"", {}, owner())
    fresh = machine.signer.headers("DELETE", HEAD, b"", {}, owner())
    moved = fresh | {"owner-proof": captured["owner-proof"]}
    assert (await box.http.delete(HEAD, headers=moved)).status_code == 403


async def test_the_number_of_a_deleted_generation_is_not_used_again(box: Box) -> None:
    machine = await box.enabled()
    first, _ = await chain(machine, 2)
    await machine.ask("DELETE", protocol.generation_path(ID, 2), by=owner())
    again = bundle(2, digest(first), payload=b"other")
    assert (await machine.put(again, 2, digest(first), key="a-key-of-16-chars")).status_code == 412
    assert (await machine.put(bundle(3, digest(first)), 3, digest(first))).status_code == 201


async def test_a_retired_backup_can_be_read_until_its_day(box: Box) -> None:
    machine = await box.enabled()
    (first,) = await chain(machine, 1)
    path, body = protocol.retire_path(ID), as_json({"days": 3})
    assert (await machine.ask("POST", path, body)).status_code == 403
    retired = await machine.ask("POST", path, body, by=owner())
    assert retired.json() == {"delete_after": "2026-11-21T11:06:40Z"}
    later = await machine.ask("POST", path, as_json({"days": 30}), by=owner())
    assert later.json() == retired.json()
    assert (await machine.ask("GET", protocol.generation_path(ID, 1))).content == first
    refused = await machine.put(bundle(2, digest(first)), 2, digest(first))
    assert (refused.status_code, refused.json()["code"]) == (409, "retired")
    box.clock.seconds += 3 * DAY
    assert (await machine.ask("GET", HEAD)).json()["code"] == "no-such-backup"
    assert box.room.clean().backups == 1
    assert list(box.room.blobs.every()) == []


async def test_after_its_day_a_backup_can_be_made_anew(box: Box) -> None:
    machine = await box.enabled()
    await chain(machine, 1)
    await machine.ask("POST", protocol.retire_path(ID), as_json({"days": 0}), by=owner())
    assert (await machine.enable()).status_code == 201
    assert (await machine.put(bundle())).status_code == 201


# --- DIDs in the same generation --------------------------------------------------------------------------------


async def test_the_boxes_part_goes_with_the_generation(box: Box) -> None:
    machine = await box.enabled()
    did = (await machine.ask("POST", protocol.dids_path(ID))).json()["did"]
    assert (await machine.put(bundle(), dids=(did,))).status_code == 201
    await machine.ask("DELETE", protocol.did_path(ID, did))
    part = part_from_bytes((await machine.ask("GET", protocol.part_path(ID, 1))).content)
    assert [keys.did for keys in open_part(part, owner(), [did])] == [did]
    assert part.generation == 1


async def test_a_generation_without_dids_has_an_empty_part(box: Box) -> None:
    machine = await box.enabled()
    await chain(machine, 1)
    part = part_from_bytes((await machine.ask("GET", protocol.part_path(ID, 1))).content)
    assert (part.backup_id, part.keys) == (ID, ())


async def test_a_generation_that_names_a_missing_key_is_refused_loudly(box: Box) -> None:
    machine = await box.enabled()
    made = (await machine.ask("POST", protocol.dids_path(ID))).json()["did"]
    gone = (await machine.ask("POST", protocol.dids_path(ID))).json()["did"]
    await machine.ask("DELETE", protocol.did_path(ID, gone))
    refused = await machine.put(bundle(), dids=(made, gone))
    assert (refused.status_code, refused.json()["code"]) == (409, "did-key-missing")
    assert refused.json()["names"] == [gone]
    assert (await machine.ask("GET", HEAD)).json()["newest"] is None


async def test_a_full_box_says_so(tmp_path: Path) -> None:
    async with running_box(tmp_path, BoxLimits(disk_floor=2**62)) as box:
        machine = await box.enabled()
        refused = await machine.put(bundle())
        assert (refused.status_code, refused.json()["code"]) == (507, "full")
    async with running_box(tmp_path / "few", replace(ROOMY, max_backups=1)) as box:
        await box.enabled()
        other = await box.pair("desktop")
        refused = await other.enable(certificate("bob", "desktop"))
        assert (refused.status_code, refused.json()["code"]) == (507, "full")
