"""The migrations make what the tables say; an older file is brought on as a whole, a newer one left alone."""

from __future__ import annotations

import re
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet import migrate
from ledger_recovery.wallet.backup_model import BackupCounts, BackupState, Saved
from ledger_recovery.wallet.engine import reading, wallet_engine, writing
from ledger_recovery.wallet.evm_model import EvmSnapshot
from ledger_recovery.wallet.lock import exclusive
from ledger_recovery.wallet.schema import Base
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.writer import ChangeWriter
from tests.unit.wallet import evm_rows, rows

NEXT_REVISION = '''
"""Only for this test."""
import sqlalchemy as sa
from alembic import op
revision = "0006"
down_revision = "0005"
def upgrade():
    op.add_column("accounts", sa.Column("colour", sa.Text()))
    with op.batch_alter_table("identities") as table:
        table.add_column(sa.Column("shape", sa.Text()))
        table.create_check_constraint("shape_short", "length(shape) < 9")
    {last}
'''

REBUILD = """
    for name in ("backup_link", "backup_pending", "address_book"):
        with op.batch_alter_table(name, recreate="always"):
            pass
"""


def definitions(path_or_memory: sqlite3.Connection) -> dict[str, list[str]]:
    """Every table and index with the lines of its definition, whose order says nothing."""
    found = path_or_memory.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")
    return {name: sorted(line.strip(" ,\t") for line in sql.splitlines()) for name, sql in found}


def test_the_migrations_make_what_the_tables_say(wallet_path: Path) -> None:
    memory = create_engine("sqlite://")
    with memory.begin() as connection:
        Base.metadata.create_all(connection)
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        expected = definitions(raw)
    memory.dispose()
    migrated = sqlite3.connect(wallet_path)
    found = definitions(migrated)
    migrated.close()
    found.pop("alembic_version")
    assert found == expected


def test_alembic_sees_no_difference(wallet_path: Path) -> None:
    engine = wallet_engine(wallet_path)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(migrate.configuration()).get_heads() == [migrate.HEAD]


def set_version(path: Path, statement: str) -> bytes:
    raw = sqlite3.connect(path)
    raw.execute(statement)
    raw.commit()
    raw.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE alembic_version SET version_num = '0042'", "newer version"),
        ("DELETE FROM alembic_version", "does not say"),
        ("DROP TABLE alembic_version", "does not say"),
    ],
)
def test_a_file_of_an_unknown_version_is_refused_and_left_as_it_is(
    wallet_path: Path, statement: str, sentence: str
) -> None:
    before = set_version(wallet_path, statement)
    with pytest.raises(StorageError, match=sentence) as caught:
        WalletStore.open(wallet_path)
    assert caught.value.hint
    assert wallet_path.read_bytes() == before


def pretend_next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str = "") -> None:
    """A program of tomorrow: the real migrations and one more."""
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).with_name("migrations"), scripts)
    (scripts / "versions" / "r0006_next.py").write_text(NEXT_REVISION.format(last=last))

    def configuration() -> Config:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        return config

    monkeypatch.setattr(migrate, "configuration", configuration)
    monkeypatch.setattr(migrate, "HEAD", "0006")


@pytest.fixture(name="older")
def _older(wallet_path: Path) -> Path:
    with WalletStore.open(wallet_path) as store:
        store.apply(rows.EVERYTHING)
    return wallet_path


def test_an_older_file_is_brought_on_with_all_it_holds(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WalletStore.open(older) as store:
        before = store.snapshot()
    pretend_next_version(tmp_path, monkeypatch)
    for _ in range(2):
        with WalletStore.open(older) as store:
            assert store.snapshot() == before
            assert store.integrity_check() == ()
            with reading(store._engine) as connection:
                assert migrate.revision(connection) == "0006"


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ('op.execute("INSERT INTO nowhere VALUES (1)")', "database reports"),
        ('op.execute("DELETE FROM wallets")', "cannot be brought"),
    ],
    ids=["fails at its last step", "leaves references to missing rows"],
)
def test_a_migration_that_fails_leaves_the_file_as_it_was(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, sentence: str
) -> None:
    before = older.read_bytes()
    with monkeypatch.context() as patch:
        pretend_next_version(tmp_path, patch, last)
        with pytest.raises(StorageError, match=sentence):
            WalletStore.open(older)
    assert older.read_bytes() == before
    with WalletStore.open(older) as store:
        assert store.apply(rows.EVERYTHING) == 0


def step_back(path: Path, revision: str, tables: tuple[str, ...]) -> None:
    """Make the file what a program of that revision wrote: without these tables, and without triggers."""
    raw = sqlite3.connect(path)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    for table in tables:
        raw.execute(f"DROP TABLE {table}")
    if revision in ("0003", "0004"):
        raw.execute("ALTER TABLE backup_saved DROP COLUMN evm_accounts")
    raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    raw.commit()
    raw.close()


