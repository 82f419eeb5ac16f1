"""The session's walk through the states: told once, continued by themselves, refused where waiting does not help."""

from __future__ import annotations

import asyncio

import pytest

from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.interaction import DeviceState, Silent
from ledger_recovery.device.session import SessionOptions, list_devices, open_session
from ledger_recovery.device.transport.base import Found
from ledger_recovery.errors import (
    AppTooOld,
    AppUnknown,
    BadReply,
    Cancelled,
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    InputError,
    LinkDoubtful,
    NoDevice,
    NoPermission,
    OtherDevice,
    WrongApp,
)
from tests.unit.device.fakes import (
    APP_REQUEST,
    BITCOIN,
    CONCORDIUM_4,
    CONCORDIUM_5,
    DASHBOARD,
    OTHER_WALLET,
    PAIRING_REQUEST,
    WALLET,
    Audience,
    FakeBus,
    FakeLedger,
    JumpingClock,
    answers,
    times_out,
)
from tests.unit.device.sessions import session_with

S = DeviceState


async def test_a_ready_device_is_ready_at_once() -> None:
    ledger, audience = FakeLedger(), Audience()
    async with session_with(ledger, audience=audience) as session:
        identity = await session.ready()
        assert (identity.name, identity.version, identity.wire_format) == ("Concordium", "5.1.3", WireFormat.V5)
        assert audience.states == [S.READY]
        assert session.info.fingerprint == WALLET.hex()
        assert session.info.app_version == "5.1.3"
        assert session.info.state is S.READY
        assert await session.fingerprint() == WALLET.hex()


async def test_version_and_wallet_are_read_before_anything_else_and_then_only_which_app_is_open() -> None:
    ledger = FakeLedger(CONCORDIUM_4)
    async with session_with(ledger, path="hid:/dev/hidraw0") as session:
        await session.export_prf_seed(1)
        await session.public_key((1105, 0, 0))
        assert [request.hex() for request in ledger.log] == [
            APP_REQUEST.hex(),
            PAIRING_REQUEST.hex(),
            "e00501010400000001",
            APP_REQUEST.hex(),
            "e00101000d03000004510000000000000000",
        ]


async def test_no_device_then_a_locked_one_then_its_dashboard_then_ready() -> None:
    ledger, audience, clock = FakeLedger(DASHBOARD), Audience(), JumpingClock()
    ledger.connected, ledger.locked = False, True
    clock.at(2, lambda: setattr(ledger, "connected", True))
    clock.at(4, lambda: setattr(ledger, "locked", False))

    def opens() -> None:
        ledger.move("hid:/dev/hidraw1")
        ledger.app = CONCORDIUM_5

    ledger.after_open_app = opens
    async with session_with(ledger, audience=audience, clock=clock) as session:
        await session.ready()
        assert session.info.path == "hid:/dev/hidraw1"
    assert audience.states == [S.NO_DEVICE, S.LOCKED, S.DASHBOARD, S.DASHBOARD, S.READY]
    assert audience.offers == 1
    assert all(notice.sentence for notice in audience.notices)
    assert all(notice.action for notice in audience.notices[:-1])


async def test_a_device_that_takes_its_time_to_reappear_is_not_told_as_missing() -> None:
    ledger, audience, clock = FakeLedger(DASHBOARD), Audience(), JumpingClock()

    def opens() -> None:
        ledger.connected = False
        clock.at(clock.now() + 3, lambda: ledger.come_back("hid:/dev/hidraw9"))
        ledger.app = CONCORDIUM_5

    ledger.after_open_app = opens
    async with session_with(ledger, audience=audience, clock=clock) as session:
        await session.ready()
    assert S.NO_DEVICE not in audience.states


async def test_the_app_is_offered_once_and_a_no_is_kept() -> None:
    ledger, audience, clock = FakeLedger(DASHBOARD), Audience(may_open=False), JumpingClock()
    clock.at(5, lambda: setattr(ledger, "app", CONCORDIUM_5))
    async with session_with(ledger, audience=audience, clock=clock) as session:
        await session.ready()
    assert audience.offers == 1
    assert audience.states == [S.DASHBOARD, S.READY]
    assert not any(request[1] == 0xD8 for request in ledger.log)


@pytest.mark.parametrize(
    ("answer", "words"),
    [("6807", "not installed"), ("5501", "declined"), ("6985", "declined"), ("6d00", "cannot open")],
)
async def test_an_app_that_did_not_open_is_told_and_waited_for(answer: str, words: str) -> None:
    ledger, audience, clock = FakeLedger(DASHBOARD), Audience(), JumpingClock()
    clock.at(5, lambda: setattr(ledger, "app", CONCORDIUM_5))
    ledger.faults.extend([lambda *_: None, lambda *_: None, answers(bytes.fromhex(answer))])
    async with session_with(ledger, audience=audience, clock=clock) as session:
        await session.ready()
    assert audience.offers == 1
    assert words in audience.notices[2].sentence
    assert audience.states == [S.DASHBOARD, S.DASHBOARD, S.DASHBOARD, S.READY]


