"""A device that goes away under a command: did its app exit, or was it unplugged?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger_recovery.errors import (
    AppExited,
    Unplugged,
)
from tests.unit.device.fakes import (
    DASHBOARD,
    Audience,
    FakeLedger,
    JumpingClock,
    vanishes,
)
from tests.unit.device.sessions import HID, PATH, seed_of, session_with


def back_on_the_dashboard(ledger: FakeLedger, clock: JumpingClock, seconds: float) -> Callable[[], None]:
    def exits() -> None:
        ledger.connected = False
        ledger.app = DASHBOARD
        clock.at(clock.now() + seconds, lambda: ledger.come_back("hid:/dev/hidraw4"))

    return exits


@pytest.mark.parametrize("seconds", [0.5, 4.0])
async def test_an_app_that_exits_is_told_from_an_unplug(seconds: float) -> None:
    ledger, audience, clock = FakeLedger(), Audience(), JumpingClock()
    async with session_with(ledger, path=HID, audience=audience, clock=clock) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger, back_on_the_dashboard(ledger, clock, seconds)))
        with pytest.raises(AppExited, match="export the PRF key of ID #1"):
            await session.export_prf_seed(1)
        assert audience.outcomes == [False]
        assert (await session.export_prf_seed(1)).reveal() == seed_of(1)  # the app is offered and opened again
    assert audience.offers == 1


async def test_an_app_that_exits_under_a_silent_question_is_not_asked_again() -> None:
    ledger, clock = FakeLedger(), JumpingClock()
    async with session_with(ledger, path=HID, clock=clock) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger, back_on_the_dashboard(ledger, clock, 1)))
        with pytest.raises(AppExited):
            await session.public_key(PATH)


async def test_a_device_that_stays_away_was_unplugged() -> None:
    ledger, clock = FakeLedger(), JumpingClock()
    async with session_with(ledger, path=HID, clock=clock) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger, lambda: setattr(ledger, "connected", False)))
        with pytest.raises(Unplugged, match="No such device"):
            await session.export_prf_seed(1)
        assert 5 <= clock.now() <= 6


async def test_a_device_that_comes_back_locked_was_unplugged_even_if_its_dashboard_follows() -> None:
    ledger, clock = FakeLedger(), JumpingClock()

    def replugged() -> None:
        ledger.locked, ledger.app = True, DASHBOARD
        clock.at(clock.now() + 2, lambda: setattr(ledger, "locked", False))

    async with session_with(ledger, path=HID, clock=clock) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger, replugged))
        with pytest.raises(Unplugged):
            await session.export_prf_seed(1)


async def test_a_device_that_comes_back_with_its_app_open_was_unplugged_and_is_not_asked_again_by_itself() -> None:
    ledger = FakeLedger()
    async with session_with(ledger, path=HID) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger))
        with pytest.raises(Unplugged, match="it is back"):
            await session.export_prf_seed(1)
        assert len([request for request in ledger.log if request[1] == 0x05]) == 1


async def test_an_emulator_that_ends_is_an_app_that_exited() -> None:
    ledger, clock = FakeLedger(path="tcp:127.0.0.1:9999"), JumpingClock()
    async with session_with(ledger, path="tcp:127.0.0.1:9999", clock=clock) as session:
        await session.ready()
        ledger.command_faults.append(vanishes(ledger, lambda: setattr(ledger, "connected", False)))
        with pytest.raises(AppExited, match="its emulator ended"):
            await session.export_prf_seed(1)
        assert clock.now() < 2
