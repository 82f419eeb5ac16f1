"""Followers of the state: the newest at once, nothing piled up, however slow a page is."""

from __future__ import annotations

import asyncio
import gc
import pickle

import pytest

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import Cell, CellKey
from ledger_recovery.web.model.state import MAX_INDICES, MAX_LOG, MAX_WARNINGS
from ledger_recovery.web.run import hub as hubs
from ledger_recovery.web.run.hub import MAX_FOLLOWERS, Hub, TooManyPages


def noise(number: int) -> ev.Event:
    """Events of a long run: warnings that differ, cells of many indices, progress."""
    identity = IdentityRef(number // 8)
    key = CellKey(identity, KeyScheme.LEGACY_V1, number % 256)
    return (
        ev.Warned(f"warning {number}"),
        ev.ListProgress(number),
        ev.CellsAnswered(identity, (Cell(key, b"\x01" * 48, reason_code="TIMEOUT", reason="no answer"),)),
        ev.DeviceNoticed(Notice(DeviceState.LOCKED, f"locked {number}", "unlock")),
    )[number % 4]


async def test_a_follower_gets_the_newest_state_and_skips_what_it_missed() -> None:
    hub = Hub()
    follower = hub.follow()
    assert (await anext(follower)) is hub.state
    for n in range(50):
        hub.tell(ev.ListProgress(n))
    state = await anext(follower)
    assert state is not None
    assert (state.version, state.node.list_count) == (50, 49)
    await follower.aclose()


async def test_an_event_wakes_a_follower_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "PAUSE_SECONDS", 0)
    hub = Hub()
    follower = hub.follow()
    await anext(follower)
    waiting = asyncio.ensure_future(anext(follower))
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.tell(ev.ListProgress(1))
    async with asyncio.timeout(5):
        state = await waiting
    assert state is hub.state
    await follower.aclose()


async def test_a_page_that_has_the_newest_state_already_gets_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "QUIET_SECONDS", 0.01)
    hub = Hub()
    follower = hub.follow(hub.state.version)
    assert await anext(follower) is None
    await follower.aclose()


async def test_more_pages_than_anybody_can_look_at_are_refused() -> None:
    hub = Hub()
    followers = [hub.follow() for _ in range(MAX_FOLLOWERS)]
    for follower in followers:
        await anext(follower)
    with pytest.raises(TooManyPages):
        await anext(hub.follow())
    await followers[0].aclose()
    assert hub.followers == MAX_FOLLOWERS - 1
    for follower in followers:
        await follower.aclose()


async def test_following_ends_with_the_program() -> None:
    hub = Hub()
    hub.change(ended=True)
    assert [state async for state in hub.follow()] == [hub.state]
    assert hub.followers == 0


async def test_idle_means_no_page_open_and_none_asking() -> None:
    now = [0.0]
    hub = Hub(clock=lambda: now[0])
    now[0] = 100.0
    assert hub.idle_seconds == 100.0
    hub.seen()
    assert hub.idle_seconds == 0.0
    follower = hub.follow()
    await anext(follower)
    now[0] = 500.0
    assert hub.idle_seconds == 0.0
    await follower.aclose()
    now[0] = 510.0
    assert hub.idle_seconds == 10.0


def alive() -> int:
    """Objects that something still holds."""
    gc.collect()
    return len(gc.get_objects())


async def test_memory_stays_flat_over_ten_thousand_events_with_a_page_that_never_reads() -> None:
    hub = Hub()
    slow = hub.follow()
    await anext(slow)
    for n in range(2_000):
        hub.tell(noise(n))
    objects, size = alive(), len(pickle.dumps(hub.state))
    for n in range(2_000, 12_000):
        hub.tell(noise(n))
    assert alive() - objects < 500
    assert len(pickle.dumps(hub.state)) < size * 1.1
    await slow.aclose()
    state = hub.state
    assert len(state.indices) <= MAX_INDICES
    assert len(state.warnings) <= MAX_WARNINGS
    assert len(state.log) <= MAX_LOG
