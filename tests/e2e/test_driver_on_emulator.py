"""The driver against what only the emulated device can do: locks, dashboards, other apps, another wallet.

Two programs that share no code, over both ports. What every device does is in test_driver_on_device.py.
"""

from __future__ import annotations

import asyncio

import pytest

from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.device.session import SessionOptions
from ledger_recovery.errors import AppExited, Cancelled, LinkDoubtful, OtherDevice, WrongApp
from tests.support.device import emulated_device
from tests.support.driving import FINGERPRINT, QUICK, SEED_3, Port, Watcher, both_ports, session_on, tcp
from tests.unit.device.fakes import Audience


async def test_a_prompt_that_nobody_clears_keeps_the_link_in_doubt_a_bounded_number_of_times() -> None:
    """On API level 22 a second command is swallowed while a prompt waits: the version is never answered."""
    options = SessionOptions(poll=0.05, link_pause=0.01, link_attempts=2, answer=dict.fromkeys(QUICK.answer, 0.2))
    audience = Audience()
    with emulated_device() as device:
        async with session_on(tcp(device), audience) as session:
            export = asyncio.create_task(session.export_prf_key(1))
            await asyncio.to_thread(device.wait_for_prompt)
            session.cancel()
            with pytest.raises(Cancelled):
                await export
        async with session_on(tcp(device), audience, options) as session:
            with pytest.raises(LinkDoubtful, match="in time"):
                await session.ready()
            await asyncio.to_thread(device.decline)
            assert await session.fingerprint() == FINGERPRINT
    assert DeviceState.POISONED in audience.states


@both_ports
async def test_an_app_that_exits_to_the_dashboard_is_opened_again(port: Port) -> None:
    audience = Audience()
    with emulated_device(after_exit="dashboard") as device:
        async with session_on(port(device), audience) as session:
            export = asyncio.create_task(session.export_prf_seed(3))
            await asyncio.to_thread(device.wait_for_prompt)
            await asyncio.to_thread(device.open_app, "dashboard")
            with pytest.raises(AppExited, match="closed itself"):
                await export
            again = asyncio.create_task(session.export_prf_seed(3))
            await asyncio.to_thread(device.approve)  # open Concordium?
            await asyncio.to_thread(device.approve, "ID#3")
            assert (await again).reveal().hex() == SEED_3
    assert audience.offers == 1
    assert audience.outcomes == [False, True]


@both_ports
async def test_from_a_locked_dashboard_to_ready(port: Port) -> None:
    watcher = Watcher()
    with emulated_device(app="dashboard", locked=True) as device:
        async with session_on(port(device), watcher) as session:
            walk = asyncio.create_task(session.ready())
            await watcher.told(DeviceState.LOCKED)
            await asyncio.to_thread(device.unlock)
            await watcher.told(DeviceState.DASHBOARD)
            await asyncio.to_thread(device.approve)
            identity = await walk
    assert identity.name == "Concordium"
    assert watcher.states[0] is DeviceState.LOCKED
    assert watcher.states[-1] is DeviceState.READY


async def test_an_app_that_is_not_installed_is_told() -> None:
    watcher = Watcher()
    with emulated_device(app="dashboard", installed=["bitcoin"]) as device:
        async with session_on(tcp(device), watcher) as session:
            walk = asyncio.create_task(session.ready())
            await watcher.told(DeviceState.DASHBOARD, "not installed")
            session.cancel()
            with pytest.raises(Cancelled):
                await walk


async def test_another_app_is_named_and_left_when_the_person_opens_concordium() -> None:
    watcher = Watcher()
    with emulated_device(app="bitcoin") as device:
        async with session_on(device.api, watcher) as session:
            walk = asyncio.create_task(session.ready())
            await watcher.told(DeviceState.WRONG_APP)
            await asyncio.to_thread(device.open_app, "concordium-5.1.3")
            assert (await walk).version == "5.1.3"
    assert "Bitcoin" in watcher.notices[0].sentence


@pytest.mark.parametrize(("app", "state"), [("dashboard", DeviceState.DASHBOARD), ("bitcoin", DeviceState.WRONG_APP)])
async def test_whoever_does_not_wait_is_told_at_once(app: str, state: DeviceState) -> None:
    audience = Audience()
    with emulated_device(app=app) as device:
        async with session_on(tcp(device), audience, SessionOptions(wait_for_person=False)) as session:
            with pytest.raises(WrongApp):
                await session.ready()
    assert audience.states == [state]


@both_ports
async def test_another_wallet_in_the_same_place_is_refused(port: Port) -> None:
    with emulated_device() as device:
        async with session_on(port(device)) as session:
            await session.ready()
            await asyncio.to_thread(device.replug, seed="hex:" + "07" * 64)
            with pytest.raises(OtherDevice, match=FINGERPRINT[:8]):
                await session.export_prf_seed(1)
