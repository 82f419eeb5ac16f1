"""What somebody without a right can do and learn: nothing. One answer for unknown, not yours and not certified."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ledger_recovery.backup import protocol
from tests.unit.box.boxes import (
    NOW,
    ROOMY,
    Box,
    Clock,
    Machine,
    as_json,
    bundle,
    certificate,
    digest,
    everything_below,
    owner,
    running_box,
)

ID = owner().backup_id
UNKNOWN = "a" * 52
DID = "did:ipid:k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"
HEADERS = {"if-match": "none", "idempotency-key": "idempotency-key-1"}

ASKED: dict[str, tuple[str, str, bytes]] = {
    "head": ("GET", "", b""),
    "head only": ("HEAD", "", b""),
    "get": ("GET", "/generations/1", b""),
    "part": ("GET", "/generations/1/part", b""),
    "put": ("PUT", "/generations/2", b""),
    "delete": ("DELETE", "", b""),
    "delete one": ("DELETE", "/generations/1", b""),
    "retire": ("POST", "/retire", b'{"days":1}'),
    "make a DID": ("POST", "/dids", b""),
    "DIDs": ("GET", "/dids", b""),
    "a DID": ("GET", f"/dids/{DID}", b""),
    "delete a DID": ("DELETE", f"/dids/{DID}", b""),
    "restore DIDs": ("POST", "/dids/restore", b'{"keys":[],"documents":[]}'),
    "publish": ("POST", f"/dids/{DID}/publish", b""),
}


@pytest.mark.parametrize("what", ASKED)
async def test_unknown_and_not_yours_are_one_answer(box: Box, what: str) -> None:
    alice, mallory = await box.enabled(), await box.pair("mallory's")
    assert (await alice.put(bundle())).status_code == 201
    method, rest, body = ASKED[what]
    if what == "put":
        body = bundle(2, digest(bundle()))
    answers = []
    # The owner's proof without a certificate for the device does not help either, nor do IDs that are none.
    for backup_id in (ID, UNKNOWN, "x", "..%2F..%2Fbox.key"):
        for by in (None, owner()):
            answers.append(await mallory.ask(method, f"/v1/backups/{backup_id}{rest}", body, HEADERS, by=by))
    assert len({(a.status_code, a.content, tuple(sorted(a.headers.items()))) for a in answers[:6]}) == 1
    assert answers[0].status_code == 404
    assert {a.status_code for a in answers} == {404}
    if method != "HEAD":
        assert answers[0].json()["code"] == "no-such-backup"


async def test_joining_what_is_not_here_and_what_is_somebody_elses_is_one_answer(box: Box) -> None:
    await box.enabled()
    mallory = await box.pair("desktop")
    for_hers = as_json(replace_id(certificate("mallory", "desktop"), ID))
    answers = [
        await mallory.ask("POST", protocol.certificates_path(ID), for_hers),
        await mallory.ask(
            "POST",
            protocol.certificates_path(owner("mallory").backup_id),
            as_json(certificate("mallory", "desktop").to_json()),
        ),
    ]
    assert [a.status_code for a in answers] == [422, 404]


def replace_id(certified: object, backup_id: str) -> dict[str, object]:
    fields: dict[str, object] = certified.to_json()  # type: ignore[attr-defined]  # any certificate
    return fields | {"backup_id": backup_id}


async def test_who_learns_an_id_neither_finds_nor_takes_it(box: Box) -> None:
    """Certifying somebody's ID with another owner key makes a backup of one's own, whether the ID is here or not."""
    alice = await box.enabled()
    assert (await alice.put(bundle())).status_code == 201
    await alice.ask("POST", protocol.dids_path(ID))
    mallory = await box.pair("desktop")
    squatting = squatted("mallory", ID)
    made = await mallory.ask("POST", protocol.backup_path(ID), as_json(squatting))
    unknown = await mallory.ask("POST", protocol.backup_path(UNKNOWN), as_json(squatted("mallory", UNKNOWN)))
    assert made.status_code == unknown.status_code == 201
    assert made.json() == unknown.json() | {"backup_id": ID}
    head = protocol.backup_path(ID)
    assert (await mallory.ask("GET", head)).json() == {"newest": None, "generations": []}
    assert (await mallory.ask("GET", f"{head}/dids")).json() == {"dids": []}
    assert (await mallory.ask("DELETE", head, by=owner("mallory"))).status_code == 204
    assert (await alice.ask("GET", head)).json()["newest"]["generation"] == 1
    assert len((await alice.ask("GET", f"{head}/dids")).json()["dids"]) == 1


def squatted(name: str, backup_id: str) -> dict[str, object]:
    """A certificate for somebody else's ID, signed well by one's own owner key."""
    from ledger_recovery.backup.certificate import _message

    keys = owner(name)
    claimed = replace(certificate(name, "desktop"), backup_id=backup_id, signature=bytes(64))
    return replace(claimed, signature=keys.sign(_message(claimed))).to_json()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c | {"backup_id": UNKNOWN},
        lambda c: c | {"signature": "A" * 86},
        lambda c: c | {"device_public": protocol.encode(bytes(32))},
        lambda c: c | {"more": 1},
        lambda c: {},
        lambda c: c | {"version": 2},
    ],
    ids=["another ID", "forged", "another device", "more", "empty", "newer"],
)
async def test_a_certificate_that_is_not_right_gives_nothing(
    box: Box, spoil: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    machine = await box.pair()
    body = as_json(spoil(certificate().to_json()))
    for path in (protocol.backup_path(ID), protocol.certificates_path(ID)):
        answer = await machine.ask("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-certificate")
    assert (await machine.ask("GET", protocol.backup_path(ID))).status_code == 404


# --- signatures -------------------------------------------------------------------------------------------------


async def test_a_request_counts_once(box: Box) -> None:
    machine = await box.enabled()
    headers = machine.signer.headers("GET", protocol.backup_path(ID), b"", {}, None)
    answers = [await box.http.get(protocol.backup_path(ID), headers=headers) for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 401]
    assert answers[1].json()["time"] == NOW


@pytest.mark.parametrize(("ahead", "status"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
async def test_a_request_is_good_for_five_minutes(box: Box, ahead: int, status: int) -> None:
    machine = await box.enabled()
    there = Machine(box.http, machine.device_id, machine.name, Clock(NOW + ahead))
    assert (await there.ask("GET", protocol.backup_path(ID))).status_code == status


async def test_a_request_to_an_earlier_run_is_not_taken_after_a_restart(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        machine = await box.enabled()
        headers = machine.signer.headers("GET", protocol.backup_path(ID), b"", {}, None)
        assert (await box.http.get(protocol.backup_path(ID), headers=headers)).status_code == 200
    async with running_box(tmp_path, clock=Clock(NOW + 5)) as box:
        assert (await box.http.get(protocol.backup_path(ID), headers=headers)).status_code == 401
        # A machine that paired with this run may have a clock that is behind.
        late = Machine(box.http, (await box.pair("desktop")).device_id, "desktop", Clock(NOW))
        assert (await late.ask("GET", protocol.backup_path(ID))).status_code == 404


@pytest.mark.parametrize(
    "change",
    ["target", "query", "method", "body", "if-match", "idempotency-key", "x-box-dids", "box", "device", "key"],
)
async def test_the_signature_covers_everything(box: Box, change: str) -> None:
    machine = await box.enabled()
    other = await box.pair("desktop")
    pin = "ff" * 32 if change == "box" else machine.pin
    name = "desktop" if change == "key" else machine.name
    signer = Machine(box.http, machine.device_id, name, box.clock, pin).signer
    target, body = protocol.generation_path(ID, 1), bundle()
    headers = signer.headers("PUT", target, body, HEADERS, None)
    sent: dict[str, str] = dict(headers)
    if change in HEADERS:
        sent[change] = {"if-match": f'"{"0" * 64}"', "idempotency-key": "another-key-of-16"}[change]
    if change == "x-box-dids":
        sent[change] = DID
    if change == "device":
        sent["authorization"] = headers["authorization"].replace(machine.device_id, other.device_id)
    answer = await box.http.request(
        "GET" if change == "method" else "PUT",
        target + {"query": "?x", "target": "0"}.get(change, ""),
        content=b"x" if change == "body" else body,
        headers=sent,
    )
    assert answer.status_code == 401
    assert (await machine.put(bundle())).status_code == 201


@pytest.mark.parametrize("value", ["", "Bearer x", 'LRBox device="x"', "LRBox " + "x" * 5000])
async def test_requests_without_a_signature_are_turned_away(box: Box, value: str) -> None:
    for method, rest, body in ASKED.values():
        answer = await box.http.request(
            method, f"/v1/backups/{ID}{rest}", content=body, headers={"authorization": value} if value else {}
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "LRBox"


async def test_a_signed_header_may_be_there_once(box: Box) -> None:
    machine = await box.enabled()
    headers = machine.signer.headers("GET", protocol.backup_path(ID), b"", {}, None)
    doubled = httpx.Headers([*headers.items(), ("authorization", headers["authorization"])])
    assert (await box.http.get(protocol.backup_path(ID), headers=doubled)).status_code == 400


# --- paths and logs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/v1/backups/../../box.key",
        "/v1/backups/%2e%2e%2f%2e%2e%2fbox.key/generations/1",
        "/v1/backups/..%5c..%5cbox.key",
        f"/v1/backups/{ID}/generations/..%2f..%2f..%2fetc%2fpasswd",
        f"/v1/backups/{ID}/dids/..%2f..%2fbox.sqlite",
        "/v1/backups//generations/1",
        f"/v1/backups/{ID}%00/generations/1",
        "/box.key",
    ],
)
async def test_no_path_from_outside_reaches_the_disk(box: Box, path: str) -> None:
    machine = await box.enabled()
    assert (await machine.put(bundle())).status_code == 201
    before = sorted(str(p) for p in box.room.config.directory.rglob("*"))
    for method in ("GET", "PUT", "DELETE"):
        signed = machine.signer.headers(method, path, b"", HEADERS, owner())
        answer = await box.http.request(method, path, headers=signed)
        assert answer.status_code in {401, 404, 405}
    assert sorted(str(p) for p in box.room.config.directory.rglob("*")) == before


async def test_logs_and_refusals_repeat_nothing(
    box: Box, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    machine = await box.enabled()
    await machine.put(bundle())
    planted = "planted-secret-7719"
    for body in (planted.encode(), as_json({"days": planted}), as_json({planted: 1})):
        answer = await machine.ask("POST", protocol.retire_path(ID), body, by=owner())
        assert answer.status_code == 400
        assert planted not in answer.text

    def broken(*_: object) -> None:
        raise RuntimeError(planted)

    monkeypatch.setattr(box.room, "head", broken)
    answer = await machine.ask("GET", protocol.backup_path(ID))
    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    logged = "\n".join(f"{r.getMessage()} {r.exc_text}" for r in caplog.records if not r.name.startswith("http"))
    assert "RuntimeError at " in logged
    for secret in (planted, ID, machine.device_id, protocol.encode(owner().owner_public)):
        assert secret not in logged


async def test_keys_of_dids_leave_the_database_wrapped_only_and_are_overwritten(tmp_path: Path) -> None:
    async with running_box(tmp_path, ROOMY) as box:
        machine = await box.enabled()
        did = (await machine.ask("POST", protocol.dids_path(ID))).json()["did"]
        with box.room.db.read() as connection:
            (keys,) = connection.execute("SELECT keys FROM dids").fetchone()
        planted = [value.encode() for value in json.loads(keys).values() if isinstance(value, str) and value != did]
        assert len(planted) >= 2
        assert (await machine.put(bundle(), dids=(did,))).status_code == 201
        assert not any(secret in everything_below(tmp_path / "blobs") for secret in planted)
        await machine.ask("DELETE", protocol.did_path(ID, did))
    assert not any(secret in everything_below(tmp_path) for secret in planted)
