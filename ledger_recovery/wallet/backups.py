"""The wallet's side of its backups: with which Box, under which ID, what is saved, what is waiting, what fails.

Opened by `WalletStore.backups`. It knows no format, key or network. Changes of the wallet are queued by the triggers
(`backup_triggers`); here the queue is read, and shortened by what a Box has confirmed.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, text

from ledger_recovery.wallet.backup_model import BackupLink, BackupState, BoxPairing, Failing, Saved, Seen, Taken
from ledger_recovery.wallet.backup_reader import (
    ONLY,
    read_box,
    read_link,
    read_saved,
    read_seen,
    read_state,
    read_ticket,
)
from ledger_recovery.wallet.backup_triggers import queue_statement
from ledger_recovery.wallet.contacts import read_dids, read_peers
from ledger_recovery.wallet.engine import reading, writing
from ledger_recovery.wallet.failures import storage_failures
from ledger_recovery.wallet.reader import read_snapshot
from ledger_recovery.wallet.schema_backup import (
    BackupBoxTable,
    BackupFailingTable,
    BackupLinkTable,
    BackupPendingTable,
    BackupSavedTable,
    BackupSeenTable,
)
from ledger_recovery.wallet.statements import find, insert_new, put, update_changed
from ledger_recovery.wallet.vault_writer import read_vault

ENABLED = "backups enabled"
OTHER_BOX = "another Box"
NEWER_CHANGES = "changes that the newest backup lacks"
OTHER_CONTENT = "a backup of another copy of this wallet"

MAX_SENTENCE = 1000
MAX_WHY = 40


class BackupRoom:
    """Each method is one transaction; all raise StorageError when the wallet cannot be read or written."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path
        self._engine = engine

    def state(self) -> BackupState:
        with storage_failures(self._path), reading(self._engine) as connection:
            return read_state(connection)

    def take(self) -> Taken:
        """What the next backup is made of, and the queue, all of one moment; nothing is changed."""
        with storage_failures(self._path), reading(self._engine) as connection:
            state = read_state(connection)
            return Taken(
                snapshot=read_snapshot(connection),
                vault=read_vault(connection),
                dids=read_dids(connection),
                peers=read_peers(connection),
                pending=state.pending,
                state=state,
                ticket=read_ticket(connection),
            )

    # --- Box and link -------------------------------------------------------------------------------------------

    def pair(self, box: BoxPairing) -> None:
        """Use this Box from now on, in place of any other; on another Box everything has yet to be saved."""
        with storage_failures(self._path), writing(self._engine) as connection:
            known = read_box(connection)
            put(connection, BackupBoxTable, tuple(ONLY), {**ONLY, **asdict(box)})
            connection.execute(delete(BackupFailingTable))
            if read_link(connection) is not None and (known is None or known.pin != box.pin):
                connection.execute(delete(BackupSavedTable))
                _begin(connection, OTHER_BOX)

    def unpair(self) -> None:
        """Forget the Box. What is queued stays queued."""
        with storage_failures(self._path), writing(self._engine) as connection:
            connection.execute(delete(BackupBoxTable))

    def link(self, link: BackupLink) -> None:
        """Switch backups on, or to another backup ID; the first one is queued at once."""
        with storage_failures(self._path), writing(self._engine) as connection:
            _unlink(connection)
            insert_new(connection, BackupLinkTable, tuple(ONLY), {**ONLY, **asdict(link)})
            _begin(connection, ENABLED)

    def unlink(self) -> None:
        """Switch backups off; only what was seen of each backup ID stays."""
        with storage_failures(self._path), writing(self._engine) as connection:
            _unlink(connection)

    # --- progress -----------------------------------------------------------------------------------------------

    def request(self, why: str) -> bool:
        """Queue a backup though nothing changed; False when backups are off.

        :param why: a short word or two for the status line.
        """
        with storage_failures(self._path), writing(self._engine) as connection:
            if read_link(connection) is None:
                return False
            _queue(connection, why[:MAX_WHY])
            return True

    def saved(self, saved: Saved, ticket: int) -> bool:
        """The Box confirmed a generation, made of what `take` gave with this ticket; what came later stays queued.

        Uploads may end in any order: what counts is what the newest generation holds. What was taken under an earlier
        link or for another Box counts for nothing, and neither does a ticket that this file never gave (it was put
        back from an older copy): False.
        """
        with storage_failures(self._path), writing(self._engine) as connection:
            link, queue = read_link(connection), find(connection, BackupPendingTable, ONLY)
            if link is None or queue is None or ticket < queue.first_ticket:
                return False
            if ticket > queue.ticket:
                _queue(connection, OTHER_CONTENT)
                return False
            _see(connection, link.backup_id, Seen(saved.generation, saved.digest))
            connection.execute(delete(BackupFailingTable))
            known = read_saved(connection)
            if known is None or known.generation <= saved.generation:
                _put_saved(connection, saved)
                _shorten(connection, missing=queue.ticket - ticket, since=saved.at)
            return True

    def saw(self, backup_id: str, seen: Seen) -> bool:
        """Remember the newest generation of a backup ID; whether it is the newest one known now.

        An older one, or one of the same number with another digest, changes nothing.
        """
        with storage_failures(self._path), writing(self._engine) as connection:
            return _see(connection, backup_id, seen)

    def seen(self, backup_id: str) -> Seen | None:
        with storage_failures(self._path), reading(self._engine) as connection:
            return read_seen(connection, backup_id)

    def failed(self, failing: Failing) -> bool:
        """Remember why the newest attempt failed; False when backups are off by now."""
        with storage_failures(self._path), writing(self._engine) as connection:
            if read_link(connection) is None:
                return False
            values = {**ONLY, **asdict(failing), "sentence": failing.sentence[:MAX_SENTENCE]}
            put(connection, BackupFailingTable, tuple(ONLY), values)
            return True


def _unlink(connection: Connection) -> None:
    connection.execute(delete(BackupLinkTable))  # and with it what was saved, and what failed
    update_changed(connection, BackupPendingTable, ONLY, {"since": None, "why": None, "changes": 0})


def _begin(connection: Connection, why: str) -> None:
    """Queue a backup, and let nothing count that was taken before."""
    insert_new(connection, BackupPendingTable, tuple(ONLY), {**ONLY, "changes": 0, "ticket": 0, "first_ticket": 0})
    _queue(connection, why)
    update_changed(connection, BackupPendingTable, ONLY, {"first_ticket": read_ticket(connection)})


def _queue(connection: Connection, why: str) -> None:
    connection.execute(text(queue_statement(":word")), {"word": why})


def _put_saved(connection: Connection, saved: Saved) -> None:
    values = {"generation": saved.generation, "digest": saved.digest, "at": saved.at, **asdict(saved.holds)}
    put(connection, BackupSavedTable, tuple(ONLY), {**ONLY, **values})


def _shorten(connection: Connection, missing: int, since: str) -> None:
    """Keep as many changes queued as the newest generation lacks."""
    values = {"since": None, "why": None} if not missing else {}
    fill = {"since": since, "why": NEWER_CHANGES} if missing else {}
    update_changed(connection, BackupPendingTable, ONLY, {"changes": missing, **values}, fill=fill)


def _see(connection: Connection, backup_id: str, seen: Seen) -> bool:
    known = read_seen(connection, backup_id)
    if known is not None and known.generation >= seen.generation:
        return known == seen
    put(connection, BackupSeenTable, ("backup_id",), {"backup_id": backup_id, **asdict(seen)})
    return True
