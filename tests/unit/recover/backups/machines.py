"""Computers of a person in the backup tests: each with a wallet, keys and a clock of its own, all with one Box."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger_recovery.backup.machine_keys import MachineKeyStore
from ledger_recovery.backup.pairing import PairingOffer
from ledger_recovery.backup.words import parse_words
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupDeps, BackupStatus
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files import add_address
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupState
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from tests.support.memory_box import MemoryBox
from tests.unit.wallet.rows import address

SOON = 10.0


class MemoryKeyring:
    """A keyring that keeps its promises."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@dataclass
class Machine:
    """One computer. `clock` moves only when a test moves it; `slept` is what `watch` waited."""

    folder: Path
    box: MemoryBox
    clock: datetime = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
    keyring: MemoryKeyring = field(default_factory=MemoryKeyring)
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] = lambda: None

    @property
    def settings(self) -> Settings:
        return Settings(wallet=self.folder / "wallet.db", state_dir=self.folder / "state")

    @property
    def deps(self) -> BackupDeps:
        return BackupDeps(
            open_client=self.box.client,
            pairing=self.box,
            keys=lambda settings: MachineKeyStore(settings.state_dir, self.keyring),
            now=lambda: self.clock,
            new_secret=lambda: SecretBytes(secrets.token_bytes(32)),
            new_ref=lambda: secrets.token_hex(8),
            sleep=self._sleep,
            chance=lambda: 1.0,
        )

    async def pair(self) -> None:
        offer = PairingOffer("https://box.test:8519", self.box.pin, b"t" * 16, 2**40, self.box.name)
        await backups.pair(self.settings, offer, deps=self.deps)

    async def enable(self) -> SecretBytes:
        """Pair and switch on; the words as a person would type them again."""
        await self.pair()
        with backups.prepare_enable(self.settings, deps=self.deps) as new:
            await backups.enable(self.settings, new, deps=self.deps)
            return parse_words(" ".join(new.words))

    def change(self, number: int) -> None:
        """Add an address book entry."""
        add_address(self.settings, address(number), f"entry {number}", None)

    async def flush(self) -> BackupStatus:
        return await backups.flush(self.settings, deadline=SOON, deps=self.deps)

    async def restore(self, secret: SecretBytes, *, accept_older: bool = False) -> backups.RestoreResult:
        return await backups.restore(self.settings, secret, accept_older=accept_older, deps=self.deps)

    def later(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)

    def state(self) -> BackupState:
        with WalletStore.open(self.settings.wallet) as store:
            return store.backups().state()

    def snapshot(self) -> WalletSnapshot:
        with WalletStore.open(self.settings.wallet) as store:
            return store.snapshot()

    def entries(self) -> set[str]:
        return {row.name for row in self.snapshot().address_book}

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.later(seconds)
        self.on_sleep()
        self.on_sleep()


def new_machine(folder: Path, box: MemoryBox, empty_wallet: Path | None) -> Machine:
    """A computer with an empty wallet, or with none."""
    folder.mkdir()
    if empty_wallet is not None:
        shutil.copy(empty_wallet, folder / "wallet.db")
    return Machine(folder, box)
