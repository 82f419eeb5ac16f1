"""The bench of the crash tests: homes, a machine to start the program on, and what undisturbed runs give."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ledger_recovery.recover import events as ev
from ledger_recovery.recover.result import RunResult
from ledger_recovery.wallet.model import WalletSnapshot
from tests.support.crash.disk import Action
from tests.support.crash.machine import Machine, ended, look, notes
from tests.support.crash.orders import Disturbance, Steps
from tests.support.crash.world import Home, Order


class Bench:
    """A machine, homes on a fast disk (a killed process loses nothing that the system has), and undisturbed runs."""

    def __init__(self, machine: Machine, directory: Path, why_no_disk: str) -> None:
        self.machine = machine
        self.why_no_disk = why_no_disk
        self._directory = directory
        self._homes = 0
        self.undisturbed = cache(self._undisturbed)

    def home(self) -> Home:
        self._homes += 1
        return Home(self._directory / str(self._homes) / "home")

    def made_home(self) -> Home:
        """A home beside which files may be put."""
        home = self.home()
        home.root.parent.mkdir()
        return home

    def drop(self, home: Home) -> None:
        shutil.rmtree(home.root.parent)

    def need_disk(self) -> None:
        if self.why_no_disk:
            pytest.skip(self.why_no_disk)

    def _undisturbed(self, order: Order) -> Undisturbed:
        home = self.made_home()
        counted = Disturbance(Steps.DISK, 0, Action.COUNT)
        assert self.machine.start(home, order, counted) == 0
        end, told, wallet = ended(home), notes(home)[-1], look(home).wallet
        self.drop(home)
        assert end.result is not None and wallet is not None and isinstance(told, ev.RunEnded)
        return Undisturbed(end.result, told.statement, wallet, end.steps)


@dataclass(frozen=True)
class Undisturbed:
    """What a run gives that nothing disturbed. `calls`: those that changed a file, 0 when they were not counted."""

    result: RunResult
    statement: str
    wallet: WalletSnapshot
    calls: int

    def assert_same(self, result: RunResult) -> None:
        for name in ("outcomes", "key_checks", "next_identity", "next_counters", "ending", "point", "device"):
            assert getattr(result, name) == getattr(self.result, name), name
