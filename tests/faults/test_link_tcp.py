"""The raw APDU port over a disturbed connection: split, coalesced, half, cut, reset; and a second client on it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ledger_recovery.device.interaction import Silent
from ledger_recovery.device.session import SessionOptions, open_session
from ledger_recovery.errors import BadReply, Cancelled, Unplugged
from tests.faults.links import (
    EXPORT,
    PUBLIC_KEY,
    QUICK,
    SEED_1,
    SEED_2,
    SILENT,
    ask,
    assert_clean,
)
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.link_proxy import Play, byte_by_byte, edited, ends_after, in_pieces, resets_after, stalls_after

pytestmark = pytest.mark.usefixtures("impatient")

EXPORT_SIZE = 4 + 32 + 2


@pytest.mark.parametrize(
    "play",
    [byte_by_byte, in_pieces(1), in_pieces(4), in_pieces(5), in_pieces(36), in_pieces(37), in_pieces(3, 4, 20)],
)
@pytest.mark.parametrize("at", [EXPORT, SILENT, "b001:0", "e001:0"])
async def test_split_answers_are_read_whole(at: str, play: Play, device: EmulatedDevice) -> None:
    asked = await ask(device, play, at, 1, None, 2)
    assert asked.outcomes == (SEED_1, PUBLIC_KEY, SEED_2)
    assert asked.heads.count("e005") == 2


REFUSED = {
    "twice in one piece": edited(lambda answer: answer * 2),
    "a byte beyond": edited(lambda answer: answer + b"\0"),
    "a length beyond all bounds": edited(lambda answer: b"\xff\xff\xff\xff" + answer[4:]),
    "a length with the status word": edited(lambda answer: (34).to_bytes(4, "big") + answer[4:]),
    "a key cut by a byte": edited(lambda answer: (31).to_bytes(4, "big") + answer[4:35] + answer[-2:]),
    "a half length that stalls": stalls_after(2),
    "a half frame that stalls": stalls_after(20),
    "all but the last byte": stalls_after(EXPORT_SIZE - 1),
}
LOST = {
    "closed before": ends_after(0),
    "closed within": ends_after(20),
    "reset before": resets_after(0),
    "reset within": resets_after(20),
    "reset before the last byte": resets_after(EXPORT_SIZE - 1),
}


@pytest.mark.parametrize("play", REFUSED.values(), ids=REFUSED)
async def test_an_odd_answer_to_an_export(play: Play, device: EmulatedDevice) -> None:
    """Refused and not repeated by itself; what is asked next goes over a new link and gets its own answer."""
    asked = await ask(device, play, EXPORT, 1, 2, 1)
    assert_clean(asked.outcomes[0], BadReply)
    assert asked.outcomes[1:] == (SEED_2, SEED_1)
    assert asked.audience.outcomes == [False, True, True]


@pytest.mark.parametrize("play", LOST.values(), ids=LOST)
async def test_a_connection_lost_under_an_export(play: Play, device: EmulatedDevice) -> None:
    asked = await ask(device, play, EXPORT, 1, 2, 1)
    assert_clean(asked.outcomes[0], Unplugged)
    assert asked.outcomes[1:] == (SEED_2, SEED_1)
    assert asked.heads.count("e005") == 3


@pytest.mark.parametrize("play", LOST.values(), ids=LOST)
@pytest.mark.parametrize("at", [SILENT, "b001:0", "b001:1", "e001:0"])
async def test_a_connection_lost_under_a_silent_question_is_made_anew(
    at: str, play: Play, device: EmulatedDevice
) -> None:
    asked = await ask(device, play, at, 1, None, 2)
    assert asked.outcomes == (SEED_1, PUBLIC_KEY, SEED_2)
    assert asked.heads.count("e005") == 2, "no export was repeated for it"


@pytest.mark.parametrize("size", [0, 2, 4, 20])
@pytest.mark.parametrize("at", [SILENT, "b001:1", "e001:0"])
async def test_a_silent_question_that_stalls_is_asked_again(at: str, size: int, device: EmulatedDevice) -> None:
    asked = await ask(device, stalls_after(size), at, 1, None, 2)
    assert asked.outcomes == (SEED_1, PUBLIC_KEY, SEED_2)
    assert asked.heads.count("e005") == 2


def thief(device: EmulatedDevice) -> socket.socket:
    """Another client: from now on the answers of Speculos go to it alone. It asks once, to be sure to be served."""
    host, _, port = device.apdu.rpartition(":")
    stolen = socket.create_connection((host, int(port)), timeout=5)
    stolen.sendall(bytes.fromhex("00000005b001000000"))
    assert stolen.recv(1024)
    return stolen


async def test_a_second_client_steals_the_connection_between_two_questions(device: EmulatedDevice) -> None:
    """The answer goes to the other client: time-out, a new link (now the newest), and the right key."""
    async with await open_session(f"tcp:{device.apdu}", Silent(), options=QUICK) as session:
        assert (await session.export_prf_seed(1)).reveal().hex() == SEED_1
        with await asyncio.to_thread(thief, device) as stolen:
            assert (await session.export_prf_seed(2)).reveal().hex() == SEED_2
            stolen.settimeout(5)
            assert SEED_2 not in stolen.recv(1024).hex(), "the other client got the version, never a key"


async def test_a_second_client_steals_the_answer_to_an_export() -> None:
    """Nobody can tell that from a person who takes their time: the wait is ended by cancel, and nothing is mixed up."""
    with emulated_device() as device:
        async with await open_session(f"tcp:{device.apdu}", Silent(), options=SessionOptions(poll=0.02)) as session:
            export = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.wait_for_prompt)
            host, _, port = device.apdu.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=5) as stolen:
                await asyncio.to_thread(device.approve, "ID#1")
                assert SEED_1 in (await asyncio.to_thread(stolen.recv, 1024)).hex()
                assert not export.done()
                session.cancel()
                with pytest.raises(Cancelled):
                    await export
            again = asyncio.create_task(session.export_prf_seed(2))
            await asyncio.to_thread(device.approve, "ID#2")
            assert (await again).reveal().hex() == SEED_2


async def test_two_sessions_take_the_connection_from_each_other(device: EmulatedDevice) -> None:
    """Each finds its link stolen, makes it anew and gets its own keys; neither ever gets the other's."""
    path, wanted = f"tcp:{device.apdu}", {1: SEED_1, 2: SEED_2}
    async with (
        await open_session(path, Silent(), options=QUICK) as one,
        await open_session(path, Silent(), options=QUICK) as two,
    ):
        for session, index in [(one, 1), (two, 2), (one, 2), (two, 1)] * 2:
            assert (await session.export_prf_seed(index)).reveal().hex() == wanted[index]
