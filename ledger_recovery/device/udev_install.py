"""[io] Writes the udev rule and has udev read it. Showing it and asking first is the caller's part."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ledger_recovery.device.udev import RELOAD_COMMANDS, UdevRule
from ledger_recovery.errors import InputError, StorageError

COMMAND_SECONDS = 30.0
FILE_MODE = 0o644

Run = Callable[[Sequence[str]], int]


def install_udev_rule(rule: UdevRule, *, file: Path | None = None, run: Run | None = None) -> Path:
    """Write the rule whole or not at all, then reload udev; the file written.

    :param file: elsewhere than the rule's own place, for images and tests.
    :raises InputError: not run as root.
    :raises StorageError: the file could not be written, or udev did not take it; an older file is intact.
    """
    target = file or Path(rule.file)
    try:
        _replace(target, rule.text)
    except PermissionError:
        raise InputError(f"only root may write {target}", "Run: sudo ledger-recovery doctor --install-udev") from None
    except OSError as error:
        raise StorageError(f"{target} could not be written ({error.strerror})", "Is udev used here?") from None
    for command in RELOAD_COMMANDS:
        if (run or _run)(command) != 0:
            raise StorageError(f"{target} is written, but {' '.join(command)!r} failed", "Plug the Ledger in again.")
    return target


def _replace(target: Path, text: str) -> None:
    """Temp file in the same directory, fsync, rename, fsync the directory."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".ledger-recovery-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), FILE_MODE)
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _run(command: Sequence[str]) -> int:
    try:
        return subprocess.run(command, check=False, timeout=COMMAND_SECONDS, stdout=subprocess.DEVNULL).returncode
    except (OSError, subprocess.TimeoutExpired):
        return 1
