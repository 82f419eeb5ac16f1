"""Everything that a client can make large, many or slow is bounded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.backup import protocol
from ledger_recovery.box.config import BoxLimits
from ledger_recovery.box.limits import BodyRoom, Nonces, Rate, address_key
from ledger_recovery.box.refusal import Refusal
from tests.unit.box.boxes import ROOMY, Box, Clock, bundle, owner, pair_request, running_box

ID = owner().backup_id
PUT = protocol.generation_path(ID, 1)
HEADERS = {"if-match": "none", "idempotency-key": "idempotency-key-1"}
SMALL = replace(ROOMY, max_bundle_bytes=8192)


async def test_a_body_is_refused_for_the_length_it_announces(tmp_path: Path) -> None:
    async with running_box(tmp_path, SMALL) as box:
        machine = await box.enabled()
        read = 0

        async def never_read() -> AsyncIterator[bytes]:
            nonlocal read
            read += 1
            yield b"x"

        headers = machine.signer.headers("PUT", PUT, b"", HEADERS, None) | {"content-length": "8193"}
        answer = await box.http.put(PUT, content=never_read(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert answer.headers["connection"] == "close"


async def test_a_body_without_an_announced_length_is_cut_off(tmp_path: Path) -> None:
    async with running_box(tmp_path, SMALL) as box:
        machine = await box.enabled()
        headers = machine.signer.headers("PUT", PUT, b"", HEADERS, None)
        for size, status in ((8192, 401), (8193, 413)):

            async def endless(size: int = size) -> AsyncIterator[bytes]:
                for _ in range(size):
                    yield b"x"

            assert (await box.http.put(PUT, content=endless(), headers=headers)).status_code == status


async def test_strangers_cannot_send_large_bodies_at_all(box: Box) -> None:
    await box.enabled()
    pairing = await box.http.post("/v1/pair", content=b"x" * 4097)
    assert pairing.status_code == 413
    unsigned = await box.http.put(PUT, content=b"x" * 100_000, headers=HEADERS)
    assert unsigned.status_code == 401


async def test_a_device_and_an_address_have_their_rates(tmp_path: Path) -> None:
    limits = BoxLimits(requests_per_minute=3, requests_per_minute_and_address=1000)
    async with running_box(tmp_path / "1", limits) as box:
        machine = await box.enabled()
        answers = [(await machine.ask("GET", protocol.backup_path(ID))).status_code for _ in range(3)]
        assert answers == [200, 200, 429]
        box.clock.seconds += 20
        assert (await machine.ask("GET", protocol.backup_path(ID))).status_code == 200
    limits = BoxLimits(requests_per_minute_and_address=2)
    async with running_box(tmp_path / "2", limits) as box:
        told = [await box.http.get("/v1/about") for _ in range(3)]
        assert [a.status_code for a in told] == [200, 200, 429]
        assert told[2].json()["code"] == "too-many"
        assert told[2].headers["retry-after"] == "30"


async def test_a_slow_body_ends(tmp_path: Path) -> None:
    async with running_box(tmp_path, replace(ROOMY, request_time=1)) as box:

        async def stuck() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

        answer = await box.http.post("/v1/pair", content=stuck())
        assert (answer.status_code, answer.json()["code"]) == (408, "too-slow")


async def test_a_device_has_few_backups(tmp_path: Path) -> None:
    from tests.unit.box.boxes import certificate

    async with running_box(tmp_path, replace(ROOMY, max_backups_of_device=1)) as box:
        machine = await box.enabled()
        assert (await machine.enable(certificate("bob"))).status_code == 507
        assert (await machine.enable()).status_code == 200


async def test_large_work_does_not_stop_the_others(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one upload waits for the disk, other requests are answered."""
    machine = await box.enabled()
    writing, may_go_on = threading.Event(), threading.Event()
    put = box.room.blobs.put

    def slow(data: bytes) -> str:
        writing.set()
        may_go_on.wait(10)
        return put(data)

    monkeypatch.setattr(box.room.blobs, "put", slow)
    upload = asyncio.create_task(machine.put(bundle()))
    await asyncio.to_thread(writing.wait, 10)
    assert (await box.http.get("/v1/about")).status_code == 200
    assert (await machine.ask("GET", protocol.backup_path(ID))).json()["newest"] is None
    may_go_on.set()
    assert (await upload).status_code == 201


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"[" * 4000, b'{"token":1}', b'{"a":NaN}', b'{"a":1,"a":2}']
)
async def test_malformed_bodies_are_told_so(box: Box, body: bytes) -> None:
    answer = await box.http.post("/v1/pair", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


async def test_a_body_that_is_good_but_for_one_more_field(box: Box) -> None:
    answer = await box.http.post("/v1/pair", json=pair_request("A" * 22) | {"more": "x"})
    assert answer.status_code == 400


# --- the pieces -------------------------------------------------------------------------------------------------


def test_a_rate_refills_with_time() -> None:
    clock = Clock(0)
    rate = Rate(2, clock.monotonic)
    for _ in range(2):
        rate.take("a")
    with pytest.raises(Refusal) as refused:
        rate.take("a")
    assert refused.value.headers["Retry-After"] == "30"
    rate.take("b")
    clock.seconds = 30
    rate.take("a")
    with pytest.raises(Refusal):
        rate.take("a")
    clock.seconds = 10_000
    for _ in range(2):
        rate.take("a")
    with pytest.raises(Refusal):
        rate.take("a")


def test_buckets_are_bounded() -> None:
    rate = Rate(1, Clock(0).monotonic, max_buckets=2)
    for key in ("a", "b", "c"):
        rate.take(key)
    with pytest.raises(Refusal):
        rate.take("c")
    rate.take("a")


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("x" * 100, "x" * 64),
    ],
)
def test_one_household_is_one_address(host: str, key: str) -> None:
    assert address_key(host) == key


def test_nonces_are_remembered_for_as_long_as_they_could_be_used() -> None:
    nonces = Nonces(2, 300)
    assert nonces.first_time("d", "n", 0)
    assert not nonces.first_time("d", "n", 600)
    assert nonces.first_time("other", "n", 600)
    with pytest.raises(Refusal):
        nonces.first_time("d", "m", 600)
    assert nonces.first_time("d", "m", 601)


def test_room_for_bodies_is_given_back() -> None:
    room = BodyRoom(10)
    with room.hold(7):
        with pytest.raises(Refusal), room.hold(4):
            pass
        with room.hold(3):
            pass
    with room.hold(10):
        pass