async def test_a_wrong_app_is_named_and_left_to_the_person() -> None:
    ledger, audience, clock = FakeLedger(BITCOIN), Audience(), JumpingClock()
    clock.at(5, lambda: setattr(ledger, "app", CONCORDIUM_4))
    async with session_with(ledger, audience=audience, clock=clock) as session:
        assert (await session.ready()).wire_format is WireFormat.V4
    assert audience.states == [S.WRONG_APP, S.READY]
    assert "Bitcoin app 2.2.1" in audience.notices[0].sentence
    assert set(ledger.log[:-1]) == {APP_REQUEST}


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NoPermission("may not use /dev/hidraw0 (mode crw-------)"), S.NO_PERMISSION),
        (DeviceBusy("held by Ledger Live"), S.BUSY),
        (NoDevice("cannot be opened"), S.NO_DEVICE),
    ],
)
async def test_what_keeps_the_device_from_being_opened_is_told_once_and_waited_for(
    error: DeviceError, state: DeviceState
) -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()
    ledger.open_error = error
    clock.at(10, lambda: setattr(ledger, "open_error", None))
    async with session_with(ledger, audience=audience, clock=clock) as session:
        await session.ready()
    assert audience.states == [state, S.READY]
    assert audience.notices[0].sentence == error.sentence
    assert len(clock.waits) >= 15  # polled, and told once


@pytest.mark.parametrize(
    ("app", "kind", "state"),
    [
        (OpenApp("Concordium", "3.0.0"), AppTooOld, S.APP_TOO_OLD),
        (OpenApp("Concordium", "6.0.0"), AppUnknown, S.APP_UNKNOWN),
        (OpenApp("Concordium", "strange"), AppUnknown, S.APP_UNKNOWN),
    ],
)
async def test_versions_without_a_known_format_stop_before_any_further_command(
    app: OpenApp, kind: type[DeviceError], state: DeviceState
) -> None:
    ledger, audience = FakeLedger(app), Audience()
    async with session_with(ledger, audience=audience) as session:
        with pytest.raises(kind):
            await session.ready()
        with pytest.raises(kind):
            await session.export_prf_seed(0)
    assert set(audience.states) == {state}
    assert set(ledger.log) == {APP_REQUEST}


async def test_an_unknown_version_goes_on_when_a_person_names_the_format() -> None:
    ledger = FakeLedger(OpenApp("Concordium", "6.0.0"))
    async with session_with(ledger, options=SessionOptions(allow_format=WireFormat.V5)) as session:
        assert (await session.ready()).wire_format is WireFormat.V5
        await session.export_prf_seed(2)
    assert ledger.log[-1].hex() == "e0050101050000000002"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"locked": True}, DeviceLocked),
        ({"app": DASHBOARD}, WrongApp),
        ({"app": BITCOIN}, WrongApp),
        ({"open_error": NoPermission("no")}, NoPermission),
        ({"open_error": DeviceBusy("busy")}, DeviceBusy),
    ],
)
async def test_whoever_does_not_wait_gets_the_states_error(change: dict[str, object], kind: type[DeviceError]) -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()
    for name, value in change.items():
        setattr(ledger, name, value)
    options = SessionOptions(wait_for_person=False)
    async with session_with(ledger, audience=audience, clock=clock, options=options) as session:
        with pytest.raises(kind):
            await session.ready()
    assert clock.waits == []
    assert audience.offers == 0


async def test_whoever_does_not_wait_gets_no_device() -> None:
    with pytest.raises(NoDevice):
        async with session_with(options=SessionOptions(wait_for_person=False)):
            pass


async def test_cancel_ends_waiting_for_a_state() -> None:
    ledger, clock = FakeLedger(), JumpingClock()
    ledger.locked = True
    async with session_with(ledger, clock=clock) as session:
        clock.at(3, session.cancel)
        with pytest.raises(Cancelled):
            await session.ready()
        ledger.locked = False
        await session.ready()


async def test_cancel_ends_the_question_whether_to_open_the_app() -> None:
    asked = asyncio.Event()

    class Undecided(Audience):
        async def may_open_app(self, app: str) -> bool:
            asked.set()
            return await asyncio.Future()

    async with session_with(FakeLedger(DASHBOARD), audience=Undecided()) as session:
        walk = asyncio.create_task(session.ready())
        await asked.wait()
        session.cancel()
        with pytest.raises(Cancelled):
            await walk


