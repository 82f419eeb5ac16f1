"""The guide as the real program over real sockets: killed in the middle, taken up again, and ended in order."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Nodes
from tests.support.cli_environment import clean
from tests.support.device import emulated_device
from tests.support.evm_chains import evm_chains

PROGRAM = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"
SECONDS = 120.0
Told = dict[str, Any]


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean(monkeypatch, tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@dataclass
class Program:
    """A running guide and a page of it."""

    process: subprocess.Popen[str]
    page: httpx.Client
    csrf: str

    def post(self, path: str, **fields: str) -> None:
        answer = self.page.post(path, data={**fields, "csrf": self.csrf}, headers={"Accept": "application/json"})
        assert answer.json() == {"ok": True}, answer.text

    def told(self) -> Iterator[Told]:
        """What the page's script would be sent, from now on."""
        with self.page.stream("GET", "/events", timeout=SECONDS) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def until(self, done: Callable[[Told], bool]) -> Told:
        return next(told for told in self.told() if done(told))

    def answer(self, step: str, value: str) -> str:
        """Answer the question that a step asks next; what it asks in HTML."""
        asks = self.until(lambda t: t["step"] == step and 'name="question"' in t["html"].get("ask", ""))["html"]["ask"]
        number = re.search(r'name="question" value="(\d+)"', asks)
        assert number is not None
        self.post("/answer", question=number[1], answer=value)
        return str(asks)

    def text(self) -> str:
        return re.sub(r"<[^>]+>|\s+", " ", self.page.get("/step").text)


@contextmanager
def guide(*arguments: str) -> Iterator[Program]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "guide", "--no-browser", *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    try:
        assert process.stderr is not None
        address = re.search(r"(http://127\.0\.0\.1:\d+)/#(\S+)", process.stderr.readline())
        assert address is not None
        with httpx.Client(base_url=address[1], headers={"Origin": address[1]}, timeout=SECONDS) as page:
            assert page.get("/step").status_code == 403
            assert page.post("/enter", content=address[2]).status_code == 200
            csrf = re.search(r'data-csrf="([0-9a-f]+)"', page.get("/step").text)
            assert csrf is not None
            yield Program(process, page, csrf[1])
    finally:
        process.kill()
        process.communicate()


def test_killed_and_started_again_the_guide_goes_on_and_asks_for_no_second_approval(
    nodes: Nodes, tmp_path: Path
) -> None:
    node = nodes.of("demo")
    with emulated_device(automation="approve") as device:
        place = ("--wallet", str(tmp_path / "wallet.sqlite"), "--network", "custom", "--genesis", node.genesis)
        reach = ("--node", f"http://{node.address}", "--device", device.api)
        with guide(*place, *reach) as first:
            first.post("/choose", flow="recover")
            first.answer("R3", "yes")
            first.answer("R4", "yes")
            assert "ID #1" in first.answer("R7", "yes")
            first.until(lambda t: t["step"] == "R7" and "ID #2" in t["html"].get("ask", ""))
            first.process.send_signal(signal.SIGKILL)
            first.process.wait(SECONDS)
        requests = len([e for e in device.events() if "Accept" in str(e)])
        device.lock()
        with guide(*place, *reach) as second:
            second.until(lambda t: t["step"] == "R2")
            device.unlock()
            assert "ID #2" in second.answer("R7", "no")
            second.until(lambda t: t["step"] == "R8")
            assert "Complete: identities 0-1" in second.text()
            second.process.send_signal(signal.SIGINT)
            assert second.process.wait(SECONDS) == 0
        assert len([e for e in device.events() if "Accept" in str(e)]) == requests == 2


def test_the_demo_shows_its_device_beside_the_page_and_leaves_no_child() -> None:
    with guide("--demo") as demo:
        demo.post("/choose", flow="recover")
        demo.answer("R3", "yes")
        demo.answer("R4", "yes")
        told = demo.until(lambda t: t["step"] == "R5" and bool(t["html"].get("device")))
        before = demo.page.get("/demo/screen.png")
        assert before.content.startswith(b"\x89PNG")
        demo.post("/demo/press/right")
        assert demo.page.get("/demo/screen.png").content != before.content
        assert "Must show" in told["announce"] or "must show" in told["announce"]
        children = _children(demo.process.pid)
        assert len(children) == 3, "the device, the node, and the chains of the other family"
        demo.post("/quit")
        assert demo.process.wait(SECONDS) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in children)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", demo.page.base_url.port or 0)) != 0


def test_a_demo_that_is_killed_leaves_no_child() -> None:
    with guide("--demo") as demo:
        demo.post("/choose", flow="recover")  # taken once the children run
        ends = [os.pidfd_open(pid) for pid in _children(demo.process.pid)]
        assert len(ends) == 3
        demo.process.send_signal(signal.SIGKILL)
        for end in ends:
            assert select.select([end], [], [], SECONDS)[0], "a child outlived the program"
            os.close(end)


def test_an_evm_search_that_was_killed_goes_on_with_its_ledger_only(tmp_path: Path) -> None:
    with evm_chains() as urls, emulated_device(app="ethereum") as device:
        rpc = [word for url in urls for word in ("--rpc", url)]
        place = ("--family", "ethereum", "--wallet", str(tmp_path / "wallet.sqlite"), "--device", device.api, *rpc)
        with guide(*place) as first:
            first.post("/choose", flow="recover", gap="5")
            first.answer("R3", "yes")
            first.answer("R4", "yes")
            first.until(lambda t: t["step"] == "R6" and "ledger_live" in t["html"].get("grid", ""))
            first.process.send_signal(signal.SIGKILL)
            first.process.wait(SECONDS)
        device.open_app("bitcoin")
        with guide(*place) as second:
            second.until(lambda t: t["step"] == "R2")
            device.open_app("ethereum")
            second.answer("R7", "no")
            second.until(lambda t: t["step"] == "R8")
            text = second.text()
            assert "6 accounts found" in text
            assert "Complete: ledger_live 0-14, bip44 0-5, legacy 0-8, etc_legacy 0-4" in text
            second.process.send_signal(signal.SIGINT)
            assert second.process.wait(SECONDS) == 0


def test_the_demo_offers_both_families_and_compares_addresses_on_its_device() -> None:
    with guide("--demo", "--family", "ethereum") as demo:
        demo.post("/choose", flow="family", family="concordium")
        demo.post("/choose", flow="recover")
        demo.until(lambda t: t["step"] == "R2")  # the other app is open
        demo.post("/choose", flow="family", family="evm")
        demo.post("/choose", flow="recover", show="yes", gap="5")
        demo.answer("R3", "yes")
        demo.answer("R4", "yes")
        compared = {compared_on(demo, "")}
        compared.add(compared_on(demo, *compared))
        assert len(compared) == 2
        demo.answer("R7", "no")
        demo.until(lambda t: t["step"] == "R8")
        text = demo.text()
        assert all(address in text for address in compared)
        demo.post("/quit")
        assert demo.process.wait(SECONDS) == 0


def compared_on(demo: Program, before: str) -> str:
    """Wait for another address than `before` to be shown, confirm it on the device beside the page, and return it."""

    def shown(told: Told) -> list[str]:
        found = re.findall(r"0x[0-9A-Fa-f]{40}", "".join(told["html"].values())) if told["step"] == "R5" else []
        return [address for address in found if address != before]

    address = shown(demo.until(lambda t: bool(shown(t))))[0]
    for button in ("right", "right", "both"):
        demo.post(f"/demo/press/{button}")
    return address


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
