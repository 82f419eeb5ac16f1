"""The program as real processes, watched while they run: what they say, what their /proc tells, what lies in files."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.backups.planted import Leak, Planted

ARGUMENTS, ENVIRONMENT = "cmdline", "environ"
LOOK_EVERY = 0.25
PATIENCE_SECONDS = 120.0
_MAIN = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"


@dataclass(frozen=True)
class Ran:
    """How a command ended; `result`: of its JSON."""

    status: int
    result: Any
    error: Any
    stdout: str
    stderr: str


@dataclass
class Watch:
    """Everything that was seen, once each: in files of some folders, in /proc, in outputs; `leaks` looks through it.

    It is kept, because the secrets are known only when the program has written them to its descriptor.
    """

    folders: Sequence[Path]
    planted: Planted = field(default_factory=Planted)
    seen: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)

    def text(self, data: bytes, where: str) -> None:
        if data:
            self.seen[hashlib.sha256(where.encode() + data).digest()] = (where, data)

    def look(self, root: int) -> None:
        """At a process, all that descend from it, and every file as it is now."""
        for pid in (root, *_descendants(root)):
            for what in (ARGUMENTS, ENVIRONMENT):
                self.text(_read(Path(f"/proc/{pid}/{what}")).replace(b"\0", b"\n"), what)
        for folder in self.folders:
            for path in folder.rglob("*"):
                self.text(_read(path), str(path))

    def places(self) -> set[str]:
        """Where anything was seen."""
        return {where for where, _ in self.seen.values()}

    def leaks(self) -> set[Leak]:
        """Every secret that was seen anywhere."""
        return {leak for where, data in self.seen.values() for leak in self.planted.leaks(data, where)}


@dataclass
class Programs:
    """Runs commands, all with one environment."""

    watch: Watch
    environment: dict[str, str]

    def run(self, *words: str, given: str | None = None, new_words: bool = False) -> tuple[Ran, str]:
        """A command with --json, and the new words that it wrote.

        :param given: what descriptor FD gives, where FD stands among the words.
        :param new_words: let it write new words to a descriptor.
        """
        reading, writing = os.pipe()
        passed = _pipe(given) if given is not None else None
        arguments = [str(passed) if word == "FD" else word for word in words]
        arguments += ["--new-words-fd", str(writing)] if new_words else []
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *arguments, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            pass_fds=[fd for fd in (passed, writing) if fd is not None],
        )
        os.close(writing)
        if passed is not None:
            os.close(passed)
        out, err = self._to_end(process)
        with os.fdopen(reading) as pipe:
            made = pipe.read().strip()
        self.watch.text(out.encode(), "stdout")
        self.watch.text(err.encode(), "stderr")
        if made:
            self.watch.planted.words(made, f"words number {len(self.watch.planted.runs)}")
        said = json.loads(out)
        return Ran(process.returncode, said["result"], said["error"], out, err), made

    def _to_end(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        looks = int(PATIENCE_SECONDS / LOOK_EVERY)
        for _ in range(looks):
            self.watch.look(process.pid)
            try:
                return process.communicate(timeout=LOOK_EVERY)
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        process.communicate()
        raise AssertionError("the program hangs")


def _descendants(pid: int) -> Iterator[int]:
    for task in _listed(Path(f"/proc/{pid}/task")):
        for child in _read(task / "children").split():
            yield int(child)
            yield from _descendants(int(child))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read(path: Path) -> bytes:
    """A file that may go away at any moment."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def _pipe(text: str) -> int:
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    os.set_inheritable(reading, True)
    return reading
