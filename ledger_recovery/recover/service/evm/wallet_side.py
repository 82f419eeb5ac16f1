"""The wallet's part of an EVM run: what it knows before, and all that was found committed in one transaction."""

from __future__ import annotations

from collections import Counter

from ledger_recovery.recover.evm.reconcile import EvmConflict, reconcile_evm
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.wallet.evm_changes import EvmChange
from ledger_recovery.wallet.store import WalletStore


class WalletSide:
    """`changes` and `conflicts`: what the run did, or on a dry run would do. `rows`: how many made a difference."""

    def __init__(self, store: WalletStore, *, dry_run: bool) -> None:
        self._store = store
        self.dry_run = dry_run
        self.snapshot = store.evm()
        self.changes: tuple[EvmChange, ...] = ()
        self.conflicts: tuple[EvmConflict, ...] = ()
        self.rows = 0

    def fingerprints(self) -> tuple[str, ...]:
        """Of the Ledgers whose EVM accounts the wallet holds."""
        return tuple(dict.fromkeys(place.fingerprint for place in self.snapshot.places))

    def take(self, result: EvmResult) -> None:
        """Reconcile what was found and commit what is new.

        :raises StorageError: it could not be committed; the wallet is as before.
        """
        told = reconcile_evm(self.snapshot, result)
        self.changes, self.conflicts = told.changes, told.conflicts
        if not self.dry_run:
            self.rows = self._store.apply(told.changes)

    def counts(self) -> tuple[tuple[str, int], ...]:
        """(kind of change, how many), e.g. ("AddEvmAccount", 7)."""
        return tuple(sorted(Counter(type(change).__name__ for change in self.changes).items()))
