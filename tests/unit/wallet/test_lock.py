"""One program at a time: the second is told which process holds the wallet, and a dead one holds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger_recovery.errors import ExitStatus, StorageError, WalletBusy
from ledger_recovery.wallet import lock
from ledger_recovery.wallet.lock import exclusive, lock_path
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet import rows

HOLD = """
import sys
from pathlib import Path
from ledger_recovery.wallet.store import WalletStore
with WalletStore.open(Path(sys.argv[1])) as store, store.exclusive():
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_program(wallet: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(wallet)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        try:
            yield program
        finally:
            program.kill()


def test_a_second_program_is_told_who_works_on_the_wallet(store: WalletStore, wallet_path: Path) -> None:
    with another_program(wallet_path) as program:
        with pytest.raises(WalletBusy, match=f"process {program.pid} is working") as caught, store.exclusive():
            pytest.fail("two programs hold one wallet")
        assert caught.value.exit_status is ExitStatus.STORAGE and caught.value.hint
        assert store.apply(rows.EVERYTHING) == len(rows.EVERYTHING)  # the lock is for whole runs; SQLite keeps order
        program.communicate("\n")
        with store.exclusive():
            pass


def test_a_killed_program_holds_nothing(store: WalletStore, wallet_path: Path) -> None:
    with another_program(wallet_path) as program:
        program.kill()
        program.wait()
        with store.exclusive():
            assert lock_path(wallet_path).read_text() == str(os.getpid())


def test_the_same_program_cannot_hold_it_twice(store: WalletStore, wallet_path: Path) -> None:
    with store.exclusive():
        with pytest.raises(WalletBusy, match=f"process {os.getpid()} "), exclusive(wallet_path):
            pytest.fail("one wallet is held twice")
        with pytest.raises(WalletBusy), store.exclusive():
            pytest.fail("one wallet is held twice")
    with store.exclusive():
        pass


def test_an_error_inside_frees_the_lock(store: WalletStore) -> None:
    with pytest.raises(KeyError), store.exclusive():
        raise KeyError("not ours, and not translated")
    with store.exclusive():
        pass


@pytest.mark.parametrize("content", [b"", b"not a number", b"\xff\xfe", b"9" * 1000])
def test_whatever_the_lock_file_holds_the_answer_is_busy(wallet_path: Path, content: bytes) -> None:
    with exclusive(wallet_path):
        lock_path(wallet_path).write_bytes(content)
        with pytest.raises(WalletBusy, match=r"process( 9{20})? is working"), exclusive(wallet_path):
            pytest.fail("one wallet is held twice")


@pytest.mark.skipif(os.name != "posix", reason="needs links without privileges")
def test_a_link_in_place_of_the_lock_file_is_not_followed(wallet_path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    lock_path(wallet_path).symlink_to(victim)
    with pytest.raises(StorageError), exclusive(wallet_path):
        pytest.fail("a link was locked")
    assert victim.read_text() == "precious"


def test_a_disk_that_takes_a_part_does_not_make_the_lock_name_another_process(
    wallet_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a process number is the number of somebody else."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, bytes(data[:1])))
    with exclusive(wallet_path):
        assert lock_path(wallet_path).read_text() == str(os.getpid())


def test_whoever_locked_a_file_that_is_removed_meanwhile_begins_anew(
    wallet_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erasing a wallet removes its lock file: two programs must not lock two files of one name."""
    try_lock = lock._try_lock
    tried: list[int] = []

    def remove_first(handle: int) -> bool:
        if not tried:
            lock_path(wallet_path).unlink()
        tried.append(handle)
        return try_lock(handle)

    monkeypatch.setattr(lock, "_try_lock", remove_first)
    with exclusive(wallet_path):
        assert len(tried) == 2 and lock_path(wallet_path).read_text() == str(os.getpid())
        with pytest.raises(WalletBusy), exclusive(wallet_path):
            pytest.fail("one wallet is held twice")


def open_handles() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open handles in /proc")
def test_a_lock_file_that_never_stays_is_given_up(wallet_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_still_named", lambda *arguments: False)
    before = open_handles()
    with pytest.raises(WalletBusy, match="does not stay") as caught, exclusive(wallet_path):
        pytest.fail("a removed file was locked")
    assert caught.value.hint and open_handles() == before
