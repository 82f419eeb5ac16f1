"""A clean place for command line tests: no settings of the person who runs them, directories of their own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger_recovery.cli.config import platform_directories


def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Take LEDGER_RECOVERY_* away and move the platform's directories into `tmp_path`; gives that of the settings."""
    for name in list(os.environ):
        if name.startswith("LEDGER_RECOVERY_"):
            monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    config = platform_directories().config
    config.mkdir(parents=True)
    return config


@contextmanager
def own_logging() -> Iterator[None]:
    """What --debug turns on ends with the block.

    Left on, it would reach all later tests and write to this one's stderr, which is closed by then: each message of
    theirs would cost a traceback.
    """
    loggers = [logging.getLogger(package) for package in ("ledger_recovery", "chain")]
    before = [(logger.handlers, logger.level) for logger in loggers]
    try:
        yield
    finally:
        for logger, (handlers, level) in zip(loggers, before, strict=True):
            logger.handlers = handlers
            logger.setLevel(level)
