"""What `guide` tells the terminal and the browser."""

from __future__ import annotations

import asyncio
import webbrowser

import pytest

from ledger_recovery.cli import guide_run


async def test_the_browser_gets_an_address_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its command line can be read by every user of the computer."""
    opened: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(webbrowser, "open", lambda url: loop.call_soon_threadsafe(opened.put_nowait, url))
    guide_run._announce("http://127.0.0.1:1/#lasting", lambda: "http://127.0.0.1:1/#once")
    async with asyncio.timeout(10):
        assert await opened.get() == "http://127.0.0.1:1/#once"
    said = capsys.readouterr().err
    assert "#lasting" in said
    assert "#once" not in said


async def test_without_a_browser_no_second_address_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: pytest.fail("a browser was started"))
    guide_run._announce("http://127.0.0.1:1/#lasting", None)
