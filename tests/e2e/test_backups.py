"""Backups as a person has them: the program and the Box as real processes, words from the first screen to the last.

Enable, change, upload, wipe, pair, restore, compare; and while all that runs, nothing secret is to be seen anywhere.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger_recovery.box import admin
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.vault_model import VaultCost
from tests.support.backups.planted import Planted
from tests.support.backups.programs import ARGUMENTS, ENVIRONMENT, Programs, Ran, Watch
from tests.support.backups.tls_recorder import TlsRecorder
from tests.support.box_process import BoxProcess, box_process
from tests.support.cli_environment import clean
from tests.support.wallet_file_commands import Commands, sample
from tests.unit.cli.backup_world import PEER
from tests.unit.wallet.rows import address

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to look into processes")
CHEAP = VaultCost(memory_kib=64, iterations=1, lanes=1)
FILLED = (
    "identities",
    "accounts",
    "credentials",
    "external_credentials",
    "address_book",
    "vault_items",
    "dids",
    "peers",
)
WORDS = (
    "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner "
)
WORDS += "thank year wave sausage worth title"


@dataclass
class House:
    """One person's computers, the Box, and what stands between."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    box: BoxProcess
    line: TlsRecorder
    programs: Programs

    @property
    def box_folder(self) -> Path:
        return self.folder / "box"

    def computer(self, name: str) -> Commands:
        """A wallet of its own, paired with the Box. What needs no words runs within the test."""
        cli = Commands(self.capsys, self.folder / name / "wallet.sqlite")
        assert cli.run("peer", "add", f"of {name}", PEER).status == 0
        link = self.line.link(admin.offer(self.box_folder).link)
        assert cli.run("box", "pair", "--offer-fd", "FD", lines=f"{link}\n").status == 0
        return cli

    def run(self, cli: Commands, *words: str, given: str | None = None) -> Ran:
        """As a process, which must succeed."""
        ran, _ = self.programs.run(*words, "--wallet", str(cli.wallet), given=given)
        assert ran.status == 0, ran.stderr
        return ran

    def new_words(self, cli: Commands, *words: str, given: str | None = None) -> str:
        """As a process that makes new words."""
        ran, made = self.programs.run(*words, "--wallet", str(cli.wallet), given=given, new_words=True)
        assert (ran.status, len(made.split())) == (0, 24), ran.stderr
        return made

    def machine_keys(self) -> list[Path]:
        return list(self.folder.rglob("machine-keys/*.json"))


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    clean(monkeypatch, tmp_path)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with box_process(tmp_path / "box") as box, TlsRecorder(tmp_path / "box", box.port) as line:
        yield House(tmp_path, capsys, box, line, Programs(Watch([tmp_path]), dict(os.environ)))


def held(wallet: Path) -> tuple[object, ...]:
    """Everything in a wallet but what it knows about its Box: values, and how many rows each table has."""
    with WalletStore.open(wallet) as store:
        taken = store.backups().take()
    return taken.snapshot, taken.vault, taken.dids, taken.peers, row_counts(wallet)


def row_counts(wallet: Path) -> dict[str, int]:
    with closing(sqlite3.connect(wallet)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        counts = {name: int(db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608
    return {name: count for name, count in counts.items() if not name.startswith("backup_")}


def test_from_the_first_words_to_the_last_nothing_is_lost_and_nothing_leaks(house: House) -> None:
    first = house.computer("first")
    assert first.opened("import", sample("desktop-export.json"), "--yes").status == 0
    fill_vault(first.wallet)
    words = house.new_words(first, "backup", "enable")
    added = house.run(first, "address-book", "add", address(1), "Alice", "--note", "rent")
    assert added.stderr.startswith("backup: saved"), added.stderr
    did = house.run(first, "did", "create", "work").result["did"]["did"]
    drilled = house.run(first, "backup", "drill", "--words-fd", "FD", given=f"{words}\n")
    assert drilled.result["equal"], drilled.stdout
    lost = held(first.wallet)
    counts = row_counts(first.wallet)
    assert all(counts[table] for table in FILLED), counts

    reset = house.run(first, "factory-reset", "--confirm", "erase", "--no-backup")
    assert reset.result["box_deleted"] is False
    assert (first.wallet.exists(), house.machine_keys()) == (False, [])

    second = Commands(house.capsys, house.folder / "second" / "wallet.sqlite")
    link = house.line.link(admin.offer(house.box_folder).link)
    assert second.run("box", "pair", "--offer-fd", "FD", lines=f"{link}\n").status == 0
    restored = house.run(second, "backup", "restore", "--yes", "--words-fd", "FD", given=f"{words}\n")
    assert restored.result["linked"] is True
    assert restored.result["dids_known"] == [did]
    assert held(second.wallet) == lost

    changed = house.new_words(second, "backup", "rotate", "--delete-old", "--words-fd", "FD", given=f"{words}\n")
    assert changed != words
    house.run(second, "factory-reset", "--on-box", "--confirm", "erase", "--words-fd", "FD", given=f"{changed}\n")
    assert admin_sees(house.box_folder) == 0
    _assert_nothing_leaked(house)


def fill_vault(wallet: Path) -> None:
    with WalletStore.open(wallet) as store:
        with store.vault(CHEAP).open_or_prepare(SecretBytes(b"vault-password")) as vault:
            store.apply(vault.put("mobile identity", "phone", SecretBytes(b"a key")))


def admin_sees(box: Path) -> int:
    """Generations that the Box still has."""
    with closing(sqlite3.connect(box / "box.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM generations").fetchone()[0])


def _assert_nothing_leaked(house: House) -> None:
    watch = house.programs.watch
    watch.text(bytes(house.line.heard), "what the Box was sent")
    watch.text(house.box.stop().encode(), "log of the Box")
    for where, data in tuple(watch.seen.values()):
        if "machine-keys" in where and not Path(where).name.startswith("."):
            record = json.loads(json.loads(data)["line"])
            for name in ("device", "upload"):
                if name in record:
                    watch.planted.key(_decoded(record[name]), f"{name} key of a machine")
    names = set(watch.planted.needles.values())
    assert sum("upload key" in name for name in names) and sum("entropy" in name for name in names) == 2
    seen = watch.places()
    assert {ARGUMENTS, ENVIRONMENT, "stdout", "stderr", "what the Box was sent"} <= seen
    assert any(place.endswith("-wal") for place in seen) and any("backup-outbox" in place for place in seen)
    assert b"/generations/" in house.line.heard, "the uploads went another way"
    found = watch.leaks()
    at_home = {one for one in found if "key of a machine" in one.what and "/machine-keys/" in one.where}
    assert found == at_home
    assert at_home, "the search finds nothing at all: not even what is in the file of keys"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    "text",
    [
        "worth useful legal winner",
        "1. Worth\n2. useful\n3. legal\n4. WINNER",
        '["worth", "useful", "legal", "winner"]',
        "7f" * 32,
        "7F" * 32,
        "f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f38=",
        "\x7f" * 32,
        "P57X6737P57X6737P57X6737P57X6737P57X6737P57X6737P57Q====",
    ],
)
def test_the_search_finds_what_it_looks_for(text: str) -> None:
    planted = Planted()
    planted.words(WORDS, "mine")
    assert [one.where for one in planted.leaks(f"before {text} after".encode(), "here")]
    assert not [*planted.leaks(f"before {text[:12]} after".encode(), "here")]
