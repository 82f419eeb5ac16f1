"""Each file of the program as one small story on a faulty disk; runs as `python -m tests.support.crash.parts NAME DIR`.

A story writes one file from an old state to a new one. It is told again and again, each time with another call failing;
whenever what lies there afterwards is neither the old nor the new state, or the error is not the right one, a line on
stdout says so. The last line is the number of failures that were tried.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from chain.concordium.account_list_cache import AccountListCache
from chain.model import AccountList
from ledger_recovery.errors import StorageError
from ledger_recovery.recover.journal import DIRECT, Journal
from ledger_recovery.recover.report import load_or_create_key, save_report
from ledger_recovery.recover.report.keys import KEY_FILE
from ledger_recovery.wallet import lock
from ledger_recovery.wallet.changes import AddAccount, Change
from ledger_recovery.wallet.model import AccountRow
from ledger_recovery.wallet.store import WalletStore
from tests.support.cells import cell_key
from tests.support.crash.disk import FAILING, Action, Disk
from tests.support.worded_once import worded_once
from tests.unit.recover.test_journal import ANSWERS, KEYS, RUN, point
from tests.unit.wallet import rows

KINDS = tuple(itertools.product(FAILING, (errno.ENOSPC, errno.EIO, errno.EROFS)))


@dataclass(frozen=True)
class Story:
    """`prepare` makes the old state, `write` the new one, `read` says what is there (on a healthy disk).

    `silent`: a failure is no error, only a file that is not there. `kinds`: how many of the nine kinds of failure each
    call meets (other ones in turn); fewer where a story is long and most of it is SQLite's own.
    """

    prepare: Callable[[Path], None]
    write: Callable[[Path], None]
    read: Callable[[Path], object]
    silent: bool = False
    kinds: int = 9


def _nothing(directory: Path) -> None:
    directory.mkdir()


# --- journal --------------------------------------------------------------------------------------------------------


def _journal(directory: Path) -> Path:
    return directory / "wallet.journal"


def _begun(directory: Path) -> None:
    with Journal(_journal(directory)) as journal:
        journal.begin(RUN)
        journal.set_point(RUN.run_id, point(1))
        journal.store_keys(RUN.run_id, KEYS)


def _answered(directory: Path) -> None:
    with Journal(_journal(directory)) as journal:
        journal.store_answers(RUN.run_id, DIRECT, {cell_key(1, n): ANSWERS["absent"] for n in range(25)})


def _finished(directory: Path) -> None:
    with Journal(_journal(directory)) as journal:
        journal.finish(RUN.run_id, "range-done", "Complete.", 0, forget_ids=True)


def _created(directory: Path) -> None:
    with Journal(_journal(directory)) as journal:
        if not journal.runs():
            journal.begin(RUN)


def _run(directory: Path) -> object:
    with Journal(_journal(directory)) as journal:
        runs = journal.runs()
        return repr(journal.load(RUN.run_id)) if runs else ()


# --- wallet and lock ------------------------------------------------------------------------------------------------

_LATER: tuple[Change, ...] = (
    AddAccount(AccountRow(rows.address(3), "third", rows.KEY, facts=rows.FACTS)),
    AddAccount(AccountRow(rows.address(4), "fourth", rows.KEY, facts=replace(rows.FACTS, balance=1))),
)


def _wallet(directory: Path) -> None:
    with WalletStore.open_or_create(directory / "wallet.sqlite") as store:
        store.apply(rows.EVERYTHING)


def _applied(directory: Path) -> None:
    with WalletStore.open(directory / "wallet.sqlite") as store:
        store.apply(_LATER)


def _empty_wallet(directory: Path) -> None:
    WalletStore.open_or_create(directory / "wallet.sqlite").close()


def _snapshot(directory: Path) -> object:
    path = directory / "wallet.sqlite"
    if not path.exists():
        return None
    with WalletStore.open(path) as store:
        return store.snapshot(), store.integrity_check()


def _held(directory: Path) -> None:
    with lock.exclusive(directory / "wallet.sqlite"):
        told = lock.lock_path(directory / "wallet.sqlite").read_text()
        if told != str(os.getpid()):
            raise RuntimeError(f"the lock is held, and names process {told!r}")


def _is_free(directory: Path) -> object:
    """Whatever the failure left, the next program gets the lock."""
    _held(directory)
    return True


# --- report, signing key, account list ------------------------------------------------------------------------------


def _old_report(directory: Path) -> None:
    save_report(directory / "report.json", b"old" * 1000)


def _new_report(directory: Path) -> None:
    save_report(directory / "report.json", b"new" * 2000)


def _report(directory: Path) -> object:
    with suppress(FileNotFoundError):
        return (directory / "report.json").read_bytes()
    return None


def _key(directory: Path) -> None:
    load_or_create_key(directory)


def _key_file(directory: Path) -> object:
    """Is there a key, and can it be used? Which one it is differs from telling to telling."""
    existed = (directory / KEY_FILE).exists()
    load_or_create_key(directory)
    return existed


_GENESIS, _BLOCK = b"\x42" * 32, b"\x01" * 32
_LIST = AccountList(frozenset(bytes([n]) * 32 for n in range(50)), "node:1")


def _list(directory: Path) -> None:
    AccountListCache(directory / "lists").store(_GENESIS, _BLOCK, _LIST)


def _cached(directory: Path) -> object:
    found = AccountListCache(directory / "lists").load(_GENESIS, _BLOCK)
    return None if found is None else found.addresses


STORIES = {
    "journal made": Story(_nothing, _created, _run),
    "journal answers": Story(_begun, _answered, _run),
    "journal finished": Story(_begun, _finished, _run),
    "wallet made": Story(_nothing, _empty_wallet, _snapshot, kinds=1),
    "wallet changed": Story(_wallet, _applied, _snapshot, kinds=3),
    "lock taken": Story(_nothing, _held, _is_free),
    "report made": Story(_nothing, _old_report, _report),
    "report replaced": Story(_old_report, _new_report, _report),
    "signing key made": Story(_nothing, _key, _key_file),
    "account list cached": Story(_nothing, _list, _cached, silent=True),
}


def tell(name: str, directory: Path) -> Iterator[str]:
    """Complaints about the story `name`, then the number of failures that were tried."""
    story, disk = STORIES[name], Disk()
    prepared = directory / "prepared"
    story.prepare(prepared)
    old = _read(story, prepared, directory)
    calls = _calls(story, prepared, directory, disk)
    new = _read(story, directory / "told", directory)
    tried, seen = 0, dict[bytes, Left]()
    for at, turn in itertools.product(range(calls), range(story.kinds)):
        action, error = KINDS[(at + turn * len(KINDS) // story.kinds) % len(KINDS)]
        here = _copy(prepared, directory / "told")
        told = _disturbed(story, here, disk, (at, action, error))
        what = f"call {at} of {calls}, {action.name}, {errno.errorcode[error]}"
        yield from (f"{what}: {complaint}" for complaint in _complaints(story, here, told, old, new, seen))
        tried += 1
    yield str(tried)


def _calls(story: Story, prepared: Path, directory: Path, disk: Disk) -> int:
    here = _copy(prepared, directory / "told")
    with disk.armed(here, Action.COUNT):
        story.write(here)
    return disk.count


def _disturbed(story: Story, here: Path, disk: Disk, failure: tuple[int, Action, int]) -> BaseException | None:
    at, action, error = failure
    try:
        with disk.armed(here, action, at, error):
            story.write(here)
    except Exception as told:  # whatever it is, it is looked at
        return told
    return None


def _complaints(
    story: Story, here: Path, told: BaseException | None, old: object, new: object, seen: dict[bytes, Left]
) -> Iterator[str]:
    """:param seen: what was found out about the same bytes, which many failures leave."""
    if told is not None and (type(told) is not StorageError or not told.hint or story.silent):
        yield f"told as {told!r}"
    content = _content(here)
    if content not in seen:
        seen[content] = _left(story, here, old, new)
    yield from seen[content].complaints
    if told is None and not seen[content].is_new and not story.silent:
        yield "not told, and not there"


@dataclass(frozen=True)
class Left:
    """What a failure left: whether that is the new state, and what is wrong with it."""

    is_new: bool
    complaints: tuple[str, ...] = ()


def _left(story: Story, here: Path, old: object, new: object) -> Left:
    try:
        found = story.read(here)
    except Exception as unreadable:  # whatever it is, it is complained about
        return Left(False, (f"unreadable afterwards: {unreadable!r}",))
    wrong = [] if found in (old, new) else [f"neither old nor new: {found!r:.200}"]
    story.write(here)
    if story.read(here) != new:
        wrong.append("on a healthy disk again, it cannot be written")
    return Left(found == new, tuple(wrong))


def _content(directory: Path) -> bytes:
    """A digest of every name, mode and byte below a directory."""
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        head = (str(path.relative_to(directory)), path.lstat().st_mode, len(content))
        digest.update(repr(head).encode() + content)
    return digest.digest()


def _read(story: Story, source: Path, directory: Path) -> object:
    """What is there, read from a copy: reading may make what is missing."""
    return story.read(_copy(source, directory / "read"))


def _copy(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


if __name__ == "__main__":
    with worded_once():
        for line in tell(sys.argv[1], Path(sys.argv[2])):
            sys.stdout.write(line + "\n")
