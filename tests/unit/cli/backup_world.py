"""The real program and service against a Box in memory: computers with wallets of their own, words in descriptors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import pytest

from ledger_recovery.backup.pairing import PairingOffer, make_link
from ledger_recovery.recover.service.backups import deps
from tests.support.cli_environment import clean
from tests.support.memory_box import MemoryBox
from tests.support.schema import reference_problems
from tests.support.wallet_file_commands import Answer, Commands

SCHEMA = json.loads((resources.files("ledger_recovery.cli") / "output.schema.json").read_text(encoding="utf-8"))
PEER = "did:ipid:k51qzi5uqu5dh9ihj4p2v5sl3hxvv27ryx2w0xrsv6mmqhvfjbdnssmo7lxr8b"


_HELD: set[tuple[str, int]] = set()


def _hold_to_schema(name: str, answer: Answer) -> None:
    """Each command's answer of each status once in a process: the reference validator is slower than the program."""
    if (name, answer.status) in _HELD:
        return
    said = {"command": name, "version": 1, "exit": answer.status, "result": answer.result, "error": answer.error}
    assert reference_problems(said, SCHEMA) == []
    _HELD.add((name, answer.status))


@dataclass
class World:
    """One person's computers and their Box. `heard`: everything that the program printed, for a search for secrets."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    box: MemoryBox = field(default_factory=MemoryBox)
    heard: list[str] = field(default_factory=list)

    def computer(self, name: str = "first") -> Computer:
        return Computer(self, Commands(self.capsys, self.folder / f"{name}.sqlite"))


@dataclass
class Computer:
    """One wallet. Computers of one test share the state directory; their key records have names of their own."""

    world: World
    cli: Commands

    @property
    def wallet(self) -> Path:
        return self.cli.wallet

    def run(self, *words: str, lines: str | None = None, places: bool = True) -> Answer:
        """A command as JSON, held to the schema; FD stands for a descriptor that gives `lines`."""
        answer = self.cli.run(*words, lines=lines, places=places)
        name = "-".join(words[:2]) if words[0] in ("backup", "box", "did", "peer", "address-book") else words[0]
        _hold_to_schema(name, answer)
        self.world.heard += [answer.said, json.dumps([answer.result, answer.error])]
        return answer

    def pair(self, pin: bytes | None = None) -> Answer:
        """With a link of the Box; `pin`: another key in the link than the Box has."""
        box = self.world.box
        offer = PairingOffer("https://box.test:8519", pin or box.pin, b"t" * 16, 2**40, box.name)
        return self.run("box", "pair", "--offer-fd", "FD", lines=f"{make_link(offer)}\n")

    def with_words(self, words: str, *command: str) -> Answer:
        return self.run(*command, "--words-fd", "FD", lines=f"{words}\n")

    def enable(self, *options: str) -> str:
        """Pair and switch backups on; the new words."""
        assert self.pair().status == 0
        self.run("peer", "add", "anna", PEER)
        return self.new_words("backup", "enable", *options)[1]

    def new_words(self, *command: str, lines: str | None = None) -> tuple[Answer, str]:
        """A command that writes new words to a descriptor."""
        reading, writing = os.pipe()
        try:
            answer = self.run(*command, "--new-words-fd", str(writing), lines=lines)
        finally:
            os.close(writing)
        with os.fdopen(reading) as words:
            return answer, words.read().strip()

    def status(self) -> str:
        return str(self.run("backup", "status").result["status"]["kind"])


@pytest.fixture(name="world")
def _world(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    clean(monkeypatch, tmp_path)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    world = World(capsys, tmp_path)
    pairing: Callable[[], MemoryBox] = lambda: world.box  # noqa: E731  stands for a class without arguments
    monkeypatch.setattr(deps, "_open_client", lambda pairing, key: world.box.client(pairing, key))
    monkeypatch.setattr(deps, "_RealPairing", pairing)
    return world
