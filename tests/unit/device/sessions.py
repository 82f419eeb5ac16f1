"""A driver session on in-process devices, for the tests of its states, faults and losses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ledger_recovery.device.session import DeviceSession, SessionOptions, open_session
from tests.unit.device.fakes import Audience, FakeBus, FakeLedger, JumpingClock

HID = "hid:/dev/hidraw0"
PATH = (1105, 0, 7)
KEY_OF_PATH = b"P" * 28 + (7).to_bytes(4, "big")


def seed_of(index: int) -> bytes:
    """What a `FakeLedger` exports for an identity."""
    return b"K" * 28 + index.to_bytes(4, "big")


@asynccontextmanager
async def session_with(
    *ledgers: FakeLedger,
    audience: Audience | None = None,
    clock: JumpingClock | None = None,
    options: SessionOptions | None = None,
    pinned: bytes | None = None,
    path: str | None = None,
) -> AsyncIterator[DeviceSession]:
    session = await open_session(
        path,
        audience or Audience(),
        pinned_fingerprint=None if pinned is None else pinned.hex(),
        clock=clock or JumpingClock(),
        bus=FakeBus(*ledgers),
        options=options,
    )
    async with session:
        yield session
