"""A full, broken or read-only disk at each call of a whole recovery that changes a file: told, and resumed to the end.

Each call is disturbed once, by nine kinds of failure in turn; `test_crash_disk_parts` has all nine for each file.
"""

from __future__ import annotations

import errno
import itertools
import os

import pytest

from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.report import read_report, verify_report
from tests.support.crash.bench import Bench
from tests.support.crash.disk import FAILING
from tests.support.crash.machine import Found, ended, look, notes
from tests.support.crash.orders import Disturbance, Steps
from tests.support.crash.whole import assert_part_of, told_cells
from tests.support.crash.world import Home, Order

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork")

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
KINDS = tuple(itertools.product(FAILING, ERRORS))
SHARES = 8
"""The calls are shared out to so many tests, which run beside each other."""

ORDER = Order("recover", mode=Mode.DIRECT, last=0)


@pytest.mark.parametrize("share", range(SHARES))
def test_whichever_call_fails_it_is_told_and_the_run_can_be_resumed(bench: Bench, share: int) -> None:
    bench.need_disk()
    calls = bench.undisturbed(ORDER).calls
    assert calls > 100
    for at in range(share, calls, SHARES):
        action, error = KINDS[at % len(KINDS)]
        home = bench.made_home()
        left = disturb(bench, home, Disturbance(Steps.DISK, at, action, error))
        recover_to_the_end(bench, home, left)
        bench.drop(home)


def disturb(bench: Bench, home: Home, disturbance: Disturbance) -> Found:
    """One start on a failing disk. What is there afterwards is old or new; what was told as stored is there."""
    assert bench.machine.start(home, ORDER, disturbance) == 0
    told = ended(home)
    if told.error is not None:
        kind, sentence, hint = told.error
        assert kind == "StorageError" and hint, f"{disturbance}: {kind}: {sentence}"
        assert str(home.root) in sentence, "the sentence names the file"
    found = look(home)
    assert found.problems == (), disturbance
    if found.wallet is not None:
        assert_part_of(found.wallet, bench.undisturbed(ORDER).wallet)
    if found.run is not None and not found.run.ending:
        assert told_cells(notes(home)) <= found.answers.keys(), f"{disturbance}: told as durable, and not there"
    for report in home.settings.reports.glob("report-*.json"):
        verify_report(read_report(report))
    return found


def recover_to_the_end(bench: Bench, home: Home, before: Found) -> None:
    """The disk is well again: one more start, and everything is as if nothing had been."""
    wanted = bench.undisturbed(ORDER)
    if before.run is None or before.unfinished:
        verb = "recover" if before.run is None else "resume"
        assert bench.machine.start(home, ORDER.again(verb)) == 0
        told = ended(home)
        assert told.result is not None, told.error
        wanted.assert_same(told.result)
    after = look(home)
    assert after.wallet == wanted.wallet
    assert after.run is not None
    assert (after.run.statement, after.run.key_checks) == (wanted.statement, wanted.result.key_checks)
    reports = list(home.settings.reports.glob("report-*.json"))
    assert reports
    for report in reports:
        verify_report(read_report(report))
