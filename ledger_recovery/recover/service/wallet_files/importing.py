"""Import a wallet file: first a plan that a person can read, then all of it in one transaction, or nothing.

The plan is made again under the wallet's lock before anything is written. Private keys of a Mobile Wallet file go
to the vault, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chain.connect import known_genesis
from ledger_recovery.errors import InputError
from ledger_recovery.files.boundary import decide_mobile_accounts
from ledger_recovery.files.merge import Conflict, Decision, ImportPlan, Outcome, OutcomeCounts, plan_import
from ledger_recovery.files.reading import check_new_password
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files.keeping import kept, store_changes
from ledger_recovery.recover.service.wallet_files.opened import FileContent, environment_of, opened
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.changes import VaultChange
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.vault_model import STRONG, VaultCost, VaultStatus

UNPROVEN_NETWORK = "the file does not name its network, so nothing shows that it belongs to this wallet's"


@dataclass(frozen=True, slots=True)
class FilePlan(OutcomeCounts):
    """What an import would do. `kind`: own, desktop, mobile or address-book.

    `keys_to_vault`: private keys that the vault does not hold yet need its password.
    `new_vault`: there is no vault yet, so that the password is a new one. `network_unproven`: see ImportPlan.
    """

    kind: str
    sentence: str
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    keys_to_vault: bool
    new_vault: bool
    network_unproven: bool
    nothing_new: bool

    def outcomes(self) -> Iterator[Outcome]:
        return (decision.outcome for decision in self.decisions)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """`applied`: rows that differ now, 0 on a dry run."""

    plan: FilePlan
    applied: int


def plan_file(settings: Settings, path: Path, password: SecretBytes) -> FilePlan:
    """What `import_file` would do; writes nothing, and makes no wallet.

    :raises InputError: not a file that can be imported, or of another network (OtherNetwork).
    :raises WrongPassword: the password does not open it.
    :raises StorageError: the wallet cannot be read.
    """
    with opened(path, password) as content:
        return _first_plan(settings, content)


def import_file(
    settings: Settings,
    path: Path,
    password: SecretBytes,
    *,
    dry_run: bool = False,
    vault_password: SecretBytes | None = None,
    trust_network: bool = False,
    vault_cost: VaultCost = STRONG,
) -> ImportResult:
    """Import a file into the wallet, which is made if there is none.

    :param vault_password: needed when the plan says `keys_to_vault`.
    :param trust_network: take a file that names no network for one of the wallet's.
    :param vault_cost: of a new vault; less than STRONG is for tests only.
    :raises LedgerRecoveryError: as `plan_file`; InputError also for a password or a consent that is missing.
    :raises WalletBusy: another program works on the wallet.
    """
    with opened(path, password) as content:
        planned = _first_plan(settings, content)
        if dry_run or planned.nothing_new:
            return ImportResult(planned, 0)
        _require(planned, vault_password, trust_network=trust_network)
        with WalletStore.open_or_create(settings.wallet) as store, store.exclusive():
            told, plan = _plan(settings, content, store.snapshot(), store.vault().status())
            _require(told, vault_password, trust_network=trust_network)
            sealed, notes = _vault_changes(store, content, vault_password, vault_cost)
            applied = store.apply((*plan.changes, *sealed))
            return ImportResult(replace(told, notes=(*told.notes, *notes)), applied)


def _first_plan(settings: Settings, content: FileContent) -> FilePlan:
    """The plan before any lock; no wallet is made for it."""
    if not settings.wallet.exists():
        return _plan(settings, content, WalletSnapshot(), VaultStatus(exists=False))[0]
    with WalletStore.open(settings.wallet) as store:
        return _plan(settings, content, store.snapshot(), store.vault().status())[0]


def _plan(
    settings: Settings, content: FileContent, snapshot: WalletSnapshot, vault: VaultStatus
) -> tuple[FilePlan, ImportPlan]:
    plan = plan_import(snapshot, content.rows)
    keys = content.mobile is not None and kept(vault).lacks(content.mobile)
    told = FilePlan(
        kind=content.kind,
        sentence=content.sentence,
        decisions=(*plan.decisions, *decide_mobile_accounts(content.mobile_addresses)),
        conflicts=plan.conflicts,
        notes=(*_network_notes(settings, snapshot.genesis_hash, content.rows.genesis_hash), *content.rows.notes),
        keys_to_vault=keys,
        new_vault=keys and not vault.exists,
        network_unproven=plan.network_unproven,
        nothing_new=plan.nothing_new and not keys,
    )
    return told, plan


def _network_notes(settings: Settings, bound: str | None, file_genesis: str | None) -> tuple[str, ...]:
    """The first file binds a wallet to its network; said before, when the program is set to another one."""
    known = known_genesis(settings.network)
    meant = settings.genesis or (None if known is None else known.hex())
    if bound is not None or file_genesis is None or meant is None or file_genesis == meant:
        return ()
    name = environment_of(file_genesis) or f"the network with genesis block {file_genesis[:8]}…"
    return (
        f"the file is of {name}, and this program is set to {settings.network}: "
        f"the wallet {settings.wallet.name} will belong to {name} from then on",
    )


def _require(plan: FilePlan, vault_password: SecretBytes | None, *, trust_network: bool) -> None:
    if plan.network_unproven and not trust_network:
        raise InputError(UNPROVEN_NETWORK, "look at it with --dry-run; if you know that it does, add --yes")
    if plan.keys_to_vault and vault_password is None:
        raise InputError(
            "the file holds private keys, which are kept in the wallet's vault under a password of its own",
            "give the vault's password too",
        )


def _vault_changes(
    store: WalletStore, content: FileContent, password: SecretBytes | None, cost: VaultCost
) -> tuple[list[VaultChange], list[str]]:
    if content.mobile is None or password is None or not kept(store.vault().status()).lacks(content.mobile):
        return [], []
    place = store.vault(cost)
    if not place.status().exists:
        check_new_password(password)
    with place.open_or_prepare(password) as vault:
        return store_changes(vault, content.mobile)
