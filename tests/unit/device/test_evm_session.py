"""The session with the Ethereum app: the right app, the same wallet, silent keys, and an address that is shown."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.evm_session import EvmSession, SessionOptions, open_evm_session
from ledger_recovery.device.interaction import DeviceState, Silent
from ledger_recovery.errors import (
    BadReply,
    Cancelled,
    Declined,
    DeviceBusy,
    DeviceLocked,
    InputError,
    LinkDoubtful,
    OtherDevice,
    PathRefused,
    RepeatedKey,
    Unplugged,
    WrongApp,
)
from tests.unit.device.evm_fakes import (
    CLASSIC,
    ETHEREUM,
    ETHEREUM_CLASSIC,
    FIRST,
    HID,
    NODE,
    SECOND,
    EvmLedger,
    evm_session_with,
)
from tests.unit.device.fakes import (
    APP_REQUEST,
    CONCORDIUM_5,
    DASHBOARD,
    OTHER_WALLET,
    Audience,
    FakeBus,
    JumpingClock,
    answers,
    nobody_presses,
    nothing_wrong,
    times_out,
    vanishes,
)

S = DeviceState
FINGERPRINT_REQUEST = bytes.fromhex("e002000015058000002c8000003c800000000000000000000000")


async def test_app_and_wallet_are_read_first_and_keys_come_without_a_prompt() -> None:
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        app = await session.ready()
        assert (app.name, app.version) == ("Ethereum", "1.23.0")
        assert await session.fingerprint() == session.info.fingerprint == ledger.fingerprint
        node = await session.extended_key(NODE)
        assert (node.public_key, node.chain_code) == (ledger.public_key(NODE), ledger.chain_code(NODE))
        first = await session.address(FIRST)
        assert (first.address, first.public_key) == (ledger.address(FIRST), ledger.public_key(FIRST))
        assert (await session.configuration()).version == "1.23.0"
    assert ledger.log[:2] == [APP_REQUEST, FINGERPRINT_REQUEST]
    assert audience.screens == []
    assert audience.states == [S.READY]
    assert "Ethereum 1.23.0" in audience.notices[0].sentence


async def test_from_the_dashboard_to_the_ethereum_app() -> None:
    ledger, audience = EvmLedger(DASHBOARD), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        await session.ready()
    assert audience.offers == 1
    assert b"\xe0\xd8\x00\x00\x08Ethereum" in ledger.log
    told = " ".join(notice.sentence + notice.action for notice in audience.notices)
    assert "Ethereum" in told
    assert "Concordium" not in told


async def test_an_app_that_is_not_installed_is_told_by_name() -> None:
    ledger, audience, clock = EvmLedger(DASHBOARD), Audience(), JumpingClock()
    clock.at(5, lambda: setattr(ledger, "app", ETHEREUM))
    ledger.faults.extend([nothing_wrong(), nothing_wrong(), answers(b"\x68\x07")])
    async with evm_session_with(ledger, audience=audience, clock=clock, path=None) as session:
        await session.ready()
    assert "Install the Ethereum app" in audience.notices[2].action


async def test_a_declined_opening_is_left_to_the_person() -> None:
    ledger, audience, clock = EvmLedger(DASHBOARD), Audience(), JumpingClock()
    clock.at(5, lambda: setattr(ledger, "app", ETHEREUM))
    ledger.faults.extend([nothing_wrong(), nothing_wrong(), answers(b"\x55\x01")])
    async with evm_session_with(ledger, audience=audience, clock=clock, path=None) as session:
        await session.ready()
    assert audience.notices[2].action == "Open the Ethereum app on it."


async def test_a_wrong_app_is_named_and_left_to_the_person() -> None:
    ledger, audience, clock = EvmLedger(CONCORDIUM_5), Audience(), JumpingClock()
    clock.at(5, lambda: setattr(ledger, "app", ETHEREUM_CLASSIC))
    async with evm_session_with(ledger, audience=audience, clock=clock) as session:
        assert (await session.ready()).name == "Ethereum Classic"
    assert audience.states == [S.WRONG_APP, S.READY]
    assert "Concordium app 5.1.3" in audience.notices[0].sentence
    assert audience.notices[0].action == "Close it and open Ethereum."


@pytest.mark.parametrize(
    ("app", "locked", "kind"),
    [(CONCORDIUM_5, False, WrongApp), (DASHBOARD, False, WrongApp), (ETHEREUM, True, DeviceLocked)],
)
async def test_whoever_does_not_wait_gets_the_states_error(app: OpenApp, locked: bool, kind: type[Exception]) -> None:
    ledger = EvmLedger(app)
    ledger.locked = locked
    async with evm_session_with(ledger, options=SessionOptions(wait_for_person=False)) as session:
        with pytest.raises(kind):
            await session.extended_key(NODE)


async def test_a_locked_device_is_waited_for_even_in_the_middle() -> None:
    ledger, audience, clock = EvmLedger(), Audience(), JumpingClock()
    async with evm_session_with(ledger, audience=audience, clock=clock) as session:
        await session.ready()
        ledger.locked = True
        clock.at(3, lambda: setattr(ledger, "locked", False))
        assert (await session.address(FIRST)).address == ledger.address(FIRST)
    assert S.LOCKED in audience.states


async def test_the_classic_app_has_paths_that_the_ethereum_app_refuses() -> None:
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        with pytest.raises(PathRefused, match="m/44'/61'/0'") as refused:
            await session.extended_key(CLASSIC)
        assert "Ethereum Classic" in refused.value.hint
        asked = len(ledger.log)
        assert (await session.extended_key(NODE)).public_key == ledger.public_key(NODE)
        assert len(ledger.log) == asked + 2  # asked once, and the link stayed good: which app, the key
        ledger.app = ETHEREUM_CLASSIC
        assert (await session.extended_key(CLASSIC)).public_key == ledger.public_key(CLASSIC)
    assert sum(request.startswith(b"\xe0\x02\x00\x01") for request in ledger.log) == 3


async def test_another_wallet_is_refused_and_the_pinned_one_found_among_several() -> None:
    mine, other = EvmLedger(), EvmLedger(wallet=OTHER_WALLET, path="hid:/dev/hidraw1")
    async with evm_session_with(mine, pinned=other.fingerprint) as session:
        with pytest.raises(OtherDevice, match=other.fingerprint[:8]):
            await session.ready()
    audience = Audience()
    async with evm_session_with(mine, other, audience=audience, pinned=other.fingerprint, path=None) as session:
        await session.ready()
        assert session.info.path == "hid:/dev/hidraw1"
    assert audience.choices == []


async def test_several_devices_are_offered_with_their_evm_wallets() -> None:
    one, two = EvmLedger(), EvmLedger(wallet=OTHER_WALLET, path="hid:/dev/hidraw1")
    audience = Audience(chosen=1)
    async with evm_session_with(one, two, audience=audience, path=None) as session:
        assert await session.fingerprint() == two.fingerprint
    assert [info.fingerprint for info in audience.choices[0]] == [one.fingerprint, two.fingerprint]


async def test_another_device_after_a_replug_gives_no_key() -> None:
    ledger, stranger = EvmLedger(), EvmLedger(wallet=OTHER_WALLET, path="hid:/dev/hidraw1")
    stranger.connected = False
    async with evm_session_with(ledger, stranger) as session:
        await session.extended_key(NODE)
        ledger.connected, stranger.connected = False, True
        with pytest.raises(OtherDevice):
            await session.extended_key(SECOND)
        ledger.come_back("hid:/dev/hidraw7")
        assert (await session.extended_key(SECOND)).public_key == ledger.public_key(SECOND)


@pytest.mark.parametrize("exchange", range(4))
async def test_a_cable_pulled_at_any_exchange_costs_nothing_but_the_repetition(exchange: int) -> None:
    """Which app, the wallet, which app again, the key."""
    ledger, clock = EvmLedger(), JumpingClock()

    def away() -> None:
        ledger.connected = False
        clock.at(clock.now() + 1, lambda: ledger.come_back(f"hid:/dev/hidraw{exchange + 1}"))

    ledger.faults.extend([*[nothing_wrong()] * exchange, vanishes(ledger, away)])
    async with evm_session_with(ledger, clock=clock) as session:
        await session.ready()
        assert (await session.extended_key(NODE)).chain_code == ledger.chain_code(NODE)
        assert (await session.address(SECOND)).address == ledger.address(SECOND)
    assert ledger.faults == type(ledger.faults)()


async def test_a_late_key_is_never_given_to_another_path() -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        await session.ready()
        ledger.command_faults.append(times_out(ledger))
        for path in (FIRST, SECOND, NODE):
            assert (await session.address(path)).address == ledger.address(path)
        assert ledger.opened == 2 + 1


@pytest.mark.parametrize("damage", [b"\x41\x90\x00", b"\x90\x00", b"", b"\x6f\x00", b"\x69\x85"])
async def test_an_odd_answer_is_no_key(damage: bytes) -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        await session.ready()
        ledger.command_faults.append(answers(damage))
        if damage == b"\x69\x85":  # a decline that nobody was asked for: late, so the question is repeated
            assert (await session.address(FIRST)).address == ledger.address(FIRST)
            return
        with pytest.raises(BadReply):
            await session.address(FIRST)
        assert (await session.address(FIRST)).address == ledger.address(FIRST)


async def test_one_key_for_two_paths_ends_the_trust() -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        await session.ready()
        ledger.same_key = True
        await session.extended_key(NODE)
        with pytest.raises(RepeatedKey, match="m/44'/60'/1'/0/0 as for m/44'/60'/0'"):
            await session.address(SECOND)
        ledger.same_key = False
        asked = len(ledger.log)
        for question in (session.address(FIRST), session.extended_key(SECOND), session.show_address(FIRST, bytes(20))):
            with pytest.raises(RepeatedKey):
                await question
        assert len(ledger.log) == asked


async def test_two_keys_for_one_path_are_another_device() -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        await session.address(SECOND)
        ledger.command_faults.append(answers(ledger.key(NODE, chain_code=False) + b"\x90\x00"))
        with pytest.raises(OtherDevice, match="another key for m/44'/60'/1'/0/0"):
            await session.address(SECOND)


async def test_an_address_is_foretold_shown_and_confirmed() -> None:
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        await session.show_address(FIRST, ledger.address(FIRST), 137)
        shown = await session.address(FIRST)
    (screen,) = audience.screens
    assert screen.title == "Verify Polygon address"
    assert screen.check == shown.address_text
    assert audience.outcomes == [True]
    assert ledger.log[2].hex() == "e00201001d058000002c8000003c8000000000000000000000000000000000000089"


async def test_a_cancelled_check_is_declined_and_not_repeated() -> None:
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        await session.ready()
        ledger.command_faults.append(answers(b"\x69\x85"))
        with pytest.raises(Declined):
            await session.show_address(FIRST, ledger.address(FIRST))
        assert (await session.address(FIRST)).address == ledger.address(FIRST)
    assert audience.outcomes == [False]


async def test_another_address_on_the_screen_is_told() -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        with pytest.raises(OtherDevice, match="for m/44'/60'/0'/0/0, the search has 0x0000"):
            await session.show_address(FIRST, bytes(20))


async def test_a_cable_pulled_while_a_person_compares_is_told_and_not_repeated() -> None:
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience, options=SessionOptions(exit_grace=1)) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger, lambda: setattr(ledger, "connected", False)))
        with pytest.raises(Unplugged):
            await session.show_address(FIRST, ledger.address(FIRST))
    assert len(audience.screens) == 1


async def test_a_cancelled_operation_leaves_no_late_answer_behind() -> None:
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        await session.ready()
        ledger.command_faults.append(nobody_presses(ledger))
        showing = asyncio.create_task(session.show_address(FIRST, ledger.address(FIRST)))
        await asyncio.to_thread(ledger.waiting.wait, 5)
        session.cancel()
        with pytest.raises(Cancelled):
            await showing
        assert (await session.address(SECOND)).address == ledger.address(SECOND)
    assert S.POISONED in audience.states


async def test_a_device_busy_with_a_prompt_is_waited_for() -> None:
    """6901 to everything, as the app answers while a request of before is still on its screen."""
    ledger, audience = EvmLedger(), Audience()
    ledger.faults.extend([answers(b"\x69\x01")] * 20)
    async with evm_session_with(ledger, audience=audience) as session:
        assert (await session.address(FIRST)).address == ledger.address(FIRST)
    assert audience.states == [S.BUSY, S.READY]
    assert "Finish or decline" in audience.notices[0].action
    assert ledger.opened == 1
    ledger.faults.append(answers(b"\x69\x01"))
    async with evm_session_with(ledger, options=SessionOptions(wait_for_person=False)) as session:
        with pytest.raises(DeviceBusy):
            await session.ready()


async def test_a_question_that_meets_a_prompt_is_asked_again() -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        await session.ready()
        ledger.command_faults.append(answers(b"\x69\x01"))
        assert (await session.address(FIRST)).address == ledger.address(FIRST)


async def test_paths_that_no_app_takes_reach_no_device() -> None:
    ledger = EvmLedger()
    async with evm_session_with(ledger) as session:
        for question in (session.extended_key(()), session.address((0,) * 11), session.show_address((-1,), bytes(20))):
            with pytest.raises(InputError):
                await question
    assert not any(request[:2] == b"\xe0\x02" and request != FINGERPRINT_REQUEST for request in ledger.log)


async def test_keys_stay_out_of_logs_and_reprs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ledger, audience = EvmLedger(), Audience()
    async with evm_session_with(ledger, audience=audience) as session:
        node = await session.extended_key(NODE)
        said = repr(node) + caplog.text + repr(audience.__dict__) + repr(session)
    for secret in (node.public_key, node.chain_code):
        assert secret.hex() not in said
        assert repr(secret) not in said
    assert "status word 9000" in caplog.text


async def test_a_closed_session_refuses() -> None:
    session: EvmSession
    async with evm_session_with(EvmLedger()) as session:
        await session.ready()
    with pytest.raises(LinkDoubtful, match="closed"):
        await session.address(FIRST)


@pytest.mark.parametrize("pinned", ["abc", "g" * 64])
async def test_a_wrong_fingerprint_to_expect_is_refused(pinned: str) -> None:
    with pytest.raises(InputError, match="64 hex"):
        await open_evm_session(HID, Silent(), pinned_fingerprint=pinned, clock=JumpingClock(), bus=FakeBus(EvmLedger()))
