"""The driver for EVM chains against the emulated Ethereum app, two programs that share no code, over both ports.

The expected addresses are the published vectors of Speculos' default phrase, checked on the real app 1.23.0-dev.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ledger_recovery.derive.evm import schemes
from ledger_recovery.derive.evm.address import checksum, parse_address
from ledger_recovery.derive.evm.bip32 import ExtendedKey, child_addresses
from ledger_recovery.device.evm_session import EvmSession, SessionOptions, open_evm_session
from ledger_recovery.device.findings import judge_device
from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.device.listing import list_devices
from ledger_recovery.errors import Cancelled, Declined, DeviceBusy, OtherDevice, PathRefused, WrongApp
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.driving import QUICK, Port, Watcher, both_ports, rest, tcp
from tests.support.link_proxy import Play, proxy, resets_after
from tests.unit.device.fakes import Audience

VECTORS = Path(__file__).parents[1] / "vectors/evm/ethereum-vectors.json"
ADDRESSES = json.loads(VECTORS.read_text("utf-8"))["seeds"]["speculos_default"]["addresses"]
FINGERPRINT = "c8e46add3513b866e9889356eb4763f6cf571f919e5fabfc163bc76ab15e26e6"
FIRST = schemes.LEDGER_LIVE.path(0)
FIRST_ADDRESS = parse_address(ADDRESSES["ledger_live"][0])
CLASSIC = schemes.parse_path("m/44'/61'/0'")
LEGACY_PREFIX = schemes.LEGACY.node
IMPATIENT = SessionOptions(wait_for_person=False, poll=0.05, link_pause=0.01)
EXCHANGES = ("b001:0", "e002:0", "b001:1", "e002:1", "b001:2", "e002:2")
"""The app, the wallet; the app and an extended key; the app and an address."""


@contextlib.asynccontextmanager
async def evm_session_on(
    path: str, audience: Audience | None = None, options: SessionOptions = QUICK
) -> AsyncIterator[EvmSession]:
    async with await open_evm_session(path, audience or Audience(), options=options) as session:
        yield session


@pytest.fixture(scope="module")
def ethereum() -> Iterator[EmulatedDevice]:
    """For tests that ask silently and leave no prompt behind."""
    with emulated_device(app="ethereum") as device:
        yield device


async def addresses_of(session: EvmSession, scheme: schemes.Scheme, count: int) -> list[str]:
    """As a search will do it: one request where one is enough, else one an index."""
    if not scheme.one_request:
        return [(await session.address(scheme.path(index))).address_text for index in range(count)]
    node = await session.extended_key(scheme.node)
    children = child_addresses(ExtendedKey(node.public_key, node.chain_code), range(count))
    return [checksum(address) for _, address in children]


@both_ports
async def test_every_scheme_gives_the_published_addresses_without_a_prompt(
    port: Port, ethereum: EmulatedDevice
) -> None:
    audience = Audience()
    async with evm_session_on(port(ethereum), audience) as session:
        assert await session.fingerprint() == FINGERPRINT
        assert (await session.configuration()).version == "1.23.0"
        for scheme in schemes.STANDARD:
            count = 20 if scheme.one_request else 4
            assert await addresses_of(session, scheme, count) == ADDRESSES[scheme.name][:count]
    assert audience.screens == []
    assert audience.states == [DeviceState.READY]


@both_ports
async def test_the_listing_knows_both_families(port: Port, ethereum: EmulatedDevice) -> None:
    (listed,) = [info for info in await list_devices([port(ethereum)]) if info.emulated]
    assert (listed.app, listed.state, listed.fingerprint) == ("Ethereum", DeviceState.READY, FINGERPRINT)
    assert judge_device(listed).ok and "recover --family ethereum" in judge_device(listed).sentence


@pytest.mark.parametrize(("model", "chain_id"), [("nanosp", None), ("nanosp", 31337), ("stax", 137), ("flex", None)])
async def test_the_address_is_shown_as_foretold(model: str, chain_id: int | None) -> None:
    audience = Audience()
    with emulated_device(app="ethereum", model=model) as device:
        async with evm_session_on(device.api, audience) as session:
            check = asyncio.create_task(session.show_address(FIRST, FIRST_ADDRESS, chain_id))
            pages = await asyncio.to_thread(device.approve)
            await check
            again = asyncio.create_task(session.show_address(FIRST, FIRST_ADDRESS, chain_id))
            await asyncio.to_thread(device.decline)
            with pytest.raises(Declined):
                await again
            assert (await session.address(FIRST)).address == FIRST_ADDRESS
    assert audience.outcomes == [True, False]
    screen = audience.screens[0]
    assert len(screen.pages) == len(pages)
    for foretold, shown in zip(screen.pages, pages, strict=True):
        assert all(text.replace(" ", "") in "".join(shown).replace(" ", "") for text in foretold)
    assert screen.title.replace(" ", "") in "".join(pages[0]).replace(" ", "")


@both_ports
async def test_another_address_than_the_one_searched_is_told(port: Port) -> None:
    with emulated_device(app="ethereum", automation="approve") as device:
        async with evm_session_on(port(device)) as session:
            with pytest.raises(OtherDevice, match=ADDRESSES["ledger_live"][0]):
                await session.show_address(FIRST, bytes(20))


@pytest.mark.parametrize("at", EXCHANGES)
@pytest.mark.parametrize("play", [resets_after(0), resets_after(3)], ids=["before", "within"])
@both_ports
async def test_a_link_lost_at_any_exchange_costs_no_answer(
    port: Port, play: Play, at: str, ethereum: EmulatedDevice
) -> None:
    http = port is rest
    target = ethereum.api.removeprefix("http://") if http else ethereum.apdu
    with proxy(target, {at: play}, http=http) as (between, address):
        async with evm_session_on(f"http://{address}" if http else f"tcp:{address}") as session:
            await session.ready()
            assert await addresses_of(session, schemes.BIP44, 3) == ADDRESSES["bip44"][:3]
            assert await addresses_of(session, schemes.LEDGER_LIVE, 2) == ADDRESSES["ledger_live"][:2]
    assert len(between.heads) > 8  # the wallet, a node, two addresses, each behind "which app": more for the lost link


@both_ports
async def test_from_a_locked_dashboard_to_the_first_key(port: Port) -> None:
    watcher = Watcher()
    with emulated_device(app="dashboard", locked=True, installed=["ethereum"]) as device:
        async with evm_session_on(port(device), watcher) as session:
            walk = asyncio.create_task(session.address(FIRST))
            await watcher.told(DeviceState.LOCKED)
            await asyncio.to_thread(device.unlock)
            await watcher.told(DeviceState.DASHBOARD, "open Ethereum")
            await asyncio.to_thread(device.approve)
            assert (await walk).address == FIRST_ADDRESS
    assert watcher.states[-1] is DeviceState.READY


@both_ports
async def test_a_lock_in_the_middle_is_waited_out(port: Port) -> None:
    watcher = Watcher()
    with emulated_device(app="ethereum") as device:
        async with evm_session_on(port(device), watcher) as session:
            await session.ready()
            await asyncio.to_thread(device.lock)
            asked = asyncio.create_task(session.address(FIRST))
            await watcher.told(DeviceState.LOCKED)
            await asyncio.to_thread(device.unlock)
            assert (await asked).address == FIRST_ADDRESS


async def test_an_app_that_is_not_installed_is_told_by_name() -> None:
    watcher = Watcher()
    with emulated_device(app="dashboard", installed=["bitcoin"]) as device:
        async with evm_session_on(tcp(device), watcher) as session:
            walk = asyncio.create_task(session.ready())
            await watcher.told(DeviceState.DASHBOARD, "not installed")
            session.cancel()
            with pytest.raises(Cancelled):
                await walk
    assert any("Install the Ethereum app" in notice.action for notice in watcher.notices)


async def test_another_app_is_named_and_left_when_the_person_opens_the_right_one() -> None:
    watcher, app = Watcher(), "concordium-5.1.3"
    with emulated_device(app=app) as device:
        async with evm_session_on(device.api, watcher) as session:
            walk = asyncio.create_task(session.ready())
            await watcher.told(DeviceState.WRONG_APP)
            await asyncio.to_thread(device.open_app, "ethereum")
            assert (await walk).name == "Ethereum"
        async with evm_session_on(device.api, options=IMPATIENT) as session:
            await asyncio.to_thread(device.open_app, app)
            with pytest.raises(WrongApp):
                await session.ready()


@both_ports
async def test_classic_paths_need_the_classic_app_which_is_the_same_wallet(port: Port) -> None:
    with emulated_device(app="ethereum") as device:
        async with evm_session_on(port(device)) as session:
            with pytest.raises(PathRefused) as refused:
                await session.extended_key(CLASSIC)
            assert "Ethereum Classic" in refused.value.hint
            await asyncio.to_thread(device.open_app, "ethereum-classic")
            await session.extended_key(CLASSIC)
            assert (await session.ready()).name == "Ethereum Classic"
            assert await session.fingerprint() == FINGERPRINT
            assert await addresses_of(session, schemes.LEGACY, 3) == ADDRESSES["legacy"][:3]


@both_ports
async def test_another_wallet_in_the_same_place_is_refused(port: Port) -> None:
    with emulated_device(app="ethereum") as device:
        async with evm_session_on(port(device)) as session:
            await session.extended_key(LEGACY_PREFIX)
            await asyncio.to_thread(device.replug, seed="hex:" + "07" * 64)
            with pytest.raises(OtherDevice, match=FINGERPRINT[:8]):
                await session.address(FIRST)


@both_ports
@pytest.mark.parametrize("approved", [True, False])
async def test_a_prompt_left_behind_by_a_cancel_is_waited_out_and_its_answer_given_to_nobody(
    port: Port, approved: bool
) -> None:
    watcher = Watcher()
    with emulated_device(app="ethereum") as device:
        async with evm_session_on(port(device), watcher) as session:
            check = asyncio.create_task(session.show_address(FIRST, FIRST_ADDRESS))
            await asyncio.to_thread(device.wait_for_prompt)
            session.cancel()
            with pytest.raises(Cancelled):
                await check
            following = asyncio.create_task(session.address(schemes.LEDGER_LIVE.path(1)))
            await watcher.told(DeviceState.BUSY)
            await asyncio.to_thread(device.approve if approved else device.decline)
            assert (await following).address_text == ADDRESSES["ledger_live"][1]
    assert watcher.outcomes == [False]


async def test_whoever_does_not_wait_is_told_of_the_prompt() -> None:
    with emulated_device(app="ethereum") as device:
        async with evm_session_on(tcp(device)) as session:
            check = asyncio.create_task(session.show_address(FIRST, FIRST_ADDRESS))
            await asyncio.to_thread(device.wait_for_prompt)
            session.cancel()
            with pytest.raises(Cancelled):
                await check
        async with evm_session_on(tcp(device), options=IMPATIENT) as session:
            with pytest.raises(DeviceBusy, match="0x6901"):
                await session.ready()
            await asyncio.to_thread(device.decline)
