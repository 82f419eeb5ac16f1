"""The wallet's part of a run: what it knows before, and each concluded index committed in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.errors import InputError
from ledger_recovery.recover.model import IndexOutcome
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Conflict, Findings
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore


class WalletSide:
    """`changes` and `conflicts` collect what the run did (or on a dry run would do), each once, in order."""

    def __init__(self, store: WalletStore, *, dry_run: bool) -> None:
        self._store = store
        self._dry_run = dry_run
        self.snapshot: WalletSnapshot = store.snapshot()
        self.changes: list[Change] = []
        self.conflicts: tuple[Conflict, ...] = ()
        self.rows = 0

    @property
    def dry_run(self) -> bool:
        return self._dry_run

    def require_network(self, genesis_hash: str) -> None:
        """:raises InputError: the wallet belongs to another network; both genesis hashes are told."""
        bound = self.snapshot.genesis_hash
        if bound is not None and bound != genesis_hash:
            raise InputError(
                f"this wallet belongs to the network with genesis block {bound}, "
                f"but the node is on the one with genesis block {genesis_hash}",
                "give the wallet's own --network, or another --wallet file",
            )

    def fingerprints(self) -> tuple[str, ...]:
        return tuple(w.fingerprint for w in self.snapshot.wallets)

    def known_counters(self, fingerprint: str) -> Mapping[tuple[IdentityRef, KeyScheme], int]:
        """Highest stored counter by identity and key scheme: a scan goes past it and fills the holes below."""
        highest: dict[tuple[IdentityRef, KeyScheme], int] = {}
        for row in self.snapshot.credentials:
            if row.identity.fingerprint == fingerprint:
                key = (IdentityRef(row.identity.index, row.identity.provider), KeyScheme(row.scheme))
                highest[key] = max(row.counter, highest.get(key, -1))
        return highest

    def known_indices(self, fingerprint: str, family: int | None) -> tuple[int, ...]:
        """Identity indices of a family that the wallet holds, real or placeholder."""
        keys = (i.key for i in self.snapshot.identities)
        return tuple(k.index for k in keys if k.fingerprint == fingerprint and k.provider == family)

    def take(self, findings: Findings) -> None:
        """Reconcile all that was found so far and commit what is new, in one transaction.

        :raises StorageError: it could not be committed; the wallet is as before.
        """
        told = reconcile(self.snapshot, findings)
        self.conflicts = told.conflicts
        if self._dry_run:
            self.changes = list(told.changes)
            return
        if told.changes:
            self.rows += self._store.apply(told.changes)
            self.snapshot = self._store.snapshot()
            self.changes.extend(told.changes)


def contiguous(outcomes: Mapping[IdentityRef, IndexOutcome | None]) -> Sequence[IndexOutcome]:
    """The concluded outcomes up to the first index (in walk order) that is still under way.

    Taking them in order makes the wallet's content independent of which look-up happened to end first.
    """
    ready: list[IndexOutcome] = []
    for identity in sorted(outcomes, key=lambda i: i.sort_key):
        outcome = outcomes[identity]
        if outcome is None:
            break
        ready.append(outcome)
    return ready
