"""Alembic's entry: run the migrations on the connection, and in the transaction, of the caller."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from ledger_recovery.wallet.schema import Base


def run() -> None:
    connection = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError("the migrations run on a connection that the caller passes")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()


run()
