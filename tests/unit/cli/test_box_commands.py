"""A Box as its own process over loopback TLS, its keeper's commands, and a client's whole way through them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli_environment import clean
from tests.support.memory_box import MemoryBox
from tests.support.wallet_file_commands import Commands
from tests.unit.cli.backup_world import PEER, Computer, World

PROGRAM = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"


@dataclass
class Serving:
    """`box serve`, ready. `shown`: what it printed until then."""

    process: subprocess.Popen[str]
    directory: Path
    shown: str

    @property
    def link(self) -> str:
        found = re.search(r"link +(https\S+)", self.shown)
        assert found is not None
        return found[1]


@pytest.fixture(name="world")
def _world(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    clean(monkeypatch, tmp_path)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return World(capsys, tmp_path, MemoryBox())


@pytest.fixture(name="serving")
def _serving(world: World, tmp_path: Path) -> Iterator[Serving]:
    directory = tmp_path / "box"
    words = ["box", "serve", "--dir", str(directory), "--port", "0", "--name", "Cellar", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    shown = ""
    while "fingerprint" not in shown and (line := process.stderr.readline()):
        shown += line
    try:
        yield Serving(process, directory, shown)
    finally:
        process.kill()
        process.communicate()


def keeper(world: World, *words: str) -> Computer:
    """Somebody at the Box: no wallet."""
    return Computer(world, Commands(world.capsys, world.folder / "none"))


def test_a_box_from_its_first_start_to_its_end(world: World, serving: Serving, tmp_path: Path) -> None:
    first, at_box = world.computer(), keeper(world)
    where = ("--dir", str(serving.directory))
    first.run("peer", "add", "anna", PEER)
    paired = first.run("box", "pair", "--offer-fd", "FD", lines=f"{serving.link}\n")
    assert (paired.status, paired.result["box"]["name"]) == (0, "Cellar"), paired.said
    used = world.computer("second").run("box", "pair", "--offer-fd", "FD", lines=f"{serving.link}\n")
    assert (used.status, used.error["code"]) == (19, "box-refused")
    enabled, words = first.new_words("backup", "enable")
    assert enabled.result["status"]["kind"] == "saved", enabled.said
    backup_id = enabled.result["backup_id"]

    (device,) = at_box.run("box", "devices", *where, places=False).result["devices"]
    assert (device["id"], device["backups"]) == (paired.result["box"]["device_id"], 1)
    sound = at_box.run("box", "check", "--read-data", *where, places=False)
    assert (sound.status, sound.result["backups"], sound.result["generations"]) == (0, 1, 1)
    assert at_box.run("box", "gc", *where, places=False).result["generations"] == 0
    stick = tmp_path / "stick"
    stick.mkdir()
    (copy,) = at_box.run("box", "extract", backup_id, str(stick), *where, places=False).result["copies"]
    assert at_box.run("box", "load", copy["file"], *where, places=False).result["new"] is False

    alone = world.computer("third").with_words(words, "backup", "restore", "--file", copy["file"])
    assert (alone.status, alone.result["plan"]["holds"]["peers"]) == (0, 1), alone.said
    offered = at_box.run("box", "offer", *where, places=False).result
    assert offered["fingerprint"] == paired.result["box"]["fingerprint"]
    second = world.computer("second")
    code = second.run("box", "pair", "--url", offered["url"], "--offer-fd", "FD", lines=f"{offered['code']}\n")
    assert code.status == 0, code.said
    assert second.with_words(words, "backup", "restore").result["linked"] is True

    assert at_box.run("box", "revoke", device["id"], *where, places=False).status == 0
    assert at_box.run("box", "revoke", device["id"], *where, places=False).status == 2
    assert first.run("backup", "verify").status == 19
    for blob in (path for path in (serving.directory / "blobs").rglob("*") if path.is_file()):
        blob.write_bytes(b"x" * blob.stat().st_size)
    broken = at_box.run("box", "check", "--read-data", *where, places=False)
    assert (broken.status, broken.result["sound"]) == (16, False)

    serving.process.send_signal(signal.SIGTERM)
    out, _ = serving.process.communicate()
    assert (serving.process.returncode, json.loads(out)["result"]) == (0, {"dir": str(serving.directory)})
    assert not [n for n in range(22) if " ".join(words.split()[n : n + 2]) in " ".join(world.heard)]


def test_the_offer_is_a_picture_too(serving: Serving) -> None:
    assert {"▀", "▄", "█"} & set(serving.shown)
    assert "Cellar is ready at https://127.0.0.1:" in serving.shown


@pytest.mark.parametrize("command", [("check",), ("gc",), ("devices",), ("offer",), ("revoke", "x"), ("load", "x")])
def test_where_no_box_is_its_commands_say_so(world: World, tmp_path: Path, command: tuple[str, ...]) -> None:
    refused = keeper(world).run("box", *command, "--dir", str(tmp_path / "none"), places=False)
    assert (refused.status, refused.error["code"]) == (2, "bad-input")
    assert not (tmp_path / "none").exists()


def test_a_box_that_cannot_listen_says_so(world: World, tmp_path: Path) -> None:
    words = ("box", "serve", "--dir", str(tmp_path / "box"), "--host", "192.0.2.1", "--port", "1")
    assert keeper(world).run(*words, places=False).status == 2
