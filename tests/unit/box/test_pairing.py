"""Pairing: one offer, one machine; wrong, used and expired tokens cannot be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_recovery.backup.pairing import parse_code, parse_link
from ledger_recovery.box.config import BoxLimits
from ledger_recovery.box.offering import MAX_OFFER_SECONDS, make_offer, noted_address
from ledger_recovery.errors import InputError
from tests.unit.box.boxes import ADDRESS, NOW, PIN, Box, everything_below, pair_request, running_box


async def test_the_link_of_an_offer_pairs_once(box: Box) -> None:
    offer = parse_link(make_offer(box.room, ADDRESS).link, NOW)
    assert (offer.url, offer.pin, offer.name) == ("https://box.example:8519", PIN, "Attic")
    answer = await box.http.post("/v1/pair", json=pair_request(offer.token_text))
    assert answer.status_code == 201
    assert answer.json()["name"] == "Attic"
    again = await box.http.post("/v1/pair", json=pair_request(offer.token_text, "another"))
    assert again.status_code == 403


async def test_the_typed_code_pairs_as_well(box: Box) -> None:
    code = parse_code(make_offer(box.room, ADDRESS).code)
    assert code.fits(PIN)
    assert (await box.http.post("/v1/pair", json=pair_request(code.token_text))).status_code == 201


async def test_wrong_used_and_expired_tokens_get_one_answer(box: Box) -> None:
    used = parse_link(make_offer(box.room, ADDRESS).link, NOW).token_text
    await box.http.post("/v1/pair", json=pair_request(used))
    expired = parse_link(make_offer(box.room, ADDRESS).link, NOW).token_text
    box.clock.seconds += 601
    answers = [await box.http.post("/v1/pair", json=pair_request(token)) for token in (used, expired, "A" * 22)]
    assert {a.status_code for a in answers} == {403}
    assert len({(a.content, tuple(sorted(a.headers.items()))) for a in answers}) == 1
    assert answers[0].json()["code"] == "pairing-refused"


async def test_the_same_machine_keeps_its_name(box: Box) -> None:
    first, second = await box.pair(), await box.pair()
    assert first.device_id == second.device_id
    assert (await box.pair("another")).device_id != first.device_id


async def test_an_unpaired_machine_is_a_stranger(box: Box) -> None:
    machine = await box.enabled()
    assert (await machine.ask("DELETE", "/v1/devices/self")).status_code == 204
    assert (await machine.ask("DELETE", "/v1/devices/self")).status_code == 401


async def test_too_many_devices_leave_the_offer_open(tmp_path: Path) -> None:
    async with running_box(tmp_path, BoxLimits(max_devices=1)) as box:
        machine = await box.pair()
        token = parse_link(make_offer(box.room, ADDRESS).link, NOW).token_text
        refused = await box.http.post("/v1/pair", json=pair_request(token, "another"))
        assert (refused.status_code, refused.json()["code"]) == (507, "full")
        await machine.ask("DELETE", "/v1/devices/self")
        assert (await box.http.post("/v1/pair", json=pair_request(token, "another"))).status_code == 201


async def test_guessing_tokens_is_slowed_down(tmp_path: Path) -> None:
    async with running_box(tmp_path, BoxLimits(pairings_per_minute=3)) as box:
        answers = [await box.http.post("/v1/pair", json=pair_request("A" * 22)) for _ in range(4)]
        assert [a.status_code for a in answers] == [403, 403, 403, 429]
        assert int(answers[-1].headers["retry-after"]) == 20
        box.clock.seconds += 20
        assert (await box.http.post("/v1/pair", json=pair_request("A" * 22))).status_code == 403


async def test_only_hashes_of_tokens_are_on_the_disk(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        offer = make_offer(box.room, ADDRESS)
        parsed = parse_link(offer.link, NOW)
        secrets = [parsed.token, parsed.token_text.encode(), parse_code(offer.code).token_text.encode()]
    written = everything_below(tmp_path)
    assert not any(secret in written for secret in secrets)
    assert offer.link not in repr(offer) and offer.code not in repr(offer)


async def test_an_offer_lasts_a_day_at_most_and_needs_a_box_that_ran(box: Box) -> None:
    for seconds in (0, MAX_OFFER_SECONDS + 1):
        with pytest.raises(InputError, match="lasts"):
            make_offer(box.room, ADDRESS, seconds=seconds)
    with pytest.raises(InputError, match="no Box has run"):
        noted_address(box.room)


async def test_old_offers_make_room_for_new_ones(tmp_path: Path) -> None:
    async with running_box(tmp_path, BoxLimits(max_offers=2)) as box:
        tokens = [parse_link(make_offer(box.room, ADDRESS, seconds=60 * n).link, NOW).token_text for n in (1, 2, 3)]
        answers = [(await box.http.post("/v1/pair", json=pair_request(t))).status_code for t in tokens]
        assert answers == [403, 201, 201]
