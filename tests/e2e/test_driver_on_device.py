"""The driver against every device there is: the emulated one, and real Speculos with real apps (--backend speculos).

The same bodies for all of them: what hardware passes is what gives the emulator its worth.
"""

from __future__ import annotations

import asyncio

import pytest

from ledger_recovery.device.session import list_devices
from ledger_recovery.errors import AppExited, Cancelled, Declined
from tests.support.backends import Backend, generation, has_buttons
from tests.support.driving import (
    ACCOUNT_PATH,
    FINGERPRINT,
    KEY_0_0,
    SEED_2,
    SEED_3,
    SEED_PROVIDER_3_ID_2,
    Port,
    both_ports,
    rest,
    session_on,
    tcp,
)
from tests.unit.device.fakes import Audience


@both_ports
async def test_approve_and_decline(port: Port, button_backend: Backend) -> None:
    audience = Audience()
    with button_backend.start() as device:
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


async def test_the_screens_are_the_ones_foretold(backend: Backend) -> None:
    audience = Audience()
    provider = 3 if generation(backend) >= 5 else None
    with backend.start() as device:
        async with session_on(device.api, audience) as session:
            export = asyncio.create_task(session.export_prf_seed(2, provider))
            pages = await asyncio.to_thread(device.approve)
            assert (await export).reveal().hex() == (SEED_2 if provider is None else SEED_PROVIDER_3_ID_2)
            declined = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.decline)
            with pytest.raises(Declined):
                await declined
    (screen, _) = audience.screens
    assert screen.check == ("ID #2" if provider is None else "IDP#3 ID#2")
    assert len(screen.pages) == len(pages)
    for foretold, shown in zip(screen.pages, pages, strict=True):
        assert {text.strip() for text in foretold} <= {text.strip() for text in shown}


@both_ports
async def test_a_key_approved_after_a_cancel_is_never_given_to_another_index(
    port: Port, button_backend: Backend
) -> None:
    first, second = ("ID#1", "ID#2") if generation(button_backend) >= 5 else ("ID #1", "ID #2")
    with button_backend.start() as device:
        async with session_on(port(device)) as session:
            export = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.wait_for_prompt)
            session.cancel()
            with pytest.raises(Cancelled):
                await export
            following = asyncio.create_task(session.export_prf_seed(2))
            await asyncio.to_thread(device.approve, first)
            await asyncio.to_thread(device.approve, second)
            assert (await following).reveal().hex() == SEED_2


@both_ports
async def test_an_app_that_ends_with_its_emulator(port: Port, button_backend: Backend) -> None:
    with button_backend.start() as device:
        async with session_on(port(device)) as session:
            export = asyncio.create_task(session.export_prf_seed(1))
            await asyncio.to_thread(device.wait_for_prompt)
            await asyncio.to_thread(device.terminate)
            with pytest.raises(AppExited, match="export the PRF key of ID #1"):
                await export


async def test_listing_shows_emulators_only_when_named(backend: Backend) -> None:
    with backend.start() as device:
        devices = await list_devices([rest(device), tcp(device)])
    # The raw APDU port shows no screen, and both Nano screens are of one size.
    by_screen = "nanosp" if has_buttons(backend) else backend.model
    assert [(info.model, info.app, info.app_version, info.fingerprint) for info in devices if info.emulated] == [
        (by_screen, "Concordium", backend.version, FINGERPRINT),
        ("emulator", "Concordium", backend.version, FINGERPRINT),
    ]
    assert all(not info.emulated for info in await list_devices())
