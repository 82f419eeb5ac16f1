"""Files cut at many places, as after a crash of a file system: each is told or recovered, never silently half."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_recovery.errors import LedgerRecoveryError, StorageError
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.report import load_or_create_key, read_report, verify_report
from ledger_recovery.recover.report.keys import KEY_FILE
from tests.support.crash.bench import Bench
from tests.support.crash.machine import Found, copied, ended, look
from tests.support.crash.orders import Disturbance, Steps
from tests.support.crash.whole import assert_part_of
from tests.support.crash.world import Home, Order

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")

ORDER = Order("recover", mode=Mode.DIRECT)
PAGE = 4096
MOST_PLACES = 40
KILLED_AT_EVENT = 20
"""Late in the run: two indices are in the wallet, and both databases have commits in their write-ahead logs."""


@pytest.fixture
def killed(bench: Bench) -> Iterator[Home]:
    """A home as a kill left it."""
    home = bench.made_home()
    assert bench.machine.start(home, ORDER, Disturbance(Steps.EVENTS, KILLED_AT_EVENT)) == -signal.SIGKILL
    yield home
    bench.drop(home)


def places(size: int) -> list[int]:
    """Where to cut: the ends, at and beside pages and frames of a log (24 bytes and a page), and anywhere."""
    edges = [*range(0, size, PAGE), *range(32, size, PAGE + 24)]
    near = {edge + step for edge in edges for step in (-1, 0, 1, 24)}
    chance = random.Random(size)
    some = {*chance.sample(sorted(near), min(MOST_PLACES, len(near))), *(chance.randrange(size) for _ in range(10))}
    return sorted(at for at in {0, 1, 2, 50, 99, 100, size - 1} | some if 0 <= at < size)


@pytest.mark.parametrize("name", ["wallet.sqlite", "wallet.sqlite-wal", "wallet.sqlite.journal-wal"])
def test_a_cut_database_is_an_earlier_state_or_told(bench: Bench, killed: Home, name: str) -> None:
    before, told, earlier = look(killed), 0, 0
    whole = bench.undisturbed(ORDER).wallet
    for at in places((killed.settings.wallet.parent / name).stat().st_size):
        with copied(killed) as copy:
            cut(copy.settings.wallet.parent / name, at)
            try:
                found = look(copy)
            except StorageError as error:
                assert str(copy.root) in error.sentence and error.hint
                told += 1
                continue
        assert found.problems == (), f"cut at {at}"
        if found.wallet is not None:
            assert_part_of(found.wallet, whole)
        assert_earlier(found, before)
        earlier += 1
    assert told + earlier > 10
    assert told if name == "wallet.sqlite" else earlier


def test_a_cut_journal_is_told_or_empty_and_the_wallet_stays(bench: Bench, killed: Home) -> None:
    """Without its log, as after a clean end. No bytes (for SQLite also: one) are a new journal: nothing to resume."""
    whole = look(killed)
    settings = killed.settings
    Journal(settings.journal).close()  # folds the log into the file
    assert not settings.journal.with_name(settings.journal.name + "-wal").exists()
    for at in places(settings.journal.stat().st_size):
        with copied(killed) as copy:
            cut(copy.settings.journal, at)
            try:
                found = look(copy)
            except StorageError as error:
                assert "journal" in error.sentence and error.hint
            else:
                assert at <= 1 and found.runs == () and found.wallet == whole.wallet


def test_a_recovery_over_a_cut_log_ends_as_if_nothing_had_been(bench: Bench, killed: Home) -> None:
    wanted = bench.undisturbed(ORDER)
    size = killed.settings.journal.with_name("wallet.sqlite.journal-wal").stat().st_size
    for part in range(1, 5):
        home = bench.made_home()
        shutil.copytree(killed.root, home.root)
        for name in ("wallet.sqlite-wal", "wallet.sqlite.journal-wal"):
            cut(home.settings.wallet.parent / name, size * part // 5 + part)
        verb = "resume" if look(home).unfinished else "recover"
        assert bench.machine.start(home, ORDER.again(verb)) == 0
        result = ended(home).result
        assert result is not None
        wanted.assert_same(result)
        assert look(home).wallet == wanted.wallet


def test_a_cut_report_is_never_a_report(bench: Bench) -> None:
    home = bench.made_home()
    assert bench.machine.start(home, ORDER) == 0
    [path] = home.settings.reports.iterdir()
    data = path.read_bytes()
    verify_report(data)
    for at in {*range(0, len(data), 41), *range(len(data) - 200, len(data))}:
        cut(path, at)
        with pytest.raises(LedgerRecoveryError) as told:
            verify_report(read_report(path))
        assert told.value.code == "report-altered"
        path.write_bytes(data)


def test_a_cut_signing_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    load_or_create_key(tmp_path)
    path = tmp_path / KEY_FILE
    data = path.read_bytes()
    for at in range(len(data)):
        cut(path, at)
        with pytest.raises(StorageError, match="not a report signing key") as told:
            load_or_create_key(tmp_path)
        assert told.value.hint and path.read_bytes() == data[:at]
        path.write_bytes(data)


@pytest.mark.parametrize("part", [0.0, 0.5, 0.999])
def test_a_cut_account_list_is_fetched_again(bench: Bench, part: float) -> None:
    home, order = bench.made_home(), Order("recover")
    assert bench.machine.start(home, order) == 0
    [path] = (home.settings.state_dir / "account-lists").iterdir()
    data = path.read_bytes()
    cut(path, int(len(data) * part))
    assert bench.machine.start(home, order.again("recover")) == 0
    result = ended(home).result
    assert result is not None
    bench.undisturbed(order).assert_same(result)
    assert path.read_bytes() == data


def assert_earlier(found: Found, whole: Found) -> None:
    """What is there was there: answers and approvals of the uncut file, or fewer."""
    if found.run is None or whole.run is None:
        return
    assert found.approved <= whole.approved
    assert found.run.key_checks.items() <= whole.run.key_checks.items()
    assert all(whole.answers[key] == answer for key, answer in found.answers.items())


def cut(path: Path, at: int) -> None:
    os.truncate(path, at)
