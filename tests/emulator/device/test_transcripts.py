"""Recorded conversations with the real apps, replayed against a device process over both of its ports."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.emulator.device.clients import TcpClient
from tests.emulator.device.data import TRANSCRIPTS, Exchange, transcript
from tests.support.device import EmulatedDevice, emulated_device


def walk(device: EmulatedDevice, exchange: Exchange) -> None:
    """Check every recorded screen and decide on the last one."""
    device.wait_for_prompt()
    for number, recorded in enumerate(exchange.screens):
        if number > 0:
            device.press_right()
        assert device.screen() == recorded
    device.press_both()


def replay(device: EmulatedDevice, exchanges: list[Exchange], ask: Callable[[str], Callable[[], str]]) -> None:
    """Send each request, act as recorded, compare each answer."""
    for exchange in exchanges:
        answer = ask(exchange.request)
        if exchange.screens:
            walk(device, exchange)
        assert answer() == exchange.response, exchange.what


def test_recordings_are_there() -> None:
    """Both generations of the app."""
    assert [path.stem for path in TRANSCRIPTS] == ["concordium-4.1.2-nanosp", "concordium-5.1.3-nanosp"]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript_over_rest(path: Path) -> None:
    """Every answer is byte-equal, every screen has the recorded texts."""
    app, model, exchanges = transcript(path)
    with emulated_device(app=app, model=model) as device, ThreadPoolExecutor() as pool:
        replay(device, exchanges, lambda request: pool.submit(device.exchange, request).result)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript_over_tcp(path: Path) -> None:
    """The same over the raw APDU port."""
    app, model, exchanges = transcript(path)
    with emulated_device(app=app, model=model) as device, TcpClient(device) as client:

        def ask(request: str) -> Callable[[], str]:
            client.send(request)
            return client.receive

        replay(device, exchanges, ask)
