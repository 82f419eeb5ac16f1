"""Make a Desktop export of many accounts and import it into an empty wallet, then over it. Argument: how many. JSON.

As many address book entries and credentials as accounts, 200 accounts an identity; nothing comes from a real chain.
Sizes above the limit of a file are planned and applied from memory, without the file.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ledger_recovery.derive.address import encode_address
from ledger_recovery.files.from_desktop import from_desktop
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge import plan_import
from ledger_recovery.files.reading import open_file
from ledger_recovery.files.to_desktop import to_desktop
from ledger_recovery.files.writing import Randomness, desktop_file
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    WalletRow,
    WalletSnapshot,
)
from ledger_recovery.wallet.store import WalletStore

T = TypeVar("T")
LEDGER, GENESIS, MONTH = "aa" * 32, "42" * 32, "202601"
AN_IDENTITY = 200
LARGEST_FILE = 10_000


def main() -> None:
    """Time each step once, in seconds on the clock."""
    count = int(sys.argv[1])
    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = work()
        spent[step] = time.perf_counter() - began
        return result

    export = to_desktop(_wallet(count), month=MONTH)
    if count <= LARGEST_FILE:
        with SecretBytes(b"bench-password") as password:
            data = desktop_file(export, password, Randomness(bytes(32), bytes(16)))
            imported = timed("open the file", lambda: _opened(data, password))
    else:
        imported = from_desktop(export)
    with tempfile.TemporaryDirectory() as place, WalletStore.create(Path(place, "wallet.sqlite")) as store:
        empty = store.snapshot()
        plan = timed("plan", lambda: plan_import(empty, imported))
        timed("apply", lambda: store.apply(plan.changes))
        full = store.snapshot()
        again = timed("plan again, nothing new", lambda: plan_import(full, imported))
        if len(full.accounts) != count or not again.nothing_new:
            raise RuntimeError("the import is not whole, or not idempotent")
    json.dump(spent, sys.stdout)


def _opened(data: bytes, password: SecretBytes) -> ImportedWallet:
    opened = open_file(data, password)
    if opened.desktop is None:
        raise RuntimeError("the file that was just written is not recognised")
    return from_desktop(opened.desktop)


def _wallet(count: int) -> WalletSnapshot:
    keys = [IdentityKey(LEDGER, None, n) for n in range(-(-count // AN_IDENTITY))]
    ids = [hashlib.sha512(b"credential %d" % n).hexdigest()[:96] for n in range(count)]
    addresses = [encode_address(hashlib.sha256(bytes.fromhex(i)).digest()) for i in ids]
    places = [(keys[n // AN_IDENTITY], n % AN_IDENTITY) for n in range(count)]
    return WalletSnapshot(
        genesis_hash=GENESIS,
        wallets=(WalletRow(LEDGER),),
        identities=tuple(IdentityRow(k, f"Identity {k.index}", IdentityStatus.RECOVERED, 1) for k in keys),
        accounts=tuple(
            AccountRow(a, f"Account {n}", key) for n, (a, (key, _)) in enumerate(zip(addresses, places, strict=True))
        ),
        credentials=tuple(
            CredentialRow(i, a, key, counter, 0) for i, a, (key, counter) in zip(ids, addresses, places, strict=True)
        ),
        address_book=tuple(AddressBookRow(a, f"Account {n}", "note", True) for n, a in enumerate(addresses)),
    )


if __name__ == "__main__":
    main()