SINCE_BACKUPS = tuple(
    table.name
    for table in reversed(Base.metadata.sorted_tables)
    if table.name in ("dids", "peers") or table.name.startswith("backup_")
)
"""The tables of revision 0003, in an order in which they can be dropped."""


SINCE_EVM = tuple(table.name for table in reversed(Base.metadata.sorted_tables) if table.name.startswith("evm_"))
"""Those of revision 0004."""


def test_a_wallet_of_the_first_version_gets_a_place_for_secrets(wallet_path: Path) -> None:
    """Revision 0001 is what the program wrote before it had a vault."""
    step_back(wallet_path, "0001", ("vault", "vault_items", *SINCE_BACKUPS, *SINCE_EVM))
    fill_without_vault(wallet_path)
    with WalletStore.open(wallet_path) as store:
        assert store.apply(rows.EVERYTHING) == 0
        assert not store.vault().status().exists
        assert store.integrity_check() == ()
        with reading(store._engine) as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_wallet_from_before_backups_gets_a_place_for_them(older: Path) -> None:
    """Revision 0002 knew no backups, DIDs or peers."""
    step_back(older, "0002", (*SINCE_BACKUPS, *SINCE_EVM))
    with WalletStore.open(older) as store:
        assert store.apply(rows.EVERYTHING) == 0
        assert store.backups().state() == BackupState()
        with reading(store._engine) as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        store.backups().link(rows.LINK)
        store.remove_address(rows.BOOK_ENTRY.address)
        pending = store.backups().state().pending
        assert pending is not None and pending.why == "backups enabled, address book"


def test_a_wallet_from_before_evm_accounts_gets_a_place_for_them(older: Path) -> None:
    step_back(older, "0003", SINCE_EVM)
    with WalletStore.open(older) as store:
        assert store.apply(rows.EVERYTHING) == 0 and store.evm() == EvmSnapshot()
        with reading(store._engine) as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        store.backups().link(rows.LINK)
        assert store.apply(evm_rows.EVERYTHING) == len(evm_rows.EVERYTHING)
        pending = store.backups().state().pending
        assert pending is not None
        assert pending.why == "backups enabled, EVM addresses, derivation paths, contract wallets"


def test_what_was_saved_before_evm_accounts_were_counted_stays(older: Path) -> None:
    saved = Saved(3, "ab" * 32, "2026-11-22T10:00:00Z", BackupCounts(1, 2, 3, 4, 5, 6))
    with WalletStore.open(older) as store:
        store.backups().link(rows.LINK)
        store.backups().saved(saved, 1)
    step_back(older, "0004", ())
    with WalletStore.open(older) as store:
        assert store.backups().state().saved == saved
        with reading(store._engine) as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        newer = replace(saved, generation=4, holds=replace(saved.holds, evm_accounts=7))
        store.backups().saved(newer, 1)
        assert store.backups().state().saved == newer
        store.backups().unlink()
        assert store.backups().state().saved is None


def triggers_of(path: Path) -> list[tuple[str, str]]:
    raw = sqlite3.connect(path)
    found = raw.execute("SELECT tbl_name, lower(sql) FROM sqlite_master WHERE type = 'trigger'").fetchall()
    raw.close()
    return sorted((table, re.findall(r"after (insert|update|delete) on", sql)[0]) for table, sql in found)


NOT_BACKED_UP = {
    "account_facts": "the chain tells them again",
    "evm_sightings": "the chains tell them again",
    "evm_holdings": "the chains tell them again",
    "alembic_version": "belongs to the file, not to the person",
    **dict.fromkeys(SINCE_BACKUPS, "belongs to this machine's backups"),
}
del NOT_BACKED_UP["dids"], NOT_BACKED_UP["peers"]


def test_every_table_is_backed_up_or_there_is_a_reason_why_not(wallet_path: Path) -> None:
    raw = sqlite3.connect(wallet_path)
    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    raw.close()
    assert triggers_of(wallet_path) == sorted(
        (table, event) for table in tables - set(NOT_BACKED_UP) for event in ("insert", "update", "delete")
    )


def test_a_migration_that_rebuilds_tables_loses_no_trigger(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = triggers_of(older)
    with WalletStore.open(older) as store:
        store.backups().link(rows.LINK)
    pretend_next_version(tmp_path, monkeypatch, REBUILD)
    with WalletStore.open(older) as store:
        first = store.backups().state().pending
        store.remove_address(rows.BOOK_ENTRY.address)
        second = store.backups().state().pending
    assert triggers_of(older) == before
    assert first is not None and second is not None
    assert (first.changes, second.changes, second.ticket) == (1, 2, first.ticket + 1)


def fill_without_vault(path: Path) -> None:
    engine = wallet_engine(path)
    with writing(engine) as connection:
        writer = ChangeWriter(connection)
        assert all(writer.write(change) for change in rows.EVERYTHING)
    engine.dispose()


def test_a_file_that_another_program_works_on_is_not_migrated(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_next_version(tmp_path, monkeypatch)
    with exclusive(older), pytest.raises(StorageError, match="working on it"):
        WalletStore.open(older)
