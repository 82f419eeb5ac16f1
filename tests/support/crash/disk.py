"""The faulty disk: a C library loaded before libc that counts, kills or fails the calls that change files.

Built with the machine's C compiler when the tests run; without one (or outside Linux) the tests that need it are
skipped and say so. `Disk` works in a process that was started with `preloaded`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum, unique
from pathlib import Path

SOURCE = Path(__file__).with_name("faulty_disk.c")


@unique
class Action(IntEnum):
    """What happens at the chosen call; the numbers are those of faulty_disk.c. TORN and SHORT write half first."""

    COUNT = 1
    KILL_BEFORE = 2
    KILL_TORN = 3
    KILL_AFTER = 4
    FAIL_ONCE = 5
    FAIL_FROM = 6
    SHORT_THEN_FAIL = 7


FAILING = (Action.FAIL_ONCE, Action.FAIL_FROM, Action.SHORT_THEN_FAIL)
KILLING = (Action.KILL_BEFORE, Action.KILL_TORN, Action.KILL_AFTER)


def build(directory: Path) -> Path | str:
    """Compile the library; the reason as a sentence when this machine cannot."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        return "the faulty disk needs Linux and a C compiler"
    target = directory / "faulty_disk.so"
    command = [
        compiler,
        "-shared",
        "-fPIC",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        str(target),
        str(SOURCE),
        "-ldl",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return target if done.returncode == 0 else f"the faulty disk does not compile here: {done.stderr[:300]}"


def preloaded(library: Path | None) -> dict[str, str]:
    """The environment of a process that is to run on the faulty disk (None: on the real one)."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if library is not None:
        environment["LD_PRELOAD"] = str(library)
    return environment


class Disk:
    """The library of this process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.disk_arm.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_long)
        self._library.disk_count.restype = ctypes.c_long

    @staticmethod
    def present() -> bool:
        return hasattr(ctypes.CDLL(None), "disk_arm")

    def arm(self, directory: Path, action: Action, at: int = 0, error: int = 0) -> None:
        """From now on: at the `at`-th call (from 0) below `directory`, do `action` (`error`: errno of a failure)."""
        self._library.disk_arm(str(directory).encode(), action.value, error, at)

    def disarm(self) -> None:
        self._library.disk_disarm()

    @property
    def count(self) -> int:
        """Calls that changed, or tried to change, something since `arm`."""
        return int(self._library.disk_count())

    @contextmanager
    def armed(self, directory: Path, action: Action, at: int = 0, error: int = 0) -> Iterator[None]:
        self.arm(directory, action, at, error)
        try:
            yield
        finally:
            self.disarm()
