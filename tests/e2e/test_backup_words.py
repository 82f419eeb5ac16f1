"""What may be wrong with words or with the Box's backup, told apart by the real program against a real Box.

Each has its own code, exit status and sentence; and whatever it is, nothing is restored.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from ledger_recovery.backup.bundle import open_bundle, seal
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.words import parse_words, words_of
from ledger_recovery.cli.config import platform_directories
from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.backups.machine import certified
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files import add_address
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from tests.support.backups.disk_of_box import DATABASE, blob, rewrite
from tests.support.box_process import box_process
from tests.support.cli_environment import clean
from tests.support.wallet_file_commands import Answer, Commands
from tests.unit.wallet.rows import address

AT = "2026-11-22T10:00:00Z"


@dataclass
class Kept:
    """Two generations on the Box, of a wallet that saw both. `words`: theirs."""

    box: Path
    wallet: Path
    words: str

    @property
    def newest(self) -> tuple[int, str]:
        """Number and digest."""
        return self.rows()[-1][:2]

    def rows(self) -> list[tuple[int, str, int]]:
        with closing(sqlite3.connect(self.box / DATABASE)) as db:
            return db.execute("SELECT generation, digest, size FROM generations ORDER BY generation").fetchall()

    def replace(self, data: bytes) -> None:
        """The Box's keeper puts another bundle in the place of the newest, and does it properly."""
        number, _ = self.newest
        digest = sha256(data).hexdigest()
        blob(self.box, digest).parent.mkdir(exist_ok=True)
        blob(self.box, digest).write_bytes(data)
        change = "UPDATE generations SET digest = ?, size = ? WHERE generation = ?"
        rewrite(self.box, change, digest, len(data), number)

    def restore(self, capsys: pytest.CaptureFixture[str], words: str, how: str = "--yes") -> Answer:
        """By the program."""
        command = ("backup", "restore", how, "--words-fd", "FD")
        return Commands(capsys, self.wallet).run(*command, lines=f"{words}\n")


@pytest.fixture(scope="module", name="saved")
def _saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The Box runs as long as the tests of this file do; the environment is that of its person."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as monkeypatch, box_process(folder / "box") as box:
        clean(monkeypatch, folder)
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        settings = Settings(wallet=folder / "wallet.sqlite", state_dir=platform_directories().state)
        yield Kept(folder / "box", settings.wallet, asyncio.run(_enabled(settings, box.ready["link"])))


async def _enabled(settings: Settings, link: str) -> str:
    add_address(settings, address(1), "Alice", None)
    await backups.pair(settings, backups.read_offer(link))
    with backups.prepare_enable(settings) as new:
        words = " ".join(new.words)
        await backups.enable(settings, new)
    add_address(settings, address(2), "Bob", None)
    assert (await backups.flush(settings, deadline=30.0)).kind is BackupKind.SAVED
    return words


@pytest.fixture
def kept(saved: Kept) -> Iterator[Kept]:
    """The Box as it was before the test, afterwards too."""
    data = {digest: blob(saved.box, digest).read_bytes() for _, digest, _ in saved.rows()}
    with closing(sqlite3.connect(saved.box / DATABASE)) as db:
        rows = db.execute("SELECT * FROM generations").fetchall()
    yield saved
    for digest, content in data.items():
        blob(saved.box, digest).write_bytes(content)
    with closing(sqlite3.connect(saved.box / DATABASE)) as db, db:
        db.execute("DELETE FROM generations")
        places = ", ".join("?" * len(rows[0]))
        db.executemany(f"INSERT INTO generations VALUES ({places})", rows)  # noqa: S608  # question marks


def misspelt(kept: Kept) -> str:
    return " ".join(["legall", *kept.words.split()[1:]])


def too_few(kept: Kept) -> str:
    return " ".join(kept.words.split()[:-1])


def of_nobody(kept: Kept) -> str:
    return " ".join(words_of(SecretBytes(secrets.token_bytes(32))))


def damaged(kept: Kept) -> str:
    path = blob(kept.box, kept.newest[1])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return kept.words


def cut(kept: Kept) -> str:
    kept.replace(blob(kept.box, kept.newest[1]).read_bytes()[:-100])
    return kept.words


def forged(kept: Kept) -> str:
    """A good bundle with the wallet's content, of an owner key that the Box's keeper drew."""
    data = blob(kept.box, kept.newest[1]).read_bytes()
    with owner_keys(parse_words(kept.words)) as real, owner_keys(SecretBytes(secrets.token_bytes(32))) as forger:
        content = open_bundle(data, real).content
        forger.backup_id, recipient = real.backup_id, real.age_recipient
        with certified(forger, SecretBytes(secrets.token_bytes(32)), AT) as machine:
            assert machine.certificate is not None and machine.upload is not None
            made = seal(
                content,
                recipient=recipient,
                certificate=machine.certificate,
                upload_key=machine.upload,
                generation=kept.newest[0],
                previous="",
                created=AT,
            )
    kept.replace(made)
    return kept.words


def old(kept: Kept) -> str:
    rewrite(kept.box, "DELETE FROM generations WHERE generation = ?", kept.newest[0])
    return kept.words


CASES: dict[str, tuple[Callable[[Kept], str], ExitStatus, str, str]] = {
    "a word that is none": (misspelt, ExitStatus.USAGE, "not-words", "word 1"),
    "a word too few": (too_few, ExitStatus.USAGE, "not-words", "23"),
    "words without a backup here": (of_nobody, ExitStatus.USAGE, "no-such-backup", "no backup for these words"),
    "damaged": (damaged, ExitStatus.USAGE, "damaged-file", "is damaged: what the Box sent"),
    "cut off": (cut, ExitStatus.USAGE, "damaged-file", "is cut off"),
    "not signed by its owner": (forged, ExitStatus.CONTRADICTION, "not-signed-by-owner", "forged"),
    "older than what was seen": (old, ExitStatus.CONTRADICTION, "rolled-back", "has already seen generation 2"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_told_apart(kept: Kept, capsys: pytest.CaptureFixture[str], case: str) -> None:
    prepare, status, code, sentence = CASES[case]
    before = held(kept.wallet)
    answer = kept.restore(capsys, prepare(kept))
    assert (answer.status, answer.error["code"]) == (status, code), answer.error
    assert sentence in answer.error["sentence"]
    assert answer.error["hint"], "what to do next"
    assert held(kept.wallet) == before


def test_nothing_is_wrong_with_the_right_words(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """The same steps, so that the cases above fail for their own reason."""
    answer = kept.restore(capsys, kept.words, "--dry-run")
    assert (answer.status, answer.result["plan"]["generation"]) == (0, 2)


def held(wallet: Path) -> tuple[object, ...]:
    with WalletStore.open(wallet) as store:
        taken = store.backups().take()
    return taken.snapshot, taken.vault, taken.dids, taken.peers, taken.state
