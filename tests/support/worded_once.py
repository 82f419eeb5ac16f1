"""SQL worded once for all wallets of a process: tests make and open thousands of short-lived ones.

What SQLite is sent stays the same, call by call; only the work of SQLAlchemy and Alembic to compose the same text again
falls away. Not for tests of the store or of the migrations themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, create_engine, event

from ledger_recovery.wallet import engine as wallet_engines
from ledger_recovery.wallet import migrate


@contextmanager
def worded_once() -> Iterator[None]:
    """For wallets that are made or opened in the block, and in processes forked from within it."""
    with (
        patch.object(wallet_engines, "create_engine", _sharing(create_engine)),
        patch.object(migrate, "upgrade", _repeating(migrate.upgrade)),
    ):
        yield


def _sharing(make: Callable[..., Engine]) -> Callable[..., Engine]:
    """Engines that share what was compiled."""
    first: list[Engine] = []

    def shared(*arguments: Any, **options: Any) -> Engine:
        engine = make(*arguments, **options)
        if first:
            # Compiled statements are found by dialect, so that one has to be the same too.
            engine.dialect = engine.pool._dialect = first[0].dialect
            engine._compiled_cache = first[0]._compiled_cache
        else:
            first.append(engine)
        return engine

    return shared


def _repeating(upgrade: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """Migrations of an empty file that send again what the first of them has sent."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Connection, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    def repeat(connection: Connection) -> None:
        if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
            upgrade(connection)
        elif sent:
            for statement, parameters in sent:
                connection.exec_driver_sql(statement, parameters).close()
        else:
            event.listen(connection, "before_cursor_execute", note)
            try:
                upgrade(connection)
            except BaseException:
                sent.clear()
                raise
            finally:
                event.remove(connection, "before_cursor_execute", note)

    return repeat
