"""Wallet file commands in tests: the real program, passwords through real descriptors, answers as JSON."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.cli.main import main

VECTORS = Path(__file__).parents[1] / "vectors" / "files"
PASSWORD = "test-password-1"
VAULT_PASSWORD = "vault-password-1"


@dataclass(frozen=True)
class Answer:
    """What a command ended with; `said`: stderr."""

    status: int
    result: Any
    error: Any
    said: str


@dataclass
class Commands:
    """Runs commands on one wallet file."""

    capsys: pytest.CaptureFixture[str]
    wallet: Path

    def run(self, *words: str, lines: str | None = None, places: bool = True) -> Answer:
        """`lines`: what descriptor FD gives, where FD stands among the words; `places`: add --wallet."""
        descriptor = None if lines is None else _pipe(lines)
        arguments = [str(descriptor) if word == "FD" else word for word in words]
        where = ["--wallet", str(self.wallet)] if places else []
        try:
            status = main([*arguments, *where, "--json"])
        finally:
            if descriptor is not None:
                os.close(descriptor)
        caught = self.capsys.readouterr()
        said = json.loads(caught.out)
        assert said["exit"] == status
        return Answer(status, said["result"], said["error"], caught.err)

    def opened(self, *words: str, password: str = PASSWORD, places: bool = True) -> Answer:
        """With the file's password."""
        return self.run(*words, "--password-fd", "FD", lines=f"{password}\n", places=places)

    def unlocked(self, *words: str, password: str = PASSWORD, vault: str = VAULT_PASSWORD) -> Answer:
        """With the file's password and the vault's, one line each on one descriptor."""
        return self.run(*words, "--password-fd", "FD", "--vault-password-fd", "FD", lines=f"{password}\n{vault}\n")


def _pipe(text: str) -> int:
    reading, writing = os.pipe()
    os.write(writing, text.encode("utf-8"))
    os.close(writing)
    return reading


def sample(name: str) -> str:
    return str(VECTORS / name)
