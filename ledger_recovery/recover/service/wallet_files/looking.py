"""Look into a wallet file without importing it, and compare a backup with the wallet. Secrets are never shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.files.container import Container
from ledger_recovery.files.merge import Conflict, Decision, Outcome, plan_import
from ledger_recovery.files.recognise import FileKind, recognise
from ledger_recovery.files.write import read_bounded
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files.keeping import Kept, kept
from ledger_recovery.recover.service.wallet_files.opened import FileContent, opened
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.model import IdentityKey, WalletSnapshot
from ledger_recovery.wallet.store import WalletStore


@dataclass(frozen=True, slots=True)
class Contents:
    """`keys`: private keys are present. `accounts`: address and name of each, those of a phone included."""

    kind: str
    genesis_hash: str | None
    environment: str | None
    made_at: str | None
    ledgers: tuple[str, ...]
    identities: tuple[tuple[str, str], ...]
    accounts: tuple[tuple[str, str], ...]
    credentials: int
    external_credentials: int
    addresses: int
    keys: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """`protection`: how the password guards the file. `contents`: None when no password was given."""

    path: Path
    sentence: str
    protection: str
    contents: Contents | None


@dataclass(frozen=True, slots=True)
class Missing:
    """What one side lacks of the other: Ledger identities, addresses of accounts, credential IDs, book addresses."""

    identities: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.identities or self.accounts or self.credentials or self.addresses)


@dataclass(frozen=True, slots=True)
class Verification:
    """`problems`: items of the file that cannot be used, with the reason. `wallet`: there is one to compare with."""

    contents: Contents
    sentence: str
    problems: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]
    wallet: bool
    file_lacks: Missing
    wallet_lacks: Missing


def inspect_file(path: Path, password: SecretBytes | None) -> Inspection:
    """What a file is, and with its password what it holds.

    :raises InputError: it cannot be read; the sentence says what it is instead.
    :raises WrongPassword: the password does not open it.
    """
    found = recognise(read_bounded(path))
    if found.refusal is not None:
        raise found.refusal
    protection = _protection(found.kind, found.container)
    if password is None:
        return Inspection(path, found.sentence, protection, None)
    with opened(path, password) as content:
        return Inspection(path, content.sentence, protection, _contents(content))


def verify_file(settings: Settings, path: Path, password: SecretBytes) -> Verification:
    """Decrypt a backup, check its structure and references, and compare it with the wallet if there is one.

    :raises InputError: it cannot be read, is damaged, or belongs to another network than the wallet (OtherNetwork).
    :raises WrongPassword: the password does not open it.
    :raises StorageError: the wallet cannot be read.
    """
    with opened(path, password) as content:
        alone = plan_import(WalletSnapshot(), content.rows)
        wallet, vault = _wallet(settings)
        plan = plan_import(wallet or WalletSnapshot(), content.rows)
        problems = tuple(d for d in alone.decisions if d.outcome is Outcome.LEFT_OUT)
        of_file, of_wallet = _held(_snapshot(content), _keys(content)), _held(wallet or WalletSnapshot(), vault)
        return Verification(
            _contents(content),
            content.sentence,
            problems,
            plan.conflicts,
            wallet is not None,
            _missing(of_file, of_wallet) if wallet is not None else Missing(),
            _missing(of_wallet, of_file) if wallet is not None else Missing(),
        )


def lacks(there: WalletSnapshot, here: WalletSnapshot) -> Missing:
    """What one wallet has and another has not."""
    none = Kept(frozenset(), frozenset())
    return _missing(_held(here, none), _held(there, none))


def _wallet(settings: Settings) -> tuple[WalletSnapshot | None, Kept]:
    if not settings.wallet.exists():
        return None, Kept(frozenset(), frozenset())
    with WalletStore.open(settings.wallet) as store:
        return store.snapshot(), kept(store.vault().status())


def _snapshot(content: FileContent) -> WalletSnapshot:
    rows = content.rows
    return WalletSnapshot(
        rows.genesis_hash,
        rows.wallets,
        rows.identities,
        rows.accounts,
        rows.credentials,
        rows.external_credentials,
        rows.address_book,
        rows.evm,
    )


def _keys(content: FileContent) -> Kept:
    identities = () if content.mobile is None else content.mobile.identities
    return Kept(frozenset(row.id_cred_pub for row in identities), frozenset(content.mobile_addresses))


@dataclass(frozen=True, slots=True)
class _Held:
    """One side, by what tells its items apart; the values are what a person is shown."""

    identities: dict[object, str]
    accounts: dict[str, str]
    credentials: dict[str, str]
    addresses: dict[str, str]


def _held(snapshot: WalletSnapshot, keys: Kept) -> _Held:
    identities: dict[object, str] = {row.key: identity_name(row.key) for row in snapshot.identities}
    identities |= {key: f"mobile identity {key[:8]}…" for key in keys.identities}
    addresses = [*(row.address for row in snapshot.accounts), *keys.accounts]
    addresses += [row.address for row in snapshot.evm.accounts]
    addresses += [row.address for row in snapshot.evm.smart_accounts]
    return _Held(
        identities,
        {canonical_key(address): address for address in addresses},
        {row.cred_id: row.cred_id for row in snapshot.credentials},
        {row.address: row.address for row in snapshot.address_book},
    )


def _missing(here: _Held, there: _Held) -> Missing:
    """What is there and not here."""
    return Missing(
        _left(there.identities, here.identities),
        _left(there.accounts, here.accounts),
        _left(there.credentials, here.credentials),
        _left(there.addresses, here.addresses),
    )


def _left(there: dict[object, str] | dict[str, str], here: Iterable[object]) -> tuple[str, ...]:
    known = set(here)
    return tuple(sorted(shown for key, shown in there.items() if key not in known))


def identity_name(key: IdentityKey) -> str:
    """Where an identity is: Ledger, provider of the newer path, index."""
    provider = "" if key.provider is None else f"IDP #{key.provider} "
    return f"{provider}ID #{key.index} of Ledger {key.fingerprint[:8]}…"


def _contents(content: FileContent) -> Contents:
    rows, mobile = content.rows, content.mobile
    of_phone = () if mobile is None else mobile.identities
    phone_accounts = () if mobile is None else mobile.accounts
    return Contents(
        kind=content.kind,
        genesis_hash=rows.genesis_hash,
        environment=None if mobile is None else mobile.environment,
        made_at=content.made_at,
        ledgers=tuple(row.fingerprint for row in rows.wallets),
        identities=(
            *((identity_name(row.key), row.name) for row in rows.identities),
            *((f"phone, provider {row.provider_name}", row.name) for row in of_phone),
        ),
        accounts=(
            *((row.address, row.name) for row in rows.accounts),
            *((row.address, row.name) for row in rows.evm.accounts),
            *((row.address, row.recipe) for row in rows.evm.smart_accounts),
            *((account.address, account.name) for account in phone_accounts),
        ),
        credentials=len(rows.credentials),
        external_credentials=len(rows.external_credentials),
        addresses=len(rows.address_book),
        keys=mobile is not None,
        notes=rows.notes,
    )


def _protection(kind: FileKind, container: Container | None) -> str:
    if kind is FileKind.OWN or container is None:
        return "Argon2id and authenticated encryption: every change of the file is noticed"
    return f"PBKDF2 with {container.iterations:,} rounds, and no integrity check"
