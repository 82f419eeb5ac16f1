"""One program at a time on a wallet: an operating system lock on a file beside it, which ends with its process.

The lock file stays in place as long as the wallet does, and holds the process number of its last owner, for the
message only. `erase` removes it with the wallet; whoever then locked the removed file begins anew.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger_recovery.errors import WalletBusy
from ledger_recovery.wallet.failures import storage_failures

_PID_BYTES = 20
_ATTEMPTS = 10

if sys.platform == "win32":
    import msvcrt

    # Windows denies reading what is locked: lock a byte far behind the process number.
    _LOCKED_BYTE = 1 << 30

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        # flock, not lockf: a POSIX record lock is lost when any other handle of the file is closed.
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def lock_path(wallet_path: Path) -> Path:
    return wallet_path.with_name(wallet_path.name + ".lock")


@contextmanager
def exclusive(wallet_path: Path) -> Iterator[None]:
    """Hold the wallet's lock; at once or not at all.

    :raises WalletBusy: another program, or another part of this one, holds it; the sentence names its process.
    :raises StorageError: the lock file cannot be made.
    """
    with storage_failures(wallet_path):
        handle = _locked(wallet_path)
    try:
        with storage_failures(wallet_path):
            os.ftruncate(handle, 0)
            _write_from_start(handle, str(os.getpid()).encode("ascii"))
        yield
    finally:
        os.close(handle)


def _locked(wallet_path: Path) -> int:
    """An open, locked handle of the file that has the lock's name now."""
    for _ in range(_ATTEMPTS):
        handle = os.open(lock_path(wallet_path), os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if not _try_lock(handle):
                raise _busy(wallet_path, handle)
            if _still_named(wallet_path, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    raise WalletBusy(f"wallet {wallet_path}: its lock file does not stay in place", "run the command again")


def _still_named(wallet_path: Path, handle: int) -> bool:
    """False when the wallet was erased, and its lock file with it, between opening and locking."""
    try:
        return os.path.samestat(os.fstat(handle), lock_path(wallet_path).lstat())
    except FileNotFoundError:
        return False


def _write_from_start(handle: int, data: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    while data:  # a disk that runs full takes a part without an error, and half a process number names another process
        data = data[os.write(handle, data) :]


def _busy(wallet_path: Path, handle: int) -> WalletBusy:
    os.lseek(handle, 0, os.SEEK_SET)
    owner = os.read(handle, _PID_BYTES)
    who = f"process {owner.decode('ascii')}" if owner.isdigit() else "another process"
    return WalletBusy(
        f"wallet {wallet_path}: {who} is working on it",
        "wait until it has finished, or end it; or give another --wallet file",
    )
