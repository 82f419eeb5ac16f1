"""Looking at a Box and pairing with it: the token only ever goes to the Box that made the offer."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.backup.client import look, pair
from ledger_recovery.backup.pairing import PairingCode, PairingOffer, make_code, make_link, parse_code, parse_link
from ledger_recovery.errors import BoxError, BoxRefused, InputError, OtherBox
from tests.support.box_double import BoxDouble, BoxIdentity, Reply, drop, hang, raw, reply
from tests.unit.backup.boxes import AT, IMPATIENT, NO_TLS, NOW, QUICK, about, refusal

PAIRED: dict[str, object] = {"device_id": "dev-1", "name": "attic"}
DEVICE_PUBLIC = bytes(range(32))


def offer(box: BoxDouble) -> PairingOffer:
    made = PairingOffer(box.url, box.identity.pin, bytes(range(16)), NOW + 60, "attic")
    return parse_link(make_link(made), NOW)


def code(box: BoxDouble) -> PairingCode:
    return parse_code(make_code(offer(box)))


async def test_look_shows_the_box_and_tells_it_nothing(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box))]
        for pin in (box.identity.pin, None):
            seen = await look(box.url + "/", pin, timing=QUICK)
            assert (seen.url, seen.name, seen.pin) == (box.url, "attic", box.identity.pin)
            assert seen.certificate == box.identity.der and seen.limits.max_dids == 100
    assert {(asked.method, asked.target) for asked in box.asked} == {("GET", "/v1/about")}
    assert all("authorization" not in asked.headers for asked in box.asked)


@pytest.mark.parametrize("by", ["link", "code"])
async def test_pairing(by: str, tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box)), reply(201, PAIRED)]
        made = offer(box) if by == "link" else code(box)
        seen = await look(box.url, timing=QUICK)
        paired = await pair(made, seen, DEVICE_PUBLIC, key_ref="ref", paired_at=AT, timing=QUICK)
    assert (paired.device_id, paired.key_ref, paired.paired_at, paired.name) == ("dev-1", "ref", AT, "attic")
    assert (bytes.fromhex(paired.pin), paired.certificate) == (box.identity.pin, box.identity.der)
    sent = json.loads(box.asked[1].body)
    assert sent.keys() == {"token", "device_public"} and sent["token"] == made.token_text
    assert made.token_text not in box.asked[1].target


async def test_a_false_box_gets_no_token(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as false_box, BoxDouble(tmp_path, reply(201, PAIRED)) as box:
        false_box.script = [reply(200, about(false_box)), reply(201, PAIRED)]
        made = replace(offer(box), url=false_box.url)
        with pytest.raises(OtherBox):
            await look(made.url, made.pin, timing=QUICK)
        assert false_box.asked == []
        seen = await look(false_box.url, timing=QUICK)
        for either in (made, code(box)):
            with pytest.raises(OtherBox):
                await pair(either, seen, DEVICE_PUBLIC, key_ref="ref", paired_at=AT, timing=QUICK)
    assert [asked.target for asked in false_box.asked] == ["/v1/about"]


async def test_a_box_exchanged_after_the_look_gets_no_token(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box))]
        seen = await look(box.url, timing=QUICK)
        made = offer(box)
    async with BoxDouble(tmp_path, reply(201, PAIRED), identity=BoxIdentity.make()) as other:
        with pytest.raises(OtherBox):
            moved = replace(seen, url=other.url)
            await pair(made, moved, DEVICE_PUBLIC, key_ref="ref", paired_at=AT, timing=QUICK)
    assert other.asked == []


async def test_a_used_or_expired_token(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box)), refusal(403, "pairing-refused")]
        seen = await look(box.url, timing=QUICK)
        made = offer(box)
        with pytest.raises(BoxRefused, match="used already") as caught:
            await pair(made, seen, DEVICE_PUBLIC, key_ref="ref", paired_at=AT, timing=QUICK)
    assert made.token_text not in caught.value.sentence + caught.value.hint


async def test_a_token_is_sent_once(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box)), drop, reply(201, PAIRED)]
        seen = await look(box.url, timing=QUICK)
        with pytest.raises(BoxError):
            await pair(offer(box), seen, DEVICE_PUBLIC, key_ref="ref", paired_at=AT, timing=QUICK)
    assert len(box.asked) == 2


async def test_a_box_that_contradicts_itself(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box, pin="0" * 64)), reply(200, about(box, version=2))]
        for _ in range(2):
            with pytest.raises(BoxError, match="not so"):
                await look(box.url, timing=QUICK)


@pytest.mark.parametrize(
    "answer", [hang, drop, reply(404), raw(b"x", close=True)], ids=["hangs", "drops", "404", "no-http"]
)
async def test_something_else_than_a_box_ends(answer: Reply, tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, answer) as box:
        with pytest.raises(BoxError):
            await look(box.url, timing=IMPATIENT)


async def test_a_listener_that_never_speaks_tls_ends() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(BoxError, match="did not answer within"):
            await look(f"https://127.0.0.1:{silent.getsockname()[1]}", timing=NO_TLS)


async def test_no_address_of_a_box() -> None:
    with pytest.raises(InputError):
        await look("http://box.example", timing=QUICK)
