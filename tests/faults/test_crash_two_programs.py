"""Two programs on one wallet: the second is told who works on it and leaves; the first does not notice."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator

import pytest

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.service import status
from ledger_recovery.wallet.lock import lock_path
from tests.support.crash.bench import Bench
from tests.support.crash.machine import Machine, ended, look, notes, paused
from tests.support.crash.world import Home, Order

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and named pipes")

FIRST = Order("recover", pause_at=1)


@pytest.fixture(scope="module")
def other() -> Iterator[Machine]:
    """Where the second program runs."""
    with Machine(None) as machine:
        yield machine


@pytest.mark.parametrize("verb", ["recover", "resume"])
def test_the_second_program_is_told_and_the_first_is_undisturbed(bench: Bench, other: Machine, verb: str) -> None:
    home = bench.made_home()
    with paused(bench.machine, home, FIRST) as first:
        kind, sentence, hint = start_second(other, home, FIRST.again(verb))
    assert kind == "WalletBusy" and f"process {first.process} is working" in sentence and hint
    assert first.code == 0
    assert_undisturbed(bench, home)


def test_a_second_retry_is_told_as_well(bench: Bench, other: Machine) -> None:
    """A run with an unknown cell is there; another run is under way."""
    home = bench.made_home()
    assert bench.machine.start(home, Order("recover", lost=True)) == 0
    with paused(bench.machine, home, Order("recover", 1, pause_at=0)) as first:
        kind, sentence, _ = start_second(other, home, Order("retry", 2))
    assert kind == "WalletBusy" and f"process {first.process} is working" in sentence
    assert first.code == 0
    assert_undisturbed(bench, home)


def test_what_is_stored_can_be_read_while_a_program_works(bench: Bench) -> None:
    home = bench.made_home()
    with paused(bench.machine, home, FIRST) as first:
        seen = status(home.settings)
        assert seen.resumable is not None and seen.resumable.run_id == "run0000"
        modes = {stat.S_IMODE(p.stat().st_mode) for p in home.settings.wallet.parent.iterdir()}
        assert modes == {0o600}
    assert first.code == 0
    assert_undisturbed(bench, home)


def test_the_lock_of_a_killed_program_does_not_block(bench: Bench) -> None:
    home = bench.made_home()
    with paused(bench.machine, home, FIRST) as first:
        os.kill(first.process, signal.SIGKILL)
    assert first.code == -signal.SIGKILL
    assert lock_path(home.settings.wallet).read_text() == str(first.process)
    approved = look(home).approved
    assert len(approved) == 1
    assert bench.machine.start(home, Order("resume", 1)) == 0
    assert not approved & {n for n in notes(home) if isinstance(n, IdentityRef)}
    assert_undisturbed(bench, home)


def start_second(machine: Machine, home: Home, order: Order) -> tuple[str, str, str]:
    """Start another program on the files of `home`, noting elsewhere; the error that it ends with."""
    beside = Home(home.root.parent / "second" / "home")
    beside.root.parent.mkdir()
    beside.root.symlink_to(home.root)
    assert machine.start(beside, order) == 0
    error = ended(beside).error
    assert error is not None
    assert notes(beside) == [], "it told or asked something before it left"
    return error


def assert_undisturbed(bench: Bench, home: Home) -> None:
    wanted, found, result = bench.undisturbed(Order("recover")), look(home), ended(home).result
    assert result is not None
    wanted.assert_same(result)
    assert found.wallet == wanted.wallet and found.problems == ()
