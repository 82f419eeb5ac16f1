"""Export the wallet to a file of one of four formats: written, read back and opened before anybody is told so.

What a format has no place for is told, and what it cannot hold at all is refused with the reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum, unique
from pathlib import Path

from ledger_recovery.errors import InputError, StorageError
from ledger_recovery.files.boundary import ledger_as_mobile, mobile_as_desktop
from ledger_recovery.files.content import WalletContent
from ledger_recovery.files.mobile import MobileExport, MobilePlatform, MobileRecipient, renamed
from ledger_recovery.files.mobile_write import pack_mobile
from ledger_recovery.files.reading import OpenedFile, check_new_password, open_file
from ledger_recovery.files.to_desktop import to_desktop
from ledger_recovery.files.write import refuse_existing, save
from ledger_recovery.files.writing import Randomness, desktop_file, mobile_file, own_file
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files.keeping import take_out
from ledger_recovery.recover.service.wallet_files.opened import environment_of
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore

VAULT_LEFT_OUT = "the private keys in the vault are not in this file"


@unique
class FileFormat(StrEnum):
    OWN = "own"
    DESKTOP = "desktop"
    MOBILE_ANDROID = "mobile-android"
    MOBILE_IOS = "mobile-ios"

    @property
    def platform(self) -> MobilePlatform | None:
        """None for the formats that are not of a Mobile Wallet."""
        platforms = {"mobile-android": MobilePlatform.ANDROID, "mobile-ios": MobilePlatform.IOS}
        return platforms.get(self.value)


@dataclass(frozen=True, slots=True)
class ExportResult:
    """`weak`: see WEAK_FORMAT. `keys`: private keys are in it. `warnings`: what of the wallet is not in the file."""

    path: Path
    format: FileFormat
    size: int
    identities: int
    accounts: int
    addresses: int
    weak: bool
    keys: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    data: bytes
    check: Callable[[OpenedFile], bool]
    identities: int
    accounts: int
    addresses: int
    keys: bool = False
    warnings: tuple[str, ...] = ()


def check_export(settings: Settings, path: Path, kind: FileFormat, *, replace: bool) -> bool:
    """To ask before any password is typed: can it be made? True when the vault's password is needed for all of it.

    :raises InputError: there is a file already, nothing to export, or the format cannot hold what the wallet has.
    :raises StorageError: the wallet cannot be read.
    """
    refuse_existing(path, replace=replace)
    with WalletStore.open(settings.wallet) as store:
        snapshot, keys = store.snapshot(), bool(store.vault().status().entries)
    _refuse_wrong_side(kind, snapshot, keys=keys)
    return keys and kind is not FileFormat.DESKTOP


def export_file(
    settings: Settings,
    path: Path,
    kind: FileFormat,
    password: SecretBytes,
    *,
    replace: bool = False,
    vault_password: SecretBytes | None = None,
    now: datetime | None = None,
) -> ExportResult:
    """Write the wallet to a file; an existing one gives way only if `replace`, and only to a verified one.

    :param vault_password: opens the vault; our own format leaves the vault out without it, Mobile formats need it.
    :param now: UTC, the clock's time if None.
    :raises InputError: as `check_export`; a password that is too short.
    :raises WrongPassword: the vault's password is another one.
    :raises StorageError: it could not be written; what was there is intact.
    """
    check_new_password(password)
    check_export(settings, path, kind, replace=replace)
    with ExitStack() as stack:
        store = stack.enter_context(WalletStore.open(settings.wallet))
        snapshot, status = store.snapshot(), store.vault().status()
        mobile = None
        if vault_password is not None and kind is not FileFormat.DESKTOP:
            mobile = take_out(stack.enter_context(store.vault().unlock(vault_password)), status)
            stack.callback(mobile.wipe)
        made = _make(kind, snapshot, mobile, password, now or datetime.now(UTC))
        # Inside the block: the comparison needs the secrets that its end wipes.
        save(path, made.data, lambda data: _verify(data, password, made.check), replace=replace)
    left = status.entries and not made.keys
    return ExportResult(
        path=path,
        format=kind,
        size=len(made.data),
        identities=made.identities,
        accounts=made.accounts,
        addresses=made.addresses,
        weak=kind is not FileFormat.OWN,
        keys=made.keys,
        warnings=(*made.warnings, *((VAULT_LEFT_OUT,) if left else ())),
    )


def _refuse_wrong_side(kind: FileFormat, snapshot: WalletSnapshot, *, keys: bool) -> None:
    of_ledger = bool(snapshot.identities or snapshot.accounts)
    of_evm = not snapshot.evm.empty
    if not (of_ledger or keys or snapshot.address_book or (of_evm and kind is FileFormat.OWN)):
        raise InputError("the wallet is empty: there is nothing to export", "recover or import something first")
    if kind is FileFormat.DESKTOP and keys and not of_ledger:
        raise mobile_as_desktop()
    if kind.platform is not None and not keys:
        raise ledger_as_mobile()


def _make(
    kind: FileFormat, snapshot: WalletSnapshot, mobile: MobileExport | None, password: SecretBytes, now: datetime
) -> _Made:
    randomness = Randomness(secrets.token_bytes(32), secrets.token_bytes(16))
    if kind is FileFormat.DESKTOP:
        return _desktop(snapshot, password, randomness, now)
    if kind.platform is None:
        return _own(snapshot, mobile, password, randomness, now)
    if mobile is None:
        raise InputError(
            "a Mobile Wallet file holds private keys, and they are in the vault", "give the vault's password too"
        )
    return _mobile(kind.platform, snapshot, mobile, password, randomness)


def _own(
    snapshot: WalletSnapshot, mobile: MobileExport | None, password: SecretBytes, randomness: Randomness, now: datetime
) -> _Made:
    secret = None if mobile is None else pack_mobile(mobile)
    content = WalletContent(snapshot, now.isoformat(timespec="seconds"), secret)
    try:
        data = own_file(content, password, randomness)
    finally:
        if secret is not None:
            secret.wipe()
    return _Made(
        data,
        lambda file: file.own is not None and file.own.snapshot == snapshot,
        len(snapshot.identities) + (0 if mobile is None else len(mobile.identities)),
        len(snapshot.accounts) + len(snapshot.evm.accounts) + (0 if mobile is None else len(mobile.accounts)),
        len(snapshot.address_book),
        keys=mobile is not None,
    )


def _desktop(snapshot: WalletSnapshot, password: SecretBytes, randomness: Randomness, now: datetime) -> _Made:
    export = to_desktop(snapshot, now.strftime("%Y%m"))
    bare = replace(export, notes=())
    return _Made(
        desktop_file(export, password, randomness),
        lambda file: file.desktop is not None and replace(file.desktop, notes=(), release=bare.release) == bare,
        len(export.identities),
        len(export.accounts),
        len(export.address_book),
        warnings=export.notes,
    )


def _mobile(
    platform: MobilePlatform,
    snapshot: WalletSnapshot,
    mobile: MobileExport,
    password: SecretBytes,
    randomness: Randomness,
) -> _Made:
    """The vault's content under the names that the address book gives, with the address book as recipients."""
    book = {row.address: row.name for row in snapshot.address_book}
    export = renamed(
        replace(mobile, environment=mobile.environment or environment_of(snapshot.genesis_hash)),
        identities={},
        accounts=book,
        recipients=tuple(MobileRecipient(name, address) for address, name in book.items()),
    )
    return _Made(
        mobile_file(export, platform, password, randomness),
        lambda file: file.mobile is not None and _names(file.mobile) == _names(export),
        len(export.identities),
        len(export.accounts),
        len(export.recipients),
        keys=True,
        warnings=_ledger_left_out(snapshot),
    )


def _ledger_left_out(snapshot: WalletSnapshot) -> tuple[str, ...]:
    count = len(snapshot.accounts) + len(snapshot.evm.accounts)
    return (f"{count} accounts of a Ledger are not in this file: a Mobile Wallet cannot use them",) if count else ()


def _names(export: MobileExport) -> object:
    return (
        export.environment,
        export.recipients,
        [(row.id_cred_pub, row.name, row.body) for row in export.identities],
        [(row.address, row.name, row.body) for row in export.accounts],
    )


def _verify(data: bytes, password: SecretBytes, check: Callable[[OpenedFile], bool]) -> None:
    file = open_file(data, password)
    try:
        if not check(file):
            raise StorageError(
                "the export was read back, and its content was not the wallet's",
                "nothing was saved; try another folder or disk, and report this if it happens again",
            )
    finally:
        file.wipe()
