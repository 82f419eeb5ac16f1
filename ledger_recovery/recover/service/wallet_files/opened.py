"""A file of any kind, opened with its password and put into the wallet's own rows; its secrets stay apart.

The environment that a Mobile Wallet file names stands for a network only where the network is known by that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chain.connect import known_genesis
from ledger_recovery.files.content import WalletContent
from ledger_recovery.files.from_desktop import from_desktop
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.mobile import ENVIRONMENTS, MobileExport
from ledger_recovery.files.mobile_read import read_mobile
from ledger_recovery.files.reading import open_file
from ledger_recovery.files.write import read_bounded
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.model import AddressBookRow, WalletSnapshot

_EMPTY = WalletContent(WalletSnapshot())


@dataclass(frozen=True, slots=True)
class FileContent:
    """`kind`: own, desktop or mobile. `rows`: what can enter the wallet; `mobile`: what can enter its vault only."""

    sentence: str
    kind: str
    rows: ImportedWallet
    mobile: MobileExport | None = None
    made_at: str | None = None

    @property
    def mobile_addresses(self) -> tuple[str, ...]:
        return () if self.mobile is None else tuple(account.address for account in self.mobile.accounts)


@contextmanager
def opened(path: Path, password: SecretBytes) -> Iterator[FileContent]:
    """What a file holds; its secrets are wiped at the end of the block.

    :raises InputError: it cannot be read (NotOurFile, NewerVersion, DamagedFile).
    :raises WrongPassword: the password does not open it.
    """
    file = open_file(read_bounded(path), password)
    content: FileContent | None = None
    try:
        if file.desktop is not None:
            content = FileContent(file.sentence, "desktop", from_desktop(file.desktop))
        elif file.mobile is not None:
            content = FileContent(file.sentence, "mobile", from_mobile(file.mobile), file.mobile)
        else:
            content = _own(file.sentence, file.own or _EMPTY)
        yield content
    finally:
        file.wipe()
        if content is not None and content.mobile is not None:
            content.mobile.wipe()


def from_mobile(export: MobileExport) -> ImportedWallet:
    """The network and the recipients of a Mobile Wallet file; its accounts are no rows of a Ledger wallet."""
    genesis = None if export.environment is None else known_genesis(export.environment)
    return ImportedWallet(
        genesis_hash=None if genesis is None else genesis.hex(),
        address_book=tuple(AddressBookRow(row.address, row.name) for row in export.recipients),
        notes=export.notes,
    )


def environment_of(genesis_hash: str | None) -> str | None:
    """What the Mobile Wallets call the network with this genesis block (64 hex), None for one that is not known."""
    known = ((name, known_genesis(name)) for name in ENVIRONMENTS)
    return next((name for name, hash_ in known if hash_ is not None and hash_.hex() == genesis_hash), None)


def from_content(content: WalletContent) -> ImportedWallet:
    """The rows of our own export."""
    snapshot = content.snapshot
    return ImportedWallet(
        genesis_hash=snapshot.genesis_hash,
        wallets=snapshot.wallets,
        identities=snapshot.identities,
        accounts=snapshot.accounts,
        credentials=snapshot.credentials,
        external_credentials=snapshot.external_credentials,
        address_book=snapshot.address_book,
        evm=snapshot.evm,
    )


def _own(sentence: str, content: WalletContent) -> FileContent:
    mobile = None if content.secret is None else read_mobile(content.secret.reveal())
    return FileContent(sentence, "own", from_content(content), mobile, content.made_at)
