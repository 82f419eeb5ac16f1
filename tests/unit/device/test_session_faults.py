"""The session under faults: a late answer never meets another question, a key never the wrong index."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ledger_recovery.device.apps.concordium import Form, Target
from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.device.keys_seen import KeysSeen
from ledger_recovery.device.session import SessionOptions
from ledger_recovery.device.transport.base import Cancel
from ledger_recovery.errors import (
    BadReply,
    Cancelled,
    Declined,
    InputError,
    LedgerRecoveryError,
    OtherDevice,
    RepeatedKey,
)
from ledger_recovery.secret import SecretBytes
from tests.unit.device.fakes import (
    APP_REQUEST,
    BITCOIN,
    CONCORDIUM_4,
    CONCORDIUM_5,
    DASHBOARD,
    OK,
    OTHER_WALLET,
    PAIRING_REQUEST,
    Audience,
    FakeLedger,
    JumpingClock,
    answers,
    nobody_presses,
    nothing_wrong,
    times_out,
    vanishes,
)
from tests.unit.device.sessions import HID, KEY_OF_PATH, PATH, seed_of, session_with

S = DeviceState


@pytest.mark.parametrize("step", range(3))
async def test_a_time_out_at_any_step_never_gives_its_answer_to_another_question(step: int) -> None:
    """Each late answer arrives as the answer to the next question; it must only ever be refused."""
    ledger = FakeLedger()
    ledger.faults.extend([nothing_wrong()] * step + [times_out(ledger)])
    async with session_with(ledger, path=HID) as session:
        assert await session.public_key(PATH) == KEY_OF_PATH
        assert await session.public_key((1105, 0, 9)) == b"P" * 28 + (9).to_bytes(4, "big")
    assert ledger.opened >= 2


@pytest.mark.parametrize("step", range(3))
@pytest.mark.parametrize(
    "damage", [b"", b"\x90", b"\x90\x00", b"x" * 31 + OK, b"x" * 33 + OK, b"\x6f\x42", b"x" * 300, b"\x6a\x87"]
)
async def test_an_odd_answer_at_any_step_poisons_the_link_and_gives_no_value(step: int, damage: bytes) -> None:
    ledger = FakeLedger()
    ledger.faults.extend([nothing_wrong()] * step + [answers(damage)])
    async with session_with(ledger, path=HID) as session:
        try:
            assert await session.public_key(PATH) == KEY_OF_PATH
        except BadReply:
            assert step == 2  # the walk repeats its own questions; a damaged answer to the caller's is the caller's
        opened = ledger.opened
        assert await session.public_key(PATH) == KEY_OF_PATH
        assert opened + (step == 2) == ledger.opened


@pytest.mark.parametrize("step", range(3))
async def test_an_unplug_at_any_step_of_a_silent_question_is_waited_out(step: int) -> None:
    ledger, clock, audience = FakeLedger(), JumpingClock(), Audience()

    def pulled() -> None:
        ledger.connected = False
        clock.at(clock.now() + 20, lambda: setattr(ledger, "connected", True))

    ledger.faults.extend([nothing_wrong()] * step + [vanishes(ledger, pulled)])
    async with session_with(ledger, path=HID, clock=clock, audience=audience) as session:
        assert await session.public_key(PATH) == KEY_OF_PATH
    assert S.NO_DEVICE in audience.states


async def test_reconnecting_reads_version_and_wallet_again_before_the_next_question() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        ledger.log.clear()
        ledger.command_faults.append(vanishes(ledger))
        await session.public_key(PATH)
    question = ledger.log[-1]
    # asked and lost; back: which app? which app and wallet? then the same question again
    assert ledger.log == [APP_REQUEST, question, APP_REQUEST, APP_REQUEST, PAIRING_REQUEST, question]


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_replug_while_nothing_is_asked_goes_unnoticed_by_the_person(lasting: bool) -> None:
    ledger, audience = FakeLedger(), Audience()
    ledger.lasting = lasting
    async with session_with(ledger, path=HID, audience=audience) as session:
        await session.export_prf_seed(1)
        ledger.move("hid:/dev/hidraw6")
        assert (await session.export_prf_seed(2)).reveal() == seed_of(2)
    assert audience.outcomes == [True, True]


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_wallet_swapped_while_nothing_is_asked_is_refused_before_the_prompt(lasting: bool) -> None:
    """A transport that holds no device (REST) cannot notice the swap: the wallet is read before each question."""
    ledger, audience = FakeLedger(), Audience()
    ledger.lasting = lasting
    async with session_with(ledger, path=HID, audience=audience) as session:
        await session.export_prf_seed(1)
        ledger.wallet = OTHER_WALLET
        if lasting:
            ledger.move("hid:/dev/hidraw6")
        with pytest.raises(OtherDevice):
            await session.export_prf_seed(2)
    assert len(audience.screens) == 1


async def test_an_app_that_ended_while_nothing_was_asked_is_opened_before_the_prompt() -> None:
    ledger, audience = FakeLedger(), Audience()
    async with session_with(ledger, path=HID, audience=audience) as session:
        await session.ready()
        ledger.app = DASHBOARD
        assert (await session.export_prf_seed(2)).reveal() == seed_of(2)
    assert audience.offers == 1
    assert audience.outcomes == [True]


async def test_an_app_update_between_two_questions_changes_the_format() -> None:
    ledger, clock = FakeLedger(CONCORDIUM_4), JumpingClock()
    async with session_with(ledger, path=HID, clock=clock) as session:
        await session.export_prf_seed(1)
        ledger.command_faults.append(vanishes(ledger, lambda: setattr(ledger, "app", CONCORDIUM_5)))
        await session.public_key(PATH)
        await session.export_prf_seed(2)
    exports = [request.hex() for request in ledger.log if request[1] == 0x05]
    assert exports == ["e00501010400000001", "e0050101050000000002"]


async def test_exports_show_what_the_device_shows_and_settle_once_each() -> None:
    ledger, audience = FakeLedger(), Audience()
    async with session_with(ledger, path=HID, audience=audience) as session:
        assert (await session.export_prf_seed(3)).reveal() == seed_of(3)
        ledger.command_faults.append(answers(b"\x69\x85"))
        with pytest.raises(Declined):
            await session.export_prf_seed(4)
        assert (await session.export_prf_seed(4)).reveal() == seed_of(4)
        assert len(await session.export_prf_key(2, 1)) == 32
    assert [screen.check for screen in audience.screens] == ["ID#3", "ID#4", "ID#4", "IDP#1 ID#2"]
    assert audience.outcomes == [True, False, True, True]
    assert audience.states.count(S.AWAITING_APPROVAL) == 4
    assert ledger.log[-1].hex() == "e005010209010000000100000002"
    assert ledger.opened == 1  # a decline is an answer, not a doubt


async def test_verify_address_and_its_rejection() -> None:
    ledger, audience = FakeLedger(), Audience()
    async with session_with(ledger, path=HID, audience=audience) as session:
        await session.verify_address(1, 2, address="3LK7HG")
        ledger.command_faults.append(answers(b"\x69\x85"))
        with pytest.raises(Declined):
            await session.verify_address(1, 2)
    assert [screen.check for screen in audience.screens] == ["3LK7HG", "1/2"]
    assert ledger.log[2].hex() == "e0000000080000000100000002"


async def test_cancel_while_a_person_is_asked_returns_and_the_late_key_is_never_given() -> None:
    """The person approves after the cancel: that key arrives as the answer to the next question."""
    ledger, audience = FakeLedger(), Audience()
    async with session_with(ledger, path=HID, audience=audience) as session:
        await session.ready()
        ledger.command_faults.append(nobody_presses(ledger))
        export = asyncio.create_task(session.export_prf_seed(1))
        await asyncio.to_thread(ledger.waiting.wait, 5)
        session.cancel()
        with pytest.raises(Cancelled):
            await export
        assert audience.outcomes == [False]
        assert ledger.late
        assert (await session.export_prf_seed(2)).reveal() == seed_of(2)
        assert (await session.export_prf_seed(1)).reveal() == seed_of(1)
    assert S.POISONED in audience.states


async def test_a_late_decline_after_a_cancel_is_no_answer_to_anything_else() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        ledger.command_faults.append(nobody_presses(ledger))
        export = asyncio.create_task(session.export_prf_seed(1))
        await asyncio.to_thread(ledger.waiting.wait, 5)
        session.cancel()
        with pytest.raises(Cancelled):
            await export
        ledger.late.clear()
        ledger.late.append(b"\x69\x85")
        assert (await session.export_prf_seed(2)).reveal() == seed_of(2)


async def test_a_cancelled_task_ends_its_question_too() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        ledger.command_faults.append(nobody_presses(ledger))
        export = asyncio.create_task(session.export_prf_seed(1))
        await asyncio.to_thread(ledger.waiting.wait, 5)
        export.cancel()
        with pytest.raises(asyncio.CancelledError):
            await export
        assert (await session.export_prf_seed(2)).reveal() == seed_of(2)


async def test_cancel_also_ends_those_who_wait_for_their_turn_but_nobody_who_comes_later() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        ledger.command_faults.append(nobody_presses(ledger))
        tasks = [asyncio.create_task(session.export_prf_seed(1)), asyncio.create_task(session.public_key(PATH))]
        await asyncio.to_thread(ledger.waiting.wait, 5)
        session.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, Cancelled)
        assert await session.public_key(PATH) == KEY_OF_PATH


async def test_closing_ends_an_export_that_waits() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        ledger.command_faults.append(nobody_presses(ledger))
        export = asyncio.create_task(session.export_prf_seed(1))
        await asyncio.to_thread(ledger.waiting.wait, 5)
        await session.close()
        with pytest.raises(Cancelled):
            await export


async def test_two_indices_with_one_key_stop_every_further_export() -> None:
    ledger = FakeLedger(CONCORDIUM_4)
    ledger.export = lambda request: b"S" * 32 + OK
    async with session_with(ledger, path=HID) as session:
        first = await session.export_prf_seed(0)
        assert (await session.export_prf_seed(0)) == first
        with pytest.raises(RepeatedKey, match="ID #1 as for ID #0"):
            await session.export_prf_seed(1)
        asked = len(ledger.log)
        with pytest.raises(RepeatedKey):
            await session.export_prf_seed(2)
        assert len(ledger.log) == asked


async def test_a_key_that_is_refused_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = FakeLedger()
    ledger.export = lambda request: b"S" * 32 + OK
    refused: list[SecretBytes] = []
    original = KeysSeen.record

    def record(self: KeysSeen, target: Target, form: Form, secret: SecretBytes) -> None:
        refused.append(secret)
        original(self, target, form, secret)

    monkeypatch.setattr(KeysSeen, "record", record)
    async with session_with(ledger, path=HID) as session:
        kept = await session.export_prf_seed(0)
        with pytest.raises(RepeatedKey):
            await session.export_prf_seed(1)
    assert [secret.wiped for secret in refused] == [False, True]
    assert refused[0] is kept


async def test_one_index_with_two_keys_is_another_wallet() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.export_prf_seed(0)
        ledger.export = lambda request: b"T" * 32 + OK
        with pytest.raises(OtherDevice, match="another key for ID #0"):
            await session.export_prf_seed(0)


async def test_auto_lock_while_nothing_is_asked_is_waited_out_before_the_prompt() -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()
    async with session_with(ledger, path=HID, audience=audience, clock=clock) as session:
        await session.ready()
        ledger.locked = True
        clock.at(3, lambda: setattr(ledger, "locked", False))
        assert (await session.export_prf_seed(1)).reveal() == seed_of(1)
    assert S.LOCKED in audience.states
    assert audience.outcomes == [True]


@pytest.mark.parametrize("sw", ["5515", "530c"])
async def test_a_lock_that_meets_the_request_is_waited_out_and_asked_again(sw: str) -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()

    def locks(request: bytes, cancelled: Cancel) -> bytes | None:
        ledger.locked = True
        return bytes.fromhex(sw)

    async with session_with(ledger, path=HID, audience=audience, clock=clock) as session:
        await session.ready()
        ledger.command_faults.append(locks)
        clock.at(3, lambda: setattr(ledger, "locked", False))
        assert (await session.export_prf_seed(1)).reveal() == seed_of(1)
    assert S.LOCKED in audience.states
    assert audience.outcomes == [False, True]


async def test_an_app_that_was_changed_in_between_is_named_and_waited_for() -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()
    async with session_with(ledger, path=HID, audience=audience, clock=clock) as session:
        await session.ready()
        ledger.app = BITCOIN
        clock.at(3, lambda: setattr(ledger, "app", CONCORDIUM_5))
        assert (await session.export_prf_seed(1)).reveal() == seed_of(1)
    assert S.WRONG_APP in audience.states


async def test_no_person_is_asked_for_what_the_app_cannot_do() -> None:
    ledger, audience = FakeLedger(CONCORDIUM_4), Audience()
    async with session_with(ledger, path=HID, audience=audience) as session:
        for call in (session.export_prf_seed(0, 0), session.verify_address(0, 0, 0), session.public_key((44, 0))):
            with pytest.raises(InputError):
                await call
        with pytest.raises(InputError):
            await session.export_prf_seed(2**31)
    assert audience.screens == []
    assert not any(request[1] == 0x05 for request in ledger.log)


async def test_nothing_logged_printed_or_raised_holds_a_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ledger, audience = FakeLedger(), Audience()
    planted = bytes.fromhex("5ec2e7") * 10 + b"!!"
    ledger.export = lambda request: planted + OK
    said: list[str] = []
    async with session_with(ledger, path=HID, audience=audience) as session:
        said.append(repr(await session.export_prf_seed(0)))
        for damage in (planted + b"!" + OK, planted * 2 + OK, planted + b"\x6f\x00"):
            ledger.command_faults.append(answers(damage))
            with pytest.raises(LedgerRecoveryError) as caught:
                await session.export_prf_seed(1)
            said.append(repr(caught.value) + repr(caught.value.__dict__))
        with pytest.raises(RepeatedKey) as repeated:
            await session.export_prf_seed(2)
        said.append(repr(repeated.value.__dict__) + repr(session.__dict__))
    everything = "\n".join([*said, caplog.text, repr(audience.__dict__)])
    assert planted.hex() not in everything
    assert repr(planted)[2:20] not in everything
    assert "status word 9000" in caplog.text


@pytest.mark.parametrize("options", [SessionOptions(), SessionOptions(wait_for_person=False)])
async def test_a_link_lost_between_two_questions_is_made_anew(options: SessionOptions) -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID, options=options) as session:
        await session.ready()
        ledger.command_faults.append(times_out(ledger))
        assert await session.public_key(PATH) == KEY_OF_PATH


async def test_the_app_is_asked_for_as_often_as_answers_may_be_outstanding() -> None:
    """One question of before, one that timed out, one whose answer met the late one: three answers may still come."""
    ledger = FakeLedger()
    ledger.faults.append(times_out(ledger))
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        assert ledger.log[-4:] == [APP_REQUEST, APP_REQUEST, APP_REQUEST, PAIRING_REQUEST]
        ledger.log.clear()
        await session.public_key(PATH)  # the pairing key settled it
    assert ledger.log[:-1] == [APP_REQUEST]