async def test_one_device_is_taken_and_several_are_offered_with_app_and_wallet() -> None:
    one, two = FakeLedger(DASHBOARD), FakeLedger(CONCORDIUM_5, OTHER_WALLET, "hid:/dev/hidraw1")
    audience = Audience(chosen=1)
    async with session_with(one, two, audience=audience) as session:
        await session.ready()
        assert session.info.path == "hid:/dev/hidraw1"
    ((first, second),) = audience.choices
    assert (first.app, first.fingerprint, first.state) == ("BOLOS", "", S.DASHBOARD)
    assert (second.app, second.app_version, second.fingerprint) == ("Concordium", "5.1.3", OTHER_WALLET.hex())
    assert (second.model, second.product_id, second.emulated, second.state) == ("nanosp", 0x5011, False, S.READY)


async def test_the_pinned_wallet_is_found_among_several_without_asking() -> None:
    one, two = FakeLedger(), FakeLedger(CONCORDIUM_5, OTHER_WALLET, "hid:/dev/hidraw1")
    audience = Audience()
    async with session_with(one, two, audience=audience, pinned=OTHER_WALLET) as session:
        await session.ready()
        assert session.info.path == "hid:/dev/hidraw1"
    assert audience.choices == []


async def test_a_single_device_with_another_wallet_is_refused() -> None:
    async with session_with(FakeLedger(), pinned=OTHER_WALLET) as session:
        with pytest.raises(OtherDevice, match=OTHER_WALLET.hex()[:8]):
            await session.ready()


async def test_another_device_after_a_replug_is_refused_and_the_right_one_found_under_another_path() -> None:
    ledger = FakeLedger()
    stranger = FakeLedger(CONCORDIUM_5, OTHER_WALLET, "hid:/dev/hidraw1")
    stranger.connected = False
    async with session_with(ledger, stranger) as session:
        await session.public_key((1105, 0, 1))
        ledger.connected, stranger.connected = False, True
        with pytest.raises(OtherDevice):
            await session.public_key((1105, 0, 2))
        assert not any(request.endswith(b"\x02") for request in stranger.log)
        ledger.connected = True
        ledger.move("hid:/dev/hidraw5")
        assert (await session.public_key((1105, 0, 2)))[-1] == 2
        assert session.info.path == "hid:/dev/hidraw5"


async def test_a_device_of_another_model_is_not_even_asked() -> None:
    ledger, stranger = FakeLedger(), FakeLedger(path="hid:/dev/hidraw1")
    stranger.found = Found("hid:/dev/hidraw1", "stax", 0x6011, emulated=False)
    stranger.connected = False
    options = SessionOptions(wait_for_person=False)
    async with session_with(ledger, stranger, options=options) as session:
        await session.ready()
        ledger.connected, stranger.connected = False, True
        with pytest.raises(DeviceError):
            await session.public_key((1105, 0, 1))
    assert stranger.opened == 0


async def test_a_link_in_doubt_is_made_anew_a_bounded_number_of_times() -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()
    ledger.faults.extend([times_out(ledger)] * 50)
    options = SessionOptions(link_attempts=4)
    async with session_with(
        ledger, audience=audience, clock=clock, path="hid:/dev/hidraw0", options=options
    ) as session:
        with pytest.raises((LinkDoubtful, BadReply)):
            await session.ready()
    assert ledger.opened == 4
    assert S.POISONED in audience.states
    assert clock.waits == sorted(clock.waits)  # backs off


async def test_list_devices_shows_states_and_extra_paths() -> None:
    good, locked, old = FakeLedger(), FakeLedger(path="hid:/dev/hidraw1"), FakeLedger(path="hid:/dev/hidraw2")
    locked.locked = True
    old.app = OpenApp("Concordium", "3.0.0")
    emulated = FakeLedger(path="tcp:127.0.0.1:9999")
    emulated.connected = False

    bus = FakeBus(good, locked, old, emulated)
    devices = await list_devices(["tcp:127.0.0.1:9999"], clock=JumpingClock(), bus=bus)
    assert [device.state for device in devices] == [S.READY, S.LOCKED, S.APP_TOO_OLD, S.NO_DEVICE]
    assert [device.path for device in devices][-1] == "tcp:127.0.0.1:9999"
    assert devices[0].fingerprint == WALLET.hex()
    assert {device.fingerprint for device in devices[1:]} == {""}
    assert PAIRING_REQUEST not in old.log


@pytest.mark.parametrize("path", ["usb:1", "tcp:nowhere", ""])
async def test_a_wrong_device_path_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        await open_session(path, Silent(), clock=JumpingClock(), bus=FakeBus())


async def test_a_wrong_fingerprint_to_expect_is_refused() -> None:
    with pytest.raises(InputError, match="64 hex"):
        await open_session(None, Silent(), pinned_fingerprint="abc", clock=JumpingClock(), bus=FakeBus(FakeLedger()))


async def test_a_closed_session_refuses_and_closes_again_quietly() -> None:
    ledger = FakeLedger()
    async with session_with(ledger) as session:
        await session.ready()
    await session.close()
    with pytest.raises(LinkDoubtful, match="closed"):
        await session.public_key((1105, 0))
