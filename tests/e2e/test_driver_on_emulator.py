"""The driver against the emulated device, two programs that share no code, over both ports and on all models."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.device.session import DeviceSession, SessionOptions, list_devices, open_session
from ledger_recovery.errors import AppExited, Cancelled, Declined, LinkDoubtful, OtherDevice, WrongApp
from tests.support.device import EmulatedDevice, emulated_device
from tests.unit.device.fakes import Audience

FINGERPRINT = "3859554fbb05a7db3e840f8fd3a1b62670616d42f3f0a77ec3859d75e4b0496d"
SEED_3 = "b6a03356f17917379a69a065f6063bc4ee9d61e58aab97e4a67f8492dcd3a159"
SEED_2 = "3ff1200e8b681518e0609d7a237f7ee70a4ed61c518f6ee6781aaf9903a4b35d"
SEED_PROVIDER_3_ID_2 = "1c26494c820791068b06914a7747c37d0350bd908842ef6cea55dba1246f0042"
KEY_0_0 = "87e16c8269270b1c75b930224df456d2927b80c760ffa77e57dbd738f6399492"
ACCOUNT_PATH = (1105, 0, 0, 0, 0, 2, 0, 0)
QUICK = SessionOptions(poll=0.05, link_pause=0.05)

Port = Callable[[EmulatedDevice], str]


def tcp(device: EmulatedDevice) -> str:
    return f"tcp:{device.apdu}"


def rest(device: EmulatedDevice) -> str:
    return device.api


both_ports = pytest.mark.parametrize("port", [tcp, rest])


class Watcher(Audience):
    """An audience that lets a test wait for a state instead of for time."""

    def __init__(self, *, may_open: bool = True) -> None:
        super().__init__(may_open=may_open)
        self._changed = asyncio.Condition()

    def notice(self, notice: Notice) -> None:
        super().notice(notice)
        asyncio.get_running_loop().create_task(self._wake())

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def told(self, state: DeviceState, words: str = "") -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(
                lambda: any(notice.state is state and words in notice.sentence for notice in self.notices)
            )


@contextlib.asynccontextmanager
async def session_on(
    path: str, audience: Audience | None = None, options: SessionOptions = QUICK
) -> AsyncIterator[DeviceSession]:
    async with await open_session(path, audience or Audience(), options=options) as session:
        yield session


@pytest.mark.parametrize("app", ["concordium-5.1.3", "concordium-4.1.2"])
@both_ports
async def test_approve_and_decline_on_both_generations(port: Port, app: str) -> None:
    audience = Audience()
    with emulated_device(app=app) as device:
        async with session_on(port(device), audience) as session:
            assert await session.fingerprint() == FINGERPRINT
            export = asyncio.create_task(session.export_prf_seed(3))
            pages = await asyncio.to_thread(device.approve)
            assert (await export).reveal().hex() == SEED_3
            declined = asyncio.create_task(session.export_prf_seed(4))
            await asyncio.to_thread(device.decline)
            with pytest.raises(Declined):
                await declined
            assert (await session.public_key(ACCOUNT_PATH)).hex() == KEY_0_0
            assert (await session.prove_public_key(ACCOUNT_PATH)).hex() == KEY_0_0
            verified = asyncio.create_task(session.verify_address(1, 2))
            await asyncio.to_thread(device.approve)
            await verified
    assert audience.outcomes == [True, False, True]
    expected = [[text.strip() for text in page] for page in audience.screens[0].pages]
    assert [[text for text in page if text != " "] for page in pages] == expected


@pytest.mark.parametrize("model", ["nanox", "stax", "flex"])
async def test_the_screens_of_every_model_are_the_ones_foretold(model: str) -> None:
    audience = Audience()
    with emulated_device(model=model) as device:
        async with session_on(device.api, audience) as session:
            export = asyncio.create_task(session.export_prf_seed(2, 3))
            pages = await asyncio.to_thread(device.approve)
            assert (await export).reveal().hex() == SEED_PROVIDER_3_ID_2
            declined = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.decline)
            with pytest.raises(Declined):
                await declined
    (screen, _) = audience.screens
    assert screen.check == "IDP#3 ID#2"
    assert len(screen.pages) == len(pages)
    for foretold, shown in zip(screen.pages, pages, strict=True):
        assert {text.strip() for text in foretold} <= {text.strip() for text in shown}


@both_ports
async def test_a_key_approved_after_a_cancel_is_never_given_to_another_index(port: Port) -> None:
    with emulated_device() as device:
        async with session_on(port(device)) as session:
            export = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.wait_for_prompt)
            session.cancel()
            with pytest.raises(Cancelled):
                await export
            following = asyncio.create_task(session.export_prf_seed(2))
            await asyncio.to_thread(device.approve, "ID#1")
            await asyncio.to_thread(device.approve, "ID#2")
            assert (await following).reveal().hex() == SEED_2


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
async def test_an_app_that_ends_with_its_emulator(port: Port) -> None:
    with emulated_device() as device:
        async with session_on(port(device)) as session:
            export = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.wait_for_prompt)
            await asyncio.to_thread(device.terminate)
            with pytest.raises(AppExited, match="export the PRF key of ID #1"):
                await export


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


async def test_listing_shows_emulators_only_when_named() -> None:
    with emulated_device(model="stax") as device:
        devices = await list_devices([device.api, tcp(device)])
    assert [(info.model, info.app, info.fingerprint) for info in devices if info.emulated] == [
        ("stax", "Concordium", FINGERPRINT),
        ("emulator", "Concordium", FINGERPRINT),
    ]
    assert all(not info.emulated for info in await list_devices())
