"""Backups and the Box: what 1,000 of them cost and leave, a restore, and fifty clients at a Box of 10,000 owners.

Every Box is a process of its own over loopback TLS. Fifty clients are measured in two ways, because they say different
things: as fast as the Box answers (how much it can do), and one backup a second each (what a person's machine sees).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from ledger_recovery.box import admin
from tests.bench import children
from tests.bench.box_load import MANY
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series
from tests.support.box_process import box_process

NAME: Final = "backup"
TITLE: Final = "backups, a restore, and a Box of many owners"
KEPT: Final = 30
RESTORE_SECONDS: Final = 3.0
PUT_P99: Final = 0.100
GROWTH: Final = 1.2
"""A Box may hold so many times the memory after the second half of its work that it held after the first."""
# No keyring: the bench must not leave keys in the one of the person who runs it.
ENVIRONMENT: Final = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def measure(effort: Effort) -> Outcome:
    into = Collecting(NAME, TITLE)
    _one_wallet(into, effort, accounts=effort.choose(1_000, 10), count=effort.choose(1_000, 3))
    _many_owners(into, effort, owners=effort.choose(10_000, 60), seconds=effort.choose(60, 1))
    return into.done()


def _one_wallet(into: Collecting, effort: Effort, accounts: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, box = Path(place), Path(place, "box")
        limits = [f"requests_per_minute={MANY}", f"requests_per_minute_and_address={MANY}", f"generations_kept={KEPT}"]
        with box_process(box, limits=limits) as running:
            _note(folder, running.ready["link"])
            made = _work("make", folder, str(accounts), str(count)).json
            restored: list[float] = []
            for number in range(effort.rounds(3)):
                _note(folder, admin.offer(box).link)
                done = _work("restore", folder, f"machine-{number}").json
                if done["accounts"] != accounts:
                    raise RuntimeError("the restored wallet is not whole")
                restored.append(done["took"])
            running.stop()
        admin.gc(box)
        blobs = [file.stat().st_size for file in (box / "blobs").rglob("*") if file.is_file()]
        total = sum(file.stat().st_size for file in box.rglob("*") if file.is_file())
    took = Series(tuple(made["took"]))
    into.line(f"one backup of {accounts:,} accounts, from wallet to answer", took, "s")
    into.line("the same, processor of the client", Series.of(made["cpu"] / len(made["took"])), "s")
    into.line(
        f"backups a second, {count:,} one after the other", Series.of(len(made["took"]) / sum(made["took"])), "/s"
    )
    into.line("one bundle", Series.of(max(blobs) / 1024), "KiB")
    into.line(f"the Box's disk after {count:,} backups", Series.of(total / 2**20), "MiB")
    into.line(f"restore of {accounts:,} accounts into a new wallet", Series(tuple(restored)), "s")
    into.at_most("generations on the disk", len(blobs), KEPT, "")
    into.at_most("restore", Series(tuple(restored)).median, RESTORE_SECONDS, "s")


def _many_owners(into: Collecting, effort: Effort, owners: int, seconds: int) -> None:
    told = children.python("-m", "tests.bench.box_load", str(owners), str(seconds), environment=ENVIRONMENT).json
    closed, paced, resident = told["closed"], told["paced"], told["resident_mb"]
    into.line(
        f"{owners:,} owners, 50 clients without a pause: puts a second", Series.of(owners / told["closed_wall"]), "/s"
    )
    into.line("the same, processor of the Box for one put", Series.of(told["closed_cpu"] / owners * 1000), "ms")
    for share in (50, 99):
        into.line(f"50 clients without a pause: put, {share} % within", Series.of(_within(closed, share) * 1000), "ms")
        into.line(f"50 clients, one put a second each: {share} % within", Series.of(_within(paced, share) * 1000), "ms")
    for when, megabytes in zip(("at its start", "after the first half", "at the end"), resident, strict=True):
        into.line(f"memory of the Box {when}", Series.of(megabytes), "MB")
    into.at_most("99 % of puts, 50 clients at one a second each", _within(paced, 99), PUT_P99, "s")
    if not effort.quick and resident[1]:
        into.at_most("memory at the end over that after the first half", resident[2] / resident[1], GROWTH, "times")
    into.notes.append(f"{len(paced):,} paced puts, each counted from when it was due; the clients share the processors")


def _within(seconds: list[float], share: int) -> float:
    """The time in which so many percent were done."""
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * share // 100)]


def _work(*arguments: object) -> children.Ended:
    return children.python("-m", "tests.bench.backup_work", *map(str, arguments), environment=ENVIRONMENT)


def _note(folder: Path, link: str) -> None:
    (folder / "link").write_text(link, "ascii")
