"""Reconcile and apply a search that found many accounts, in a process of its own. Argument: how many. Prints JSON.

512 accounts an identity index, each with one credential of ours; nothing of it comes from a real chain.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.model import Basis, Cell, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Findings
from ledger_recovery.wallet.store import WalletStore
from tests.support.cells import account, index_keys, sighting

T = TypeVar("T")
GENESIS, LEDGER = "9d" * 32, "aa" * 32
AN_INDEX = 512


def main() -> None:
    """Time each step once, in seconds of processor."""
    findings = found(int(sys.argv[1]))
    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], T]) -> T:
        began = time.process_time()
        result = work()
        spent[step] = time.process_time() - began
        return result

    with tempfile.TemporaryDirectory() as place, WalletStore.create(Path(place, "wallet.sqlite")) as store:
        empty = store.snapshot()
        planned = timed("reconcile with an empty wallet", lambda: reconcile(empty, findings))
        timed("apply", lambda: store.apply(planned.changes))
        full = timed("read the wallet", store.snapshot)
        again = timed("reconcile again, nothing to do", lambda: reconcile(full, findings))
        if again.changes or len(full.accounts) != int(sys.argv[1]):
            raise RuntimeError("the second reconciliation was not empty")
    json.dump(spent, sys.stdout)


def found(accounts: int) -> Findings:
    """What a search finds that finds so many accounts."""
    return Findings(LEDGER, GENESIS, 5, tuple(_outcomes(accounts)))


def _outcomes(count: int) -> Iterator[IndexOutcome]:
    for index in range(-(-count // AN_INDEX)):
        cells = tuple(islice(_cells(index), count - index * AN_INDEX))
        yield IndexOutcome(IdentityRef(index), IndexStatus.SCANNED, cells)


def _cells(index: int) -> Iterator[Cell]:
    keys = index_keys(index)
    for number, key in enumerate(keys.all_keys()):
        cred_id = keys.cred_id(key)
        found = sighting(cred_id, account([cred_id], index=index * AN_INDEX + number))
        yield Cell(key, cred_id, state=CellState.DEPLOYED, basis=Basis.DIRECT, sources=("node:1",), sighting=found)


if __name__ == "__main__":
    main()
