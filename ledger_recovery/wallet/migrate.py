"""Bring a wallet file to the newest schema, by the packaged Alembic migrations, in one transaction.

A file of a newer program is refused, never guessed at. Alembic is imported only when there is something to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from ledger_recovery.errors import StorageError
from ledger_recovery.wallet.backup_triggers import drop_triggers, make_triggers
from ledger_recovery.wallet.engine import reference_problems, wallet_engine, writing

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0005"
"""The newest revision of `migrations/versions`; a test compares."""


def configuration() -> Config:
    """Alembic's settings, without any file beside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", f"{__package__}:migrations")
    return config


def revision(connection: Connection) -> str | None:
    """The revision that the file says it has; None when it says none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the caller's transaction, and make the triggers of the newest schema."""
    from alembic import command

    config = configuration()
    config.attributes["connection"] = connection
    drop_triggers(connection)
    command.upgrade(config, "head")
    make_triggers(connection)


def check_known(found: str | None, path: Path) -> None:
    """Refuse a revision that none of our migrations leads on from.

    :raises StorageError: no revision, or one of a newer program.
    """
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if found is None:
        raise StorageError(
            f"wallet {path}: it does not say which version of the program made it; it was not changed",
            "restore the wallet from a backup, or give another --wallet file",
        )
    if found not in known:
        raise StorageError(
            f"wallet {path}: a newer version of this program made it (schema {found[:40]}, known up to {HEAD}); "
            "it was not changed",
            "update ledger-recovery, or give another --wallet file",
        )


def upgrade_file(path: Path) -> None:
    """Migrate the file at `path`; on any error it stays as it was.

    :raises StorageError: the migrated file would hold references to missing rows.
    """
    # SQLite rebuilds a table by dropping the old one, which foreign keys would forbid; they are checked at the end.
    engine = wallet_engine(path, foreign_keys=False)
    try:
        with writing(engine) as connection:
            upgrade(connection)
            problems = reference_problems(connection)
            if problems:
                raise StorageError(
                    f"wallet {path}: it cannot be brought to the schema of this version: {problems[0]}",
                    "keep a copy of the file and report it; the file was not changed",
                )
    finally:
        engine.dispose()
