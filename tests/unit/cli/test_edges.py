"""The io edges: the keyboard, running to the end, the children of a demo."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from ledger_recovery.cli import children, keyboard
from ledger_recovery.cli.children import EmulatorFailed, emulator
from ledger_recovery.cli.running import run_to_end
from ledger_recovery.errors import Cancelled


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> int:
    """A pipe in the place of the terminal's input; gives the end to type into."""
    read, write = os.pipe()
    monkeypatch.setattr(keyboard, "STDIN", read)
    return write


async def test_a_line_is_read_without_its_end(keys: int, capsys: pytest.CaptureFixture[str]) -> None:
    os.write(keys, b" yes \r\n")
    assert await keyboard.ask_terminal("sure? ") == "yes"
    assert capsys.readouterr().err == "sure? "


async def test_the_end_of_the_input_is_a_cancel(keys: int) -> None:
    os.close(keys)
    with pytest.raises(Cancelled, match="input ended"):
        await keyboard.ask_terminal("sure? ")


def test_a_question_can_be_broken_off_and_leaves_nothing_that_holds_the_program(keys: int) -> None:
    async def asked() -> str:
        asking = asyncio.ensure_future(keyboard.ask_terminal("sure? "))
        await asyncio.sleep(0)
        asking.cancel()
        return await asking

    with pytest.raises(Cancelled):
        run_to_end(asked())
    assert all(t.daemon for t in threading.enumerate() if t.name == "keyboard")
    os.write(keys, b"late\n")  # nobody waits for it any more


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_signals_stop_the_work_in_order(number: signal.Signals) -> None:
    closed: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            closed.append("closed")

    with pytest.raises(Cancelled) as caught:
        run_to_end(work(), kept="kept")
    assert closed == ["closed"]
    assert caught.value.hint == "kept"


def test_the_result_and_our_own_errors_pass() -> None:
    async def seven() -> int:
        return 7

    assert run_to_end(seven()) == 7


def _as_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> Path:
    """Let the "emulator" be a small program."""
    (tmp_path / "emulator.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "child.log"


WAIT = 'import signal\nprint(\'{"ready": true, "api": "x"}\', flush=True)\nsignal.pause()\n'
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAIT


@pytest.mark.parametrize("code", [WAIT, STUBBORN], ids=["obedient", "stubborn"])
async def test_children_end_with_the_block(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(children, "END_SECONDS", 0.2)
    log = _as_child(monkeypatch, tmp_path, code)
    async with emulator(("device",), log) as child:
        assert (await child.ready())["api"] == "x"
        assert child.process.returncode is None
    assert child.process.returncode is not None


async def test_children_end_when_the_block_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = _as_child(monkeypatch, tmp_path, WAIT)
    with pytest.raises(ZeroDivisionError):
        async with emulator(("device",), log) as child:
            raise ZeroDivisionError
    assert child.process.returncode is not None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit('port 5000 is taken')", "did not start: port 5000 is taken"),
        ("print('[]')", "did not say that it is ready"),
        ("print('{\"ready\": false}')", "did not say that it is ready"),
        ("print('hello')", "did not start"),
    ],
)
async def test_a_child_that_does_not_start_says_why(
    code: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = _as_child(monkeypatch, tmp_path, code)
    with pytest.raises(EmulatorFailed, match=says):
        async with emulator(("device",), log) as child:
            await child.ready()
