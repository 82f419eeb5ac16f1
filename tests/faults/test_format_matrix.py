"""Every command format on every app generation, 3 shapes x 2 apps x 2 forms of a key: a right key, or a refusal.

The driver never asks in a format that the version table does not give; here the table is bent, to see that the nets
below it hold. 4.x answers a longer command silently with another identity's key, 5.x exits on the shorter one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ledger_recovery.derive.keygen import keygen_v1
from ledger_recovery.device.apps import formats
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.session import DeviceSession, SessionOptions, open_session
from ledger_recovery.errors import AppExited, RepeatedKey
from ledger_recovery.secret import SecretBytes
from tests.support.device import EmulatedDevice, emulated_device
from tests.unit.device.fakes import Audience

RECORDED = Path(__file__).parents[1] / "vectors" / "device-transcripts"
APPS = ("4.1.2", "5.1.3")
QUICK = SessionOptions(poll=0.05, link_pause=0.05)
PROVIDER = 1
SHAPES: dict[str, tuple[WireFormat, int | None]] = {
    "4 bytes": (WireFormat.V4, None),
    "5 bytes": (WireFormat.V5, None),
    "9 bytes": (WireFormat.V5, PROVIDER),
}
FITTING = {("4.1.2", "4 bytes"), ("5.1.3", "5 bytes"), ("5.1.3", "9 bytes")}


def recorded(request: str) -> bytes:
    """What the real app 5.1.3 answered to an export."""
    document = json.loads((RECORDED / "concordium-5.1.3-nanosp.json").read_text("utf-8"))
    (response,) = {e["response"] for e in document["exchanges"] if e["request"] == request and e["response"] != "6985"}
    return bytes.fromhex(response)[:32]


def prf_key(index: int, provider: int | None) -> bytes:
    """The finished PRF key that the real app gives, for this seed phrase."""
    if provider is None:
        seed = recorded(f"e00501010500{index:08x}")
        return keygen_v1(SecretBytes(seed)).reveal()
    return recorded(f"e00501020901{provider:08x}{index:08x}")


@pytest.fixture(scope="module", params=APPS)
def device(request: pytest.FixtureRequest) -> Iterator[tuple[str, EmulatedDevice]]:
    """A device whose every prompt is approved, and which shows its dashboard after an app exited."""
    version: str = request.param
    app = f"concordium-{version}"
    with emulated_device(app=app, after_exit="dashboard", automation="approve", installed=[app]) as running:
        yield version, running


@asynccontextmanager
async def bent_session(
    running: EmulatedDevice, shape: WireFormat, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DeviceSession]:
    monkeypatch.setattr(formats, "FORMATS", {4: shape, 5: shape})
    async with await open_session(f"tcp:{running.apdu}", Audience(), options=QUICK) as session:
        yield session


async def export(session: DeviceSession, form: str, index: int, provider: int | None) -> bytes:
    """The finished PRF key, whichever form was asked for."""
    if form == "key":
        return (await session.export_prf_key(index, provider)).reveal()
    return keygen_v1(await session.export_prf_seed(index, provider)).reveal()


@pytest.mark.parametrize("form", ["seed", "key"])
@pytest.mark.parametrize("shape", SHAPES)
async def test_a_format_gives_the_right_key_or_none(
    device: tuple[str, EmulatedDevice], shape: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, running = device
    wire_format, provider = SHAPES[shape]
    async with bent_session(running, wire_format, monkeypatch) as session:
        if (version, shape) in FITTING:
            for index in (0, 1):
                assert await export(session, form, index, provider) == prf_key(index, provider)
        elif version == "4.1.2":
            silently_another = await export(session, form, 0, provider)
            with pytest.raises(RepeatedKey, match=r"ID #1 as for .*ID #0"):
                await export(session, form, 1, provider)
            if shape == "5 bytes":
                assert silently_another == prf_key(0, None)
        else:
            with pytest.raises(AppExited, match="closed itself when it was asked to export the PRF key of ID #0"):
                await export(session, form, 0, provider)
            assert (await session.ready()).version == version  # opened again from the dashboard
