"""Sessions of the driver on a running device, whatever it is, and an audience that a test can wait for.

The keys are those of Speculos' default phrase, measured on the real apps 4.1.2 and 5.1.3 in Speculos 0.27.1.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.device.session import DeviceSession, SessionOptions, open_session
from tests.support.device import EmulatedDevice
from tests.unit.device.fakes import Audience

FINGERPRINT = "3859554fbb05a7db3e840f8fd3a1b62670616d42f3f0a77ec3859d75e4b0496d"
SEED_2 = "3ff1200e8b681518e0609d7a237f7ee70a4ed61c518f6ee6781aaf9903a4b35d"
SEED_3 = "b6a03356f17917379a69a065f6063bc4ee9d61e58aab97e4a67f8492dcd3a159"
SEED_PROVIDER_3_ID_2 = "1c26494c820791068b06914a7747c37d0350bd908842ef6cea55dba1246f0042"
KEY_0_0 = "87e16c8269270b1c75b930224df456d2927b80c760ffa77e57dbd738f6399492"
ACCOUNT_PATH = (1105, 0, 0, 0, 0, 2, 0, 0)
QUICK = SessionOptions(poll=0.05, link_pause=0.05)

Port = Callable[[EmulatedDevice], str]


def tcp(device: EmulatedDevice) -> str:
    """Device path of the raw APDU port."""
    return f"tcp:{device.apdu}"


def rest(device: EmulatedDevice) -> str:
    """Device path of the REST API."""
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
        """Wait until the person has been told of a state, in these words."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(
                lambda: any(notice.state is state and words in notice.sentence for notice in self.notices)
            )


@contextlib.asynccontextmanager
async def session_on(
    path: str, audience: Audience | None = None, options: SessionOptions = QUICK
) -> AsyncIterator[DeviceSession]:
    """A session that ends with the block."""
    async with await open_session(path, audience or Audience(), options=options) as session:
        yield session
