"""Whole conversations over replay:, recorded from the real apps 4.1.2 and 5.1.3: every request is byte-equal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.session import DeviceSession, list_devices, open_session
from ledger_recovery.device.transport.base import Cancel
from ledger_recovery.device.transport.replay import Replay
from ledger_recovery.errors import BadReply, Declined
from tests.unit.device.fakes import Audience

TRANSCRIPTS = Path(__file__).parent / "device-transcripts"
FINGERPRINT = "3859554fbb05a7db3e840f8fd3a1b62670616d42f3f0a77ec3859d75e4b0496d"
VERSIONS = ["4.1.2", "5.1.3"]


def file_of(version: str) -> Path:
    return TRANSCRIPTS / f"concordium-{version}-nanosp.json"


def exchanges(version: str) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = json.loads(file_of(version).read_text())["exchanges"]
    return recorded


def answers_of(version: str, request: str) -> list[str]:
    return [entry["response"] for entry in exchanges(version) if entry["request"] == request]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that reaches the recording."""
    requests: list[str] = []
    original = Replay.exchange

    def exchange(self: Replay, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        requests.append(apdu.hex())
        return original(self, apdu, deadline, cancelled)

    monkeypatch.setattr(Replay, "exchange", exchange)
    return requests


async def session_on(version: str, audience: Audience) -> DeviceSession:
    return await open_session(f"replay:{file_of(version)}", audience)


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_whole_recording_in_its_order(version: str, sent: list[str]) -> None:
    """Each recorded request is made by the driver's own call for it and gives the recorded value."""
    audience = Audience()
    async with await session_on(version, audience) as session:
        identity = await session.ready()
        assert (identity.version, identity.wire_format.value) == (version, f"v{version[0]}")
        for entry in exchanges(version)[2:]:
            await _repeat(session, entry)
    recorded = [entry["request"] for entry in exchanges(version) if not _both_keys(entry)]
    app_request = recorded[0]
    assert sent[:2] == recorded[:2]
    # the driver asks which app is open before each question; all else is the recording, in its order
    assert [request for request in sent if request != app_request] == recorded[1:]
    assert len(audience.screens) == len(audience.outcomes)


async def _repeat(session: DeviceSession, entry: dict[str, Any]) -> None:
    request, response = bytes.fromhex(entry["request"]), bytes.fromhex(entry["response"])
    value = response[:-2]
    if response == b"\x69\x85":
        with pytest.raises(Declined):
            await _call(session, request)
    elif not _both_keys(entry):
        assert await _call(session, request) in (value, value[:32])


async def _call(session: DeviceSession, request: bytes) -> bytes:
    """The call that makes a request, found by its instruction."""
    _, ins, p1, p2, size = request[:5]
    data = request[5:]
    numbers = [int.from_bytes(data[at : at + 4], "big") for at in range(size % 4, size, 4)]
    if ins == 0x05:
        ask = session.export_prf_seed if p2 == 1 else session.export_prf_key
        return (await ask(numbers[-1], numbers[0] if size == 9 else None)).reveal()
    if ins == 0x01:
        return await (session.prove_public_key(numbers) if p2 else session.public_key(numbers))
    *provider, identity, counter = numbers
    await session.verify_address(identity, counter, provider[0] if p1 else None)
    return b""


def _both_keys(entry: dict[str, Any]) -> bool:
    """An export of both keys ("Create credential"): the session does not offer it, the codec test covers it."""
    return str(entry["request"]).startswith("e00502")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_recovery_of_ten_identities(version: str) -> None:
    audience = Audience()
    async with await session_on(version, audience) as session:
        assert await session.fingerprint() == FINGERPRINT
        seeds = [(await session.export_prf_seed(index)).reveal().hex() for index in range(10)]
    four = version.startswith("4")
    requests = [f"e0050101{'04' if four else '0500'}{index:08x}" for index in range(10)]
    assert seeds == [answers_of(version, request)[0][:-4] for request in requests]
    assert len(set(seeds)) == 10
    assert [screen.check for screen in audience.screens] == [f"ID{' ' if four else ''}#{index}" for index in range(10)]


async def test_both_generations_give_the_same_seeds() -> None:
    seeds = []
    for version in VERSIONS:
        async with await session_on(version, Audience()) as session:
            seeds.append([(await session.export_prf_seed(index)).reveal() for index in range(10)])
    assert seeds[0] == seeds[1]


async def test_what_was_not_recorded_is_an_error_and_does_not_end_the_session() -> None:
    async with await session_on("5.1.3", Audience()) as session:
        with pytest.raises(BadReply, match="e005010105000000000a is not in the recording"):
            await session.export_prf_seed(10)
        assert len(await session.export_prf_seed(9)) == 32


async def test_a_recording_is_listed_as_an_emulated_device() -> None:
    (device,) = [d for d in await list_devices([f"replay:{file_of('4.1.2')}"]) if d.emulated]
    assert (device.app, device.app_version, device.fingerprint) == ("Concordium", "4.1.2", FINGERPRINT)
    assert device.model == "nanosp"


def test_the_table_covers_the_recorded_versions() -> None:
    assert {WireFormat(f"v{version[0]}") for version in VERSIONS} == set(WireFormat)
