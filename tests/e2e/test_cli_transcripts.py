"""The command line as transcripts: command, expected output, exit status; the service is scripted, all else is real.

The transcripts and their language: transcripts/README.md.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import pytest

from ledger_recovery.cli import device_commands
from ledger_recovery.cli.main import main
from tests.support import cli_service
from tests.support.cli_environment import clean, own_logging
from tests.support.schema import reference_problems

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
SCHEMA = json.loads((resources.files("ledger_recovery.cli") / "output.schema.json").read_text(encoding="utf-8"))


@dataclass
class Player:
    """Plays one transcript. `where`: the line under way, for messages."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    settings: Path
    where: str = ""
    arguments: list[str] = field(default_factory=list)
    status: int | None = None
    out: dict[str, str] = field(default_factory=dict)
    checked: bool = True

    def play(self, step: str) -> None:
        verb, _, rest = step.partition(" ")
        match verb:
            case "scenario":
                cli_service.install(self.monkeypatch, cli_service.scenario(rest))
            case "config":
                with self.settings.open("a", encoding="utf-8") as file:
                    file.write(rest + "\n")
            case "env":
                self.monkeypatch.setenv(*rest.split("=", 1))
            case "run":
                self._run(shlex.split(rest))
            case "exit":
                self.checked = True
                assert self.status == int(rest), f"{self.where}: exit {self.status}; stderr: {self.out['stderr']}"
            case "stdout" | "stderr":
                assert re.search(rest, self.out[verb], re.MULTILINE), f"{self.where}: in {self.out[verb]}"
            case "!stdout" | "!stderr":
                assert not re.search(rest, self.out[verb[1:]], re.MULTILINE), f"{self.where}: in {self.out[verb[1:]]}"
            case "empty":
                assert self.out[rest] == "", self.where
            case "json":
                self._check_json()
            case _:
                raise AssertionError(f"{self.where}: no such step")

    def _run(self, arguments: list[str]) -> None:
        assert self.checked, f"{self.where}: the run before it needs an exit line"
        self.arguments, self.checked = arguments, False
        self.status = main(arguments)
        caught = self.capsys.readouterr()
        self.out = {"stdout": caught.out, "stderr": caught.err}

    def _check_json(self) -> None:
        assert self.out["stdout"].count("\n") == 1, f"{self.where}: one object on one line"
        said = json.loads(self.out["stdout"])
        assert reference_problems(said, SCHEMA) == [], self.where
        words = [a for a in self.arguments if not a.startswith("-")]
        assert said["command"] in (words[0], "-".join(words[:2])), self.where
        assert said["exit"] == self.status, self.where


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda p: p.stem)
def test_transcript(
    transcript: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    settings = clean(monkeypatch, tmp_path)
    monkeypatch.setattr(device_commands, "RETEST_SECONDS", 0.0)
    player = Player(monkeypatch, capsys, settings / "settings.toml")
    with own_logging():
        for number, line in enumerate(transcript.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                player.where = f"{transcript.name} line {number}: {line}"
                player.play(line)
    assert player.checked
    assert player.status is not None


def test_the_schema_refuses_what_is_not_said() -> None:
    good = {"command": "devices", "version": 1, "exit": 0, "result": {"devices": []}, "error": None}
    assert reference_problems(good, SCHEMA) == []
    changes: tuple[dict[str, object], ...] = (
        {"version": 2},
        {"result": {"accounts": []}},
        {"result": None},
        {"command": "recovr"},
        {"more": 1},
    )
    for change in changes:
        assert reference_problems(good | change, SCHEMA), change
