"""Backups of one wallet through the service and a real Box, in a process of its own. Prints JSON.

Arguments: `make FOLDER ACCOUNTS BACKUPS` pairs, enables and uploads; `restore FOLDER NAME` is a new
machine with the words.
The folder holds the Box's pairing link, one use each, in `link`, and what goes from the one to the other in `secret`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore


def machine(folder: Path, name: str) -> Settings:
    home = folder / name
    home.mkdir()
    return Settings(wallet=home / "wallet.sqlite", state_dir=home / "state", network="testnet")


async def make(folder: Path, accounts: int, count: int) -> dict[str, object]:
    """Seconds of every backup after the first, each of them a whole generation, and the processor time of all."""
    from tests.bench.wallet_work import found

    settings = machine(folder, "first")
    with WalletStore.create(settings.wallet) as store:
        store.apply(reconcile(store.snapshot(), found(accounts)).changes)
    await backups.pair(settings, backups.read_offer((folder / "link").read_text("ascii")))
    with backups.prepare_enable(settings) as new:
        (folder / "secret").write_bytes(new.secret.reveal())
        await backups.enable(settings, new)
    took, cpu = [], time.process_time()
    for _ in range(count - 1):
        began = time.perf_counter()
        status = await backups.now(settings)
        took.append(time.perf_counter() - began)
        if status.kind is not BackupKind.SAVED:
            raise RuntimeError(f"a backup was not saved: {status.sentence}")
    return {"took": took, "cpu": time.process_time() - cpu}


async def restore(folder: Path, name: str) -> dict[str, object]:
    """Seconds from the words to the whole wallet; pairing, which waits for a person, is not counted."""
    settings = machine(folder, name)
    await backups.pair(settings, backups.read_offer((folder / "link").read_text("ascii")))
    began = time.perf_counter()
    with SecretBytes((folder / "secret").read_bytes()) as secret:
        await backups.plan_restore(settings, secret)
        await backups.restore(settings, secret)
    took = time.perf_counter() - began
    with WalletStore.open(settings.wallet) as store:
        return {"took": took, "accounts": len(store.snapshot().accounts)}


def main() -> None:
    what, folder, *more = sys.argv[1:]
    done = make(Path(folder), *map(int, more)) if what == "make" else restore(Path(folder), *more)
    json.dump(asyncio.run(done), sys.stdout)


if __name__ == "__main__":
    main()
