"""A person's computer in tests of backups over real TLS: a wallet, keys and a clock of its own, and the real client."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ledger_recovery.backup.client import BoxClient, ClientTiming
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.machine_keys import MachineKeyStore
from ledger_recovery.backup.words import parse_words
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupDeps, BackupStatus
from ledger_recovery.recover.service.backups.deps import BoxPort
from ledger_recovery.recover.service.backups.opening import open_backup
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files import add_address
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupState, BoxPairing
from ledger_recovery.wallet.store import WalletStore
from tests.unit.wallet.rows import address

QUICK = ClientTiming(connect=10, silence=10, short=20, long=20, attempts=1, first_wait=0, longest_wait=0)
"""One try: a Box that died is gone."""

DEADLINE = 30.0
START = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class FolderKeyring:
    """A keyring that keeps its promises, in files: a killed program's is still there."""

    folder: Path

    def get_password(self, service: str, username: str) -> str | None:
        path = self.folder / username
        return path.read_text(encoding="utf-8") if path.exists() else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / username).write_text(password, encoding="utf-8")

    def delete_password(self, service: str, username: str) -> None:
        (self.folder / username).unlink()


@dataclass
class Computer:
    """All of it lies in one folder, so that it can be copied. An hour passes between any two uses of its clock."""

    folder: Path
    timing: ClientTiming = QUICK
    clock: datetime = START

    @property
    def settings(self) -> Settings:
        return Settings(wallet=self.folder / "wallet.sqlite", state_dir=self.folder / "state")

    @property
    def deps(self) -> BackupDeps:
        return replace(
            backups.real_backup_deps(),
            open_client=self._open,
            keys=lambda settings: MachineKeyStore(settings.state_dir, FolderKeyring(self.folder / "keyring")),
            now=self._now,
            chance=lambda: 0.0,
        )

    async def pair(self, link: str) -> BoxPairing:
        return await backups.pair(self.settings, backups.read_offer(link), deps=self.deps)

    async def enable(self) -> SecretBytes:
        """Switch backups on; the words as a person would type them again."""
        with backups.prepare_enable(self.settings, deps=self.deps) as new:
            words = " ".join(new.words)
            await backups.enable(self.settings, new, deps=self.deps)
        return parse_words(words)

    def change(self, number: int) -> None:
        """Add an address book entry."""
        add_address(self.settings, address(number), entry(number), None)

    async def flush(self) -> BackupStatus:
        return await backups.flush(self.settings, deadline=DEADLINE, deps=self.deps)

    async def restore(self, secret: SecretBytes, *, accept_older: bool = False) -> backups.RestoreResult:
        return await backups.restore(self.settings, secret, accept_older=accept_older, deps=self.deps)

    def state(self) -> BackupState:
        with WalletStore.open(self.settings.wallet) as store:
            return store.backups().state()

    def entries(self) -> frozenset[str]:
        """Names in the address book."""
        with WalletStore.open(self.settings.wallet) as store:
            return frozenset(row.name for row in store.snapshot().address_book)

    async def on_box(self, secret: SecretBytes) -> Newest:
        """The newest backup of the Box, opened with the words as a restore opens it."""
        state = self.state()
        with owner_keys(secret) as keys:
            opened = await open_backup(self.settings, state, None, keys, self.deps)
        book = opened.bundle.content.wallet.snapshot.address_book
        return Newest(opened.bundle.header.generation, opened.bundle.digest, frozenset(row.name for row in book))

    def everything(self) -> list[str]:
        """All rows of the wallet, its account of backups left out: that one follows the Box's answers."""
        with closing(sqlite3.connect(self.settings.wallet)) as db:
            return sorted(line for line in db.iterdump() if 'INTO "backup_' not in line)

    def moved(self, url: str) -> None:
        """The paired Box answers at another address now."""
        with WalletStore.open(self.settings.wallet) as store:
            box = store.backups().state().box
            assert box is not None
            store.backups().pair(replace(box, url=url))

    def copy(self, folder: Path) -> Computer:
        """Another computer with the same files."""
        shutil.copytree(self.folder, folder)
        return Computer(folder, self.timing, self.clock)

    def _open(self, pairing: BoxPairing, key: SecretBytes) -> AbstractAsyncContextManager[BoxPort]:
        return BoxClient(pairing, key, timing=self.timing)

    def _now(self) -> datetime:
        self.clock += HOUR
        return self.clock


@dataclass(frozen=True)
class Newest:
    """What the Box's newest backup holds."""

    generation: int
    digest: str
    entries: frozenset[str]


def entry(number: int) -> str:
    """Name of the address book entry that `change` adds."""
    return f"entry {number}"


def new_computer(folder: Path) -> Computer:
    """With an empty wallet."""
    folder.mkdir(parents=True)
    (folder / "wallet.sqlite").write_bytes(_empty_wallet())
    return Computer(folder)


def bare_computer(folder: Path) -> Computer:
    """Without a wallet."""
    folder.mkdir(parents=True)
    return Computer(folder)


@cache
def _empty_wallet() -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "wallet.sqlite"
        WalletStore.create(path).close()
        return path.read_bytes()
